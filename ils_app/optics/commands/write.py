"""`write ORDER.json out.oma`: a job file for a lab machine from an order."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ils_app.optics.commands.read import load
from ils_app.optics.findings import OpticsError
from ils_app.optics.json_text import parse
from ils_app.optics.lens.traces_folder import TracesFolder
from ils_app.optics.vca.orders import order_from
from ils_app.optics.vca.writing import write

_UNREADABLE = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """ORDER, where the file goes, and how its traces are written."""
    parser.add_argument("order", type=Path, help="an order in JSON, as those of golden_orders.json")
    parser.add_argument("out", type=Path, help="the VCA file to write")
    parser.add_argument("--format", type=int, choices=(1, 4), default=1, help="of the traces: 1 ASCII, 4 packed")
    parser.add_argument("--traces", type=Path, metavar="DIR", help="where named trace files are; beside the order else")


def run(options: argparse.Namespace) -> int:
    """Write the file. 1 when the order cannot be written, 2 when a file cannot be opened."""
    data = load(options.order)
    if data is None:
        return _UNREADABLE
    traces = TracesFolder(options.traces or options.order.parent)
    try:
        given = parse(data)
        if not isinstance(given, dict):
            raise ValueError("an order is an object of JSON")
        order, left_out = order_from(given, traces.bytes_of)
        written = write(order, form=options.format)
    except (ValueError, OpticsError) as error:
        print(f"{options.order}: {error}", file=sys.stderr)
        return 1
    try:
        options.out.write_bytes(written)
    except OSError as error:
        print(f"{options.out}: {error.strerror}", file=sys.stderr)
        return _UNREADABLE
    if left_out:
        print(f"not carried by a VCA file: {', '.join(left_out)}", file=sys.stderr)
    return 0
