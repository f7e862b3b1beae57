"""`verify VECTORS.json [--traces DIR]`: every worked number beside what the formulae give."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ils_app.optics.findings import OpticsError
from ils_app.optics.lens.traces_folder import TracesFolder
from ils_app.optics.lens.worked import read_vectors, verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("vectors", type=Path, metavar="VECTORS.json", help="worked numbers, by formula")
    parser.add_argument("--traces", type=Path, metavar="DIR", help="where the trace files are that it names")


def run(options: argparse.Namespace) -> int:
    """Print each difference and a last line; 0 when all agree, 1 when any differs, 2 when the file cannot be read."""
    try:
        vectors = read_vectors(options.vectors.read_bytes())
    except (OSError, ValueError, OpticsError) as error:
        print(f"{options.vectors}: {error}", file=sys.stderr)
        return 2
    tally = verify(vectors, TracesFolder(options.traces).find)
    for notice in tally.notices:
        print(notice, file=sys.stderr)
    for difference in tally.differences:
        print(difference)
    print(tally.last_line())
    return 1 if tally.differences else 0
