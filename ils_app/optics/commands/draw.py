"""`draw FILE out.svg`: both lenses of a VCA/OMA file as a drawing."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ils_app.optics.commands.read import load
from ils_app.optics.drawing import ViewFrom, svg
from ils_app.optics.vca import read
from ils_app.optics.vca.picture import pictures

_UNREADABLE = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, where the drawing goes, and from which side one looks."""
    parser.add_argument("file", type=Path, help="a VCA/OMA file")
    parser.add_argument("out", type=Path, help="the SVG to write")
    parser.add_argument("--view", choices=[one.value for one in ViewFrom], default=ViewFrom.FRONT.value)


def run(options: argparse.Namespace) -> int:
    """Write the drawing. 1 when the file is refused or no shape is known, 2 when a file cannot be opened."""
    data = load(options.file)
    if data is None:
        return _UNREADABLE
    file = read(data)
    lenses = pictures(file) if file.status != "refused" else []
    if not lenses:
        said = [one.message for one in file.findings] or ["The file holds neither a trace nor a box."]
        print(f"{options.file}: nothing to draw. {' '.join(said)}", file=sys.stderr)
        return 1
    try:
        options.out.write_text(svg(lenses, file.job.dbl_mm, view=ViewFrom(options.view)), encoding="utf-8")
    except OSError as error:
        print(f"{options.out}: {error.strerror}", file=sys.stderr)
        return _UNREADABLE
    return 0
