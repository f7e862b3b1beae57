"""Typed access to a file's records: names with units, None for what is unknown or absent, and which of the two."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Generic, TypeVar

from ils_app.optics.findings import Eye
from ils_app.optics.vca.records import Document

T = TypeVar("T")
_LONGEST_NUMBER = 24
_GREATEST = 1_000_000_000


class Given(StrEnum):
    """Whether a value is there: no record, an empty field, `?`, something that is no such value, or a value."""

    ABSENT = "absent"
    EMPTY = "empty"
    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    VALUE = "value"


def number(text: str) -> Decimal | None:
    """A number as VCA writes it; None for everything else, never an infinity."""
    if not text or len(text) > _LONGEST_NUMBER or not text.isascii() or "_" in text or text[-1] not in "0123456789.":
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    # compared and not reckoned with: arithmetic on an exponent of millions overflows
    return value if value.is_finite() and -_GREATEST < value < _GREATEST else None


def _float(text: str) -> float | None:
    value = number(text)
    return None if value is None else float(value)


def _whole(text: str) -> int | None:
    value = number(text)
    return int(value) if value is not None and value == value.to_integral_value() else None


def _words(text: str) -> str | None:
    return text or None


class Records:
    """A document's records by label, split into fields; the first record with a label counts.

    One value on a chiral record is both eyes'; with a semicolon after it, it is the right eye's alone.
    """

    def __init__(self, document: Document) -> None:
        self._raw: dict[str, str] = {}
        for record in document.records:
            if record.label and record.label not in _DATA and record.label not in self._raw:
                self._raw[record.label] = record.text

    def fields(self, label: str) -> tuple[str, ...]:
        """The fields of a record without blanks and quotes; empty when there is no such record."""
        raw = self._raw.get(label)
        return () if raw is None else tuple(_bare(one) for one in raw[:2000].split(";"))

    def field(self, label: str, eye: Eye | None = None) -> str | None:
        """One eye's field, or the first; None when there is no such record or no such field."""
        fields = self.fields(label)
        place = 1 if eye is Eye.LEFT and len(fields) > 1 else 0
        return fields[place] if fields else None

    def given(self, label: str, eye: Eye | None = None) -> Given:
        """Whether a field is there at all: absent, empty or unknown are told apart (a value may be malformed)."""
        text = self.field(label, eye)
        if text is None:
            return Given.ABSENT
        return {"": Given.EMPTY, "?": Given.UNKNOWN}.get(text, Given.VALUE)

    def value(self, label: str, eye: Eye | None, read: Callable[[str], T | None]) -> T | None:
        """A field as `read` has it; None when it is absent, empty, unknown or malformed."""
        text = self.field(label, eye)
        return None if text in (None, "", "?") else read(text)


_DATA = {"R", "A", "Z", "ZA", "T"}


