"""The records of a VCA/OMA file, kept byte for byte: what is not changed is written as it was read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ils_app.optics.vca import packets

BOM = b"\xef\xbb\xbf"
SUB = b"\x1a"
_LABEL = re.compile(rb"[ \t]*([._A-Za-z][._A-Za-z0-9]{0,31})[ \t]*=")


@dataclass(frozen=True, slots=True)
class Record:
    """One line: `head` (label and equals sign as they stood), `value` (raw), `end` (its line end).

    `label` is upper case; it is empty for what is no record: framing of packets, blank lines, a line without a label
    (which goes on with the record before it).
    """

    label: str
    head: bytes
    value: bytes
    end: bytes

    @property
    def raw(self) -> bytes:
        """The bytes of the line."""
        return self.head + self.value + self.end

    @property
    def framing(self) -> bool:
        """Whether this is the framing of a packet or the end of a file, and no line."""
        return not self.label and self.head != b""

    @property
    def text(self) -> str:
        """The value as text, without the blanks round it: UTF-8 where it is that, else Windows' western letters."""
        try:
            return self.value.decode("utf-8").strip()
        except UnicodeDecodeError:
            return self.value.decode("cp1252", "replace").strip()


def text_record(label: str, value: str, end: bytes = b"\r\n") -> Record:
    """A new record. Raises ValueError when label or value could not stand on one line."""
    head = f"{label}=".encode()
    if not _LABEL.fullmatch(head):
        raise ValueError(f"{label!r} is no label of a VCA record")
    if any(mark < " " for mark in value):
        raise ValueError(f"the value of {label} holds a control character")
    return Record(label.upper(), head, value.encode("utf-8"), end)


@dataclass(slots=True)
class Document:
    """A file as its records, in order. `bytes(document)` is what was read, but for what was changed."""

    records: list[Record] = field(default_factory=list)

    def __bytes__(self) -> bytes:
        return b"".join([one.head + one.value + one.end for one in self.records])

    def all(self, label: str) -> Iterator[Record]:
        """Every record with that label, in order."""
        return (one for one in self.records if one.label == label)

    def first(self, label: str) -> Record | None:
        """The first record with that label; None when there is none."""
        return next(self.all(label), None)

    def put(self, label: str, value: str) -> None:
        """Change the first record with that label, or add one at the end; every other line stays as it is.

        Text goes out as UTF-8. In a packet the checksum is made anew where there was one.
        """
        label = label.upper()
        new = text_record(label, value, self._usual_end())
        for place, old in enumerate(self.records):
            if old.label == label:
                self.records[place] = Record(label, old.head, new.value, old.end or b"")
                break
        else:
            self._append(new)
        self.records = packets.with_checksums(self.records)

    def _append(self, new: Record) -> None:
        place = len(self.records)
        while place and (self.records[place - 1].framing or not self.records[place - 1].raw.strip()):
            place -= 1
        if place and not self.records[place - 1].end and not self.records[place - 1].framing:
            last = self.records[place - 1]
            self.records[place - 1] = Record(last.label, last.head, last.value, new.end)
        self.records.insert(place, new)

    def _usual_end(self) -> bytes:
        return next((one.end for one in self.records if one.label and one.end), b"\r\n")


def split(data: bytes, *, limit: int) -> Document:
    """The records of a file or of captured packets; stops at `limit` lines and keeps the rest as one last line.

    Accepts CR LF, LF or CR, mixed; a UTF-8 BOM; a last line without end; SUB at the end.
    """
    found: list[Record] = []
    for piece, framing in packets.pieces(data):
        if framing or len(found) > limit:
            found.append(Record("", piece, b"", b""))
        else:
            _split_lines(piece, found, limit)
    return Document(found)


def _split_lines(data: bytes, found: list[Record], limit: int) -> None:
    if data.startswith(BOM):
        found.append(Record("", BOM, b"", b""))
        data = data[len(BOM) :]
    body = data.rstrip(SUB)
    match, room = _LABEL.match, limit - len(found)
    lines = body.splitlines(keepends=True)
    if len(lines) > room:
        lines[max(room, 0) :] = [b"".join(lines[max(room, 0) :])]
    for line in lines:
        value = line.rstrip(b"\r\n") if line[-1:] in b"\r\n" else line
        end = line[len(value) :]
        labelled = match(value)
        if labelled is None:
            found.append(Record("", b"", value, end))
        else:
            cut = labelled.end()
            found.append(Record(labelled[1].decode("ascii").upper(), value[:cut], value[cut:], end))
    if len(body) < len(data):
        found.append(Record("", data[len(body) :], b"", b""))
