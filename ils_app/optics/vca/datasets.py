"""The datasets of a file: which radii, angles and depths belong to which TRCFMT, ZFMT or STHKFMT."""

from __future__ import annotations

from dataclasses import dataclass, field

from ils_app.optics.findings import Eye
from ils_app.optics.vca.records import Document, Record

MOST_DATASETS = 64
# What stands in a dataset, and which kind of data it is: depths follow the trace that they belong to.
_HOMES = {"R": "R", "A": "A", "Z": "Z", "ZA": "ZA", "T": "T"}
_OPENERS = {"TRCFMT", "STHKFMT"}
_SIDES = {"R": Eye.RIGHT, "L": Eye.LEFT, "B": Eye.BOTH}


@dataclass(slots=True)
class Head:
    """What a TRCFMT, ZFMT or STHKFMT declares: format, points (None for `?`), mode, side, kind.

    `form` is None when it is no number; `said` is the record's own text.
    """

    label: str
    said: str
    form: int | None
    points: int | None
    mode: str
    side: Eye | None
    kind: str


@dataclass(slots=True)
class Dataset:
    """One block: its head, the head of its depths, and the raw lines of each kind of data."""

    head: Head
    depths: Head | None = None
    lines: dict[str, list[bytes]] = field(default_factory=dict)

    def form_of(self, label: str) -> int:
        """The format in which the data of that label are written; angles and thicknesses follow their head."""
        head = self.depths if label in ("Z", "ZA") and self.depths is not None else self.head
        return -1 if head.form is None else head.form


@dataclass(slots=True)
class Gathered:
    """All datasets of a file, and how many radius lines belong to none."""

    datasets: list[Dataset] = field(default_factory=list)
    orphans: int = 0
    left_out: int = 0


def gather(document: Document) -> Gathered:
    """The datasets, by position: any label that is none of theirs closes the one that is open."""
    found = Gathered()
    current: Dataset | None = None
    lines: list[bytes] | None = None
    before: Record | None = None
    for record in document.records:
        label = record.label
        if label in _HOMES:
            if current is None:
                found.orphans += label == "R"
                lines = None
            else:
                lines = current.lines.get(label)
                if lines is None:
                    lines = current.lines[label] = []
                lines.append(record.value)
                before = record
        elif not label:
            _go_on(record, before, current, lines)
            before = record if lines is not None else None
        else:
            current, lines = _open(record, current, found), None
    return found


def _open(record: Record, current: Dataset | None, found: Gathered) -> Dataset | None:
    if record.label in _OPENERS:
        if len(found.datasets) >= MOST_DATASETS:
            found.left_out += 1
            return None
        found.datasets.append(Dataset(_head(record)))
        return found.datasets[-1]
    if record.label == "ZFMT" and current is not None and current.head.label == "TRCFMT":
        current.depths = _head(record)
        return current
    return None


def _go_on(record: Record, before: Record | None, current: Dataset | None, lines: list[bytes] | None) -> None:
    """A line without a label goes on with the data before it; in binary data its line end was data too."""
    if lines is None or current is None or record.framing:
        return
    binary = current.head.form in (2, 3, 4)
    if binary:
        lines.append((before.end if before is not None else b"") + record.value)
    elif record.value.strip(b" \t;+-.0123456789?") == b"" and record.value.strip():
        lines.append(record.value)


def _head(record: Record) -> Head:
    fields = [one.strip().strip('"').strip() for one in record.text[:200].split(";")]
    fields += [""] * (5 - len(fields))
    return Head(
        label=record.label,
        said=record.text[:80],
        form=_whole(fields[0]),
        points=_whole(fields[1]),
        mode=fields[2].upper()[:4] or "E",
        side=_SIDES.get(fields[3].upper()),
        kind=fields[4].upper()[:4],
    )


def _whole(text: str) -> int | None:
    """A whole number of a few digits; None for `?`, nothing and anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None