def _bare(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == '"' else text.strip('"').strip()


class Field(Generic[T]):
    """A named value of one eye or of the job, read from its record when it is asked for."""

    def __init__(self, label: str, read: Callable[[str], T | None]) -> None:
        self.label, self._read = label, read

    @property
    def words(self) -> bool:
        """Whether its value is text and no number."""
        return self._read is _words

    def parse(self, text: str) -> T | None:
        """A text as this value; None when it is no such value."""
        return self._read(text)

    def __get__(self, view: View, owner: type[View] | None = None) -> T | None:
        return view.records.value(self.label, view.eye, self._read)

    def given(self, view: View) -> Given:
        """Whether the value is there, and if not, why."""
        there = view.records.given(self.label, view.eye)
        if there is Given.VALUE and self.__get__(view) is None:
            return Given.MALFORMED
        return there


class View:
    """Named values over a file's records."""

    def __init__(self, records: Records, eye: Eye | None = None) -> None:
        self.records, self.eye = records, eye

    @classmethod
    def names(cls) -> dict[str, Field[object]]:
        """The fields of this view by name."""
        return {name: one for name, one in vars(cls).items() if isinstance(one, Field)}

    def given(self, name: str) -> Given:
        """Whether the value of that name is there; `unknown` is `?`, which is not `absent`."""
        return self.names()[name].given(self)

    def as_dict(self) -> dict[str, object]:
        """Every value that is there, by name."""
        read = {name: one.__get__(self) for name, one in self.names().items()}
        return {name: value for name, value in read.items() if value is not None}


class Prescription(View):
    """What is prescribed for one eye: powers in dioptres (exact), axes and bases in degrees, lengths in mm."""

    sphere_dpt = Field("SPH", number)
    cylinder_dpt = Field("CYL", number)
    axis_deg = Field("AX", _float)
    add_dpt = Field("ADD", number)
    prism_dpt = Field("PRVM", number)
    prism_base_deg = Field("PRVA", _float)
    pd_mm = Field("IPD", _float)
    near_pd_mm = Field("NPD", _float)
    segment_height_mm = Field("SEGHT", _float)
    oc_height_mm = Field("OCHT", _float)
    vertex_mm = Field("BVD", _float)
    panto_deg = Field("PANTO", _float)
    wrap_deg = Field("ZTILT", _float)
    corridor_mm = Field("CORRLEN", _float)


class Lens(View):
    """The lens of one eye."""

    design = Field("LNAM", _words)
    lens_type = Field("LTYPE", _words)
    short_type = Field("LTYP", _words)
    material_id = Field("LMATID", _words)
    material_name = Field("LMATNAME", _words)
    material_type = Field("LMATTYPE", _whole)
    refractive_index = Field("LIND", _float)
    maker = Field("LMFR", _words)
    colour = Field("COLR", _words)
    tint = Field("TINT", _words)
    coating = Field("ACOAT", _words)
    diameter_mm = Field("DIA", _float)
    base_dpt = Field("MBASE", number)
    front_dpt = Field("FRNT", number)
    back_dpt = Field("BACK", number)
    centre_thickness_mm = Field("CTHICK", _float)


class Layout(View):
    """Where things stand on the lens of one eye, mm: inset towards the nose, rise upward, from the box centre."""

    fitting_inset_mm = Field("FCSGIN", _float)
    fitting_rise_mm = Field("FCSGUP", _float)
    oc_inset_mm = Field("FCOCIN", _float)
    oc_rise_mm = Field("FCOCUP", _float)


class Targets(View):
    """What to inspect a compensated lens of one eye against, instead of the ordered prescription."""

    sphere_dpt = Field("INSSPH", number)
    cylinder_dpt = Field("INSCYL", number)
    axis_deg = Field("INSAX", _float)
    add_dpt = Field("INSADD", number)
    prism_dpt = Field("INSPRPRVM", number)
    prism_base_deg = Field("INSPRPRVA", _float)
    centre_thickness_mm = Field("INSCTHK", _float)


class Frame(View):
    """The frame, by eye where it has two values, mm."""

    hbox_mm = Field("HBOX", _float)
    vbox_mm = Field("VBOX", _float)
    ed_mm = Field("FED", _float)
    ed_axis_deg = Field("FEDAX", _float)
    circumference_mm = Field("CIRC", _float)
    curve_dpt = Field("FCRV", number)
    eye_size_mm = Field("EYESIZ", _float)


class Job(View):
    """What belongs to the job and to no eye."""

    job = Field("JOB", _words)
    account = Field("CLIENT", _words)
    account_name = Field("CLNAME", _words)
    remark = Field("REM", _words)
    request = Field("REQ", _words)
    answer = Field("ANS", _words)
    status = Field("STATUS", _whole)
    device = Field("DEV", _words)
    vendor = Field("VEN", _words)
    model = Field("MODEL", _words)
    version = Field("OMAV", _words)
    eyes = Field("DO", _words)
    dbl_mm = Field("DBL", _float)
    frame_pd_mm = Field("MPD", _float)
    frame_type = Field("FTYP", _whole)
    edge_type = Field("ETYP", _whole)
    frame_maker = Field("FMFR", _words)
    frame_name = Field("FRAM", _words)
    bevel_position = Field("BEVP", _whole)
    polish = Field("POLISH", _whole)
