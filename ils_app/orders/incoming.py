"""An order as another program writes it, turned into the draft the form writes."""

from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import now
from ils_app.kernel.errors import Invalid
from ils_app.orders.schemas import OrderDraft, Ticked
from ils_app.patients.schemas import PatientDraft
from lims_client.models import FrameStatus, FrameType, LensType, Urgency

Figure = Decimal | None


class In(BaseModel):
    """What comes in: unknown fields are refused, values never appear in an error."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class PrismIn(In):
    """A prism, in prism dioptres."""

    amount: Decimal
    base: Literal["in", "out", "up", "down"]


class PrescriptionIn(In):
    """The Rx per eye: powers in dioptres, axes in degrees, distances and heights in millimetres."""

    eye: Literal["both", "right", "left"] = "both"
    balance: bool = False
    od_sphere: Figure = None
    od_cylinder: Figure = None
    od_axis: int | None = None
    od_add: Figure = None
    od_prism: list[PrismIn] = Field(default_factory=list, max_length=2)
    od_pd: Figure = None
    od_height: Figure = None
    os_sphere: Figure = None
    os_cylinder: Figure = None
    os_axis: int | None = None
    os_add: Figure = None
    os_prism: list[PrismIn] = Field(default_factory=list, max_length=2)
    os_pd: Figure = None
    os_height: Figure = None
    pd: Figure = None
    near_pd: Figure = None
    back_vertex_distance: Figure = None
    pantoscopic_tilt: Figure = None
    wrap_angle: Figure = None


class FrameIn(In):
    """The frame in the boxing system, millimetres."""

    type: FrameType | None = None
    a: Figure = None
    b: Figure = None
    dbl: Figure = None
    ed: Figure = None
    status: FrameStatus | None = None


class TintIn(In):
    """A dyed tint: its catalog entry and density in per cent."""

    entry: str
    density: Figure = None


class PatientIn(In):
    """A patient of the practice that the practice does not have yet."""

    given_name: str
    family_name: str
    date_of_birth: str | None = None
    reference: str | None = None


class ConfirmationIn(In):
    """A finding the sender's person has confirmed."""

    code: str
    eye: Literal["right", "left", "both"] | None = None


class OrderIn(In):
    """An order. Name an existing patient by `patient_id`, or a new one under `patient`."""

    practice_id: UUID | None = None
    patient_id: UUID | None = None
    patient: PatientIn | None = None
    ecp_id: UUID | None = None
    ship_to: str = ""
    reference: str = Field("", max_length=120)
    notes: str = Field("", max_length=2000)
    prescription: PrescriptionIn
    lens_type: LensType | None = None
    design: str = ""
    material: str = ""
    colour: str = ""
    coatings: list[str] = Field(default_factory=list, max_length=12)
    tint: TintIn | None = None
    frame: FrameIn | None = None
    urgency: Urgency = Urgency.STANDARD
    confirmations: list[ConfirmationIn] = Field(default_factory=list, max_length=20)


EXAMPLE: dict[str, Any] = {
    "patient": {"given_name": "Rosalind", "family_name": "Achterberg", "date_of_birth": "1984-05-02"},
    "reference": "Bench example",
    "prescription": {
        "od_sphere": -2.00, "od_cylinder": -0.50, "od_axis": 90, "od_pd": 31.5,
        "os_sphere": -1.75, "os_pd": 31.5,
    },
    "lens_type": "single_vision",
    "design": "sv-sph",
    "material": "150",
    "coatings": ["hc", "ar-std"],
    "frame": {"type": "full_rim", "a": 52, "b": 36, "dbl": 18, "ed": 55, "status": "supplied"},
    "urgency": "standard",
}  # fmt: skip
"""The OpenAPI document's example: a valid order for a practice's person on the demo data."""


def to_draft(actor: Actor, body: OrderIn) -> OrderDraft:
    """The draft that says the same, without the new patient it may bring (`new_patient`)."""
    rx, written = body.prescription, {}
    for name, value in rx.model_dump(exclude={"eye", "balance", "od_prism", "os_prism"}).items():
        if value is not None:
            written[name] = str(value)
    for eye, prisms in (("od", rx.od_prism), ("os", rx.os_prism)):
        for prism, suffix in zip(prisms, ("", "_2"), strict=False):
            written[f"{eye}_prism{suffix}"], written[f"{eye}_base{suffix}"] = str(prism.amount), prism.base
    for name, value in (body.frame.model_dump(exclude={"type", "status"}) if body.frame else {}).items():
        if value is not None:
            written[f"frame_{name}"] = str(value)
    if body.tint and body.tint.density is not None:
        written["tint_density"] = str(body.tint.density)
    return OrderDraft(
        practice_id=body.practice_id,
        patient_id=body.patient_id,
        ecp_id=body.ecp_id,
        ship_to=body.ship_to,
        reference=body.reference,
        notes=body.notes,
        written=written,
        eye=rx.eye,
        balance=rx.balance,
        lens_type=body.lens_type or "",
        design=body.design,
        material=body.material,
        colour=body.colour,
        coatings=tuple(body.coatings),
        tint=body.tint.entry if body.tint else "",
        frame_type=(body.frame.type or "") if body.frame else "",
        frame_status=(body.frame.status or "") if body.frame else "",
        urgency=body.urgency,
        confirmations=tuple(
            Ticked(code=tick.code, eye=tick.eye, by=str(actor.user_id), by_name=actor.name, at=now())
            for tick in body.confirmations
        ),
    )


def new_patient(body: OrderIn) -> PatientDraft | None:
    """The patient the order brings along; None when it names one. Raises Invalid for one that cannot be read."""
    if body.patient is None or body.patient_id is not None:
        return None
    try:
        return PatientDraft.model_validate(body.patient.model_dump())
    except ValidationError as error:
        fields = {f"patient.{e['loc'][0]}": str(e["msg"]) for e in error.errors(include_input=False)}
    raise Invalid("The patient cannot be read.", fields=fields)
