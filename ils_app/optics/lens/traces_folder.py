"""The trace files that a file of orders or worked numbers names, in one folder and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ils_app.optics import vca
from ils_app.optics.findings import Eye
from ils_app.optics.lens.shape import points_of
from ils_app.optics.vca.file import MOST_BYTES
from lims_client.optics.layout import Point


class TraceFile:
    """One trace file, as the worked numbers ask it."""

    def __init__(self, file: vca.VcaFile) -> None:
        self.file = file

    def outline(self, eye: str) -> Sequence[Point]:
        """The outline of `R` or `L` about its box centre; raises `ValueError` when the file has none."""
        trace = self.file.traces.get(Eye(eye))
        if trace is None or trace.outline is None:
            raise ValueError(f"the file has no shape of the eye {eye}")
        return points_of(trace.outline)

    def record(self, label: str) -> Sequence[float | None]:
        """A record's values, right and left; None for what is unknown."""
        return [_number(self.file.records.field(label, eye)) for eye in (Eye.RIGHT, Eye.LEFT)]


class TracesFolder:
    """Trace files by name; a name that leads out of the folder is not there."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = None if folder is None else folder.resolve()

    def bytes_of(self, name: str) -> bytes | None:
        """A file's bytes, or None."""
        if self.folder is None:
            return None
        try:
            path = (self.folder / name).resolve()
            if not path.is_relative_to(self.folder):
                return None
            with path.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except (OSError, ValueError):
            return None

    def find(self, name: str) -> TraceFile | None:
        """A file, read, or None."""
        data = self.bytes_of(name)
        return None if data is None else TraceFile(vca.read(data))


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
