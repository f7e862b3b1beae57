"""Reads what was typed into an order form: each figure as an optician writes it, and the whole as the LIMS takes it.

Pure: no database, no network. What cannot be read is said field by field, in a sentence; what was typed stays typed.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypeVar
from uuid import UUID

from ils_app.orders.schemas import OrderDraft, Ticked
from lims_client.models import (
    Configuration,
    Confirmation,
    Eye,
    Frame,
    FrameStatus,
    FrameType,
    LensType,
    Prescription,
    Prism,
    PrismBase,
    Tint,
    Urgency,
)

EYES: Final = {"od": "Right", "os": "Left"}
PLANO: Final = {"pl", "plano", "plan", "∞", "ds", "sph", "plano ds"}
POWERS: Final = {"sphere": 30, "cylinder": 12, "add": 4.5}
MEASURES: Final = {
    "pd": "Binocular PD",
    "near_pd": "Near PD",
    "back_vertex_distance": "Back vertex distance",
    "pantoscopic_tilt": "Pantoscopic tilt",
    "wrap_angle": "Wrap angle",
    "frame_a": "Frame A",
    "frame_b": "Frame B",
    "frame_dbl": "Frame DBL",
    "frame_ed": "Frame ED",
    "tint_density": "Tint density",
}
WRITTEN_FIELDS: Final = (
    *(f"{eye}_{part}" for eye in EYES for part in
      ("sphere", "cylinder", "axis", "add", "prism", "base", "prism_2", "base_2", "pd", "height")),
    *MEASURES,
)  # fmt: skip
"""Every figure a form holds, by name; what is not among them is not taken."""

Word = TypeVar("Word", bound=StrEnum)

_NUMBER = re.compile(r"[+-]?(\d{1,3}(\.\d{0,3})?|\.\d{1,3})")


@dataclass(frozen=True)
class Reading:
    """A draft as read: the configuration as far as it could be read, and what could not."""

    configuration: Configuration
    problems: dict[str, str] = field(default_factory=dict)


def number(text: str) -> Decimal | None:
    """The number somebody wrote, None for nothing. Raises ValueError for what is no number.

    Takes a typographic minus and a decimal comma, and `pl`, `plano`, `∞`, `DS` for nought.

    >>> number("−2,25"), number("+.5"), number(" DS ")
    (Decimal('-2.25'), Decimal('0.5'), Decimal('0'))
    """
    plain = text.strip().lower().replace("−", "-").replace("–", "-").replace(",", ".")
    if not plain:
        return None
    if plain in PLANO:
        return Decimal(0)
    if not _NUMBER.fullmatch(plain):
        raise ValueError(text)
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise ValueError(text) from None


def transposed(sphere: Decimal, cylinder: Decimal, axis: int) -> tuple[Decimal, Decimal, int]:
    """The same lens with the cylinder's sign turned: S + C, −C, axis turned by 90 (0 is written 180).

    Powers in dioptres, axis in degrees 1 to 180. Source: any textbook of dispensing.

    >>> transposed(Decimal("-2.00"), Decimal("1.00"), 180)
    (Decimal('-1.00'), Decimal('-1.00'), 90)
    """
    return sphere + cylinder, -cylinder, (axis + 90) % 180 or 180


def read(draft: OrderDraft) -> Reading:
    """Read a whole draft. The LIMS gets minus cylinders whatever was written; the written form stays in the draft."""
    reader = _Reader(draft)
    eye = reader.choice("eye", Eye) or Eye.BOTH
    prescription = Prescription(eye=eye, balance=draft.balance, **reader.eyes(eye), **reader.shared())
    configuration = Configuration(
        ecp_id=_reference(draft.ecp_id),
        practice_id=_reference(draft.practice_id),
        patient_id=_reference(draft.patient_id),
        ship_to=draft.ship_to or None,
        prescription=prescription,
        lens_type=reader.choice("lens_type", LensType),
        design=draft.design or None,
        material=draft.material or None,
        colour=draft.colour or None,
        coatings=draft.coatings,
        tint=Tint(entry=draft.tint, density=reader.measure("tint_density")) if draft.tint else None,
        frame=reader.frame(),
        urgency=reader.choice("urgency", Urgency) or Urgency.STANDARD,
        confirmations=tuple(_confirmation(tick) for tick in draft.confirmations),
    )
    return Reading(configuration, reader.problems)


def form_field(wire_path: str | None) -> str:
    """The form's field for a path of the LIMS: `prescription.odAxis` is `od_axis`, `frame.b` is `frame_b`."""
    if not wire_path:
        return ""
    head, _, last = wire_path.partition(".")
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", (last or head).split(".")[0].split("[")[0]).lower()
    if head in {"frame", "tint"} and last:
        return f"{head}_{name}" if head == "frame" or name != "entry" else "tint"
    return name


class _Reader:
    """Reads one draft and collects what it cannot read."""

    def __init__(self, draft: OrderDraft) -> None:
        self.draft = draft
        self.problems: dict[str, str] = {}

    def choice(self, field_name: str, words: type[Word]) -> Word | None:
        """One of a few words; None for nothing, and a problem for what is none of them."""
        chosen = str(getattr(self.draft, field_name))
        if chosen and chosen not in set(words):
            self.problems[field_name] = f"Choose the {field_name.replace('_', ' ')} again."
        return words(chosen) if chosen in set(words) else None

    def eyes(self, ordered: Eye) -> dict[str, Any]:
        """The fields of each eye that is ordered; an eye that is not has none."""
        wanted = {Eye.BOTH: ("od", "os"), Eye.RIGHT: ("od",), Eye.LEFT: ("os",)}[ordered]
        return {f"{eye}_{part}": value for eye in wanted for part, value in self.eye(eye).items()}

    def eye(self, eye: str) -> dict[str, Any]:
        """One eye's figures, minus cylinder."""
        name = EYES[eye]
        sphere, cylinder, add = (
            self.figure(f"{eye}_{part}", f"{name} {part}", f"like {'-2.25' if part != 'add' else '+2.00'}", most)
            for part, most in POWERS.items()
        )
        axis = self.axis(f"{eye}_axis", name)
        if sphere is None and f"{eye}_sphere" not in self.problems and (cylinder or axis or add is not None):
            self.problems[f"{eye}_sphere"] = f"{name} sphere is missing; write 0.00 or plano when there is none."
        if cylinder is not None and cylinder > 0 and sphere is not None and axis is not None:
            sphere, cylinder, axis = transposed(sphere, cylinder, axis)
        return {
            "sphere": sphere,
            "cylinder": cylinder or None,
            "axis": axis,
            "add": add or None,
            "prism": tuple(filter(None, (self.prism(eye, name, ""), self.prism(eye, name, "_2")))),
            "pd": self.figure(f"{eye}_pd", f"{name} PD", "in millimetres, like 31.5", 100),
            "height": self.figure(f"{eye}_height", f"{name} height", "in millimetres, like 18", 60),
        }

    def axis(self, field_name: str, name: str) -> int | None:
        """An axis in whole degrees; 0 is written 180."""
        text = self.draft.text(field_name).rstrip("° ")
        if not text:
            return None
        if not text.isdecimal() or len(text) > 3:
            self.problems[field_name] = f"{name} axis is a whole number of degrees, 1 to 180."
            return None
        return int(text) or 180

    def prism(self, eye: str, name: str, suffix: str) -> Prism | None:
        """One prism with its base; without a base it is read all the same, and the rules say what is missing."""
        amount = self.figure(f"{eye}_prism{suffix}", f"{name} prism", "in prism dioptres, like 1.50", 30)
        base = self.draft.text(f"{eye}_base{suffix}").lower()
        if not amount:
            return None
        if base and base not in set(PrismBase):
            self.problems[f"{eye}_base{suffix}"] = f"{name} prism base is one of in, out, up and down."
            return None
        return Prism(amount=abs(amount), base=PrismBase(base) if base else None)

    def shared(self) -> dict[str, Any]:
        """The figures both eyes share."""
        names = ("pd", "near_pd", "back_vertex_distance", "pantoscopic_tilt", "wrap_angle")
        return {name: self.measure(name) for name in names}

    def measure(self, name: str) -> Decimal | None:
        """One of the measures that have no eye."""
        unit = "in per cent, like 75" if name == "tint_density" else "as a number, like 12.5"
        return self.figure(name, MEASURES[name], unit, 200)

    def frame(self) -> Frame | None:
        """The frame, None when nothing is said of it."""
        values: dict[str, Any] = {part: self.measure(f"frame_{part}") for part in ("a", "b", "dbl", "ed")}
        values["type"] = self.choice("frame_type", FrameType)
        values["status"] = self.choice("frame_status", FrameStatus)
        return Frame(**values) if any(value is not None for value in values.values()) else None

    def figure(self, field_name: str, name: str, how: str, most: float) -> Decimal | None:
        """A number within what a hand can mean; a problem otherwise."""
        text = self.draft.text(field_name)
        try:
            value = number(text)
        except ValueError:
            self.problems[field_name] = f"{name} cannot be read: write it {how}."
            return None
        if value is not None and abs(value) > Decimal(str(most)):
            self.problems[field_name] = f"{name} of {text} is beyond {most:g}: is a decimal point missing?"
            return None
        return value


def _reference(value: UUID | None) -> str | None:
    return str(value) if value else None


def _confirmation(tick: Ticked) -> Confirmation:
    at: datetime = tick.at
    return Confirmation(code=tick.code, eye=Eye(tick.eye) if tick.eye in set(Eye) else None, by=tick.by, at=at)
