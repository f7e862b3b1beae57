"""What is to be made: one body for validation and for creating a job."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_validator

from lims_client.models.wire import Moment, Number, Wire


class Eye(StrEnum):
    BOTH = "both"
    RIGHT = "right"
    LEFT = "left"


class PrismBase(StrEnum):
    IN = "in"
    OUT = "out"
    UP = "up"
    DOWN = "down"


class Prism(Wire):
    """One prism; without a base it can be sent, and the LIMS says PRISM_BASE_MISSING."""

    amount: Number = Field(description="prism dioptres")
    base: PrismBase | None = Field(None, description="where the base lies")


class Prescription(Wire):
    """The Rx and its measurements. Nothing here judges it: that is the LIMS's word (codes RX_, PRISM_, PD_, FH_).

    An eye that is absent has no fields; one that is present has a sphere.
    """

    eye: Eye = Field(Eye.BOTH, description="which lenses are made")
    balance: bool = Field(False, description="with one eye: the other gets a balance lens")
    od_sphere: Number | None = Field(None, description="right sphere, dioptres")
    od_cylinder: Number | None = Field(None, description="right cylinder, dioptres")
    od_axis: Number | None = Field(None, description="right axis, degrees")
    od_add: Number | None = Field(None, description="right addition, dioptres")
    os_sphere: Number | None = Field(None, description="left sphere, dioptres")
    os_cylinder: Number | None = Field(None, description="left cylinder, dioptres")
    os_axis: Number | None = Field(None, description="left axis, degrees")
    os_add: Number | None = Field(None, description="left addition, dioptres")
    od_prism: tuple[Prism, ...] = Field((), description="right prisms, at most one horizontal and one vertical")
    os_prism: tuple[Prism, ...] = Field((), description="left prisms")
    pd: Number | None = Field(None, description="binocular distance PD, mm")
    od_pd: Number | None = Field(None, description="right monocular PD, mm")
    os_pd: Number | None = Field(None, description="left monocular PD, mm")
    near_pd: Number | None = Field(None, description="binocular near PD, mm")
    od_height: Number | None = Field(None, description="right fitting or segment height, lower box tangent up, mm")
    os_height: Number | None = Field(None, description="left fitting or segment height, mm")
    back_vertex_distance: Number | None = Field(None, description="back vertex to cornea, mm")
    pantoscopic_tilt: Number | None = Field(None, description="pantoscopic tilt, degrees")
    wrap_angle: Number | None = Field(None, description="frame wrap, degrees")


class LensType(StrEnum):
    """The family; `design` names the catalog entry within it."""

    SINGLE_VISION = "single_vision"
    BIFOCAL = "bifocal"
    TRIFOCAL = "trifocal"
    PROGRESSIVE = "progressive"
    OCCUPATIONAL = "occupational"


class Tint(Wire):
    entry: str = Field(description="catalog entry of the tint")
    density: Number | None = Field(None, description="absorption, percent")


class FrameType(StrEnum):
    FULL_RIM = "full_rim"
    SEMI_RIMLESS = "semi_rimless"
    RIMLESS = "rimless"
    SPORT = "sport"
    SAFETY = "safety"


class FrameStatus(StrEnum):
    SUPPLIED = "supplied"
    TO_COME = "to_come"
    LAB_SUPPLIES = "lab_supplies"
    UNCUT = "uncut"


class Frame(Wire):
    """The frame in the boxing system."""

    type: FrameType | None = Field(None, description="how the lens is held")
    a: Number | None = Field(None, description="box width, mm")
    b: Number | None = Field(None, description="box height, mm")
    dbl: Number | None = Field(None, description="distance between lenses, mm")
    ed: Number | None = Field(None, description="effective diameter, mm")
    status: FrameStatus | None = Field(None, description="where the frame is")


class Trace(Wire):
    """A traced frame shape as the tracer wrote it."""

    format: str = Field("vca", description="always `vca` today")
    text: str = Field(description="the file's text")


class Urgency(StrEnum):
    STANDARD = "standard"
    EXPEDITED = "expedited"
    RUSH = "rush"


class Confirmation(Wire):
    """One tick of an ECP against a finding that asked for it."""

    code: str = Field(description="the finding's code")
    eye: Eye | None = Field(None, description="the finding's eye")
    by: str = Field(description="reference of the person who ticked")
    at: Moment = Field(description="when")


class Configuration(Wire):
    """What is to be made: one body, shared by validation and job creation. References only, never names."""

    account_number: str | None = Field(None, description="the practice's account with the lab; needed for a job")
    ship_to: str | None = Field(None, description="where to send; needed for a job")
    ecp_id: str | None = Field(None, description="reference of the ECP")
    practice_id: str | None = Field(None, description="reference of the practice")
    patient_id: str | None = Field(None, description="reference of the patient")
    order_number: str | None = Field(None, description="the order's number at the sender")
    prescription: Prescription = Field(description="the Rx")
    lens_type: LensType | None = Field(None, description="the family")
    design: str | None = Field(None, description="catalog entry; the family's standard when absent")
    material: str | None = Field(None, description="catalog entry; the standard when absent")
    colour: str | None = Field(None, description="catalog entry; clear when absent")
    coatings: tuple[str, ...] = Field((), description="catalog entries")
    coating: str | None = Field(None, exclude=True, description="one coating, accepted; moves into `coatings`")
    tint: Tint | None = Field(None, description="a dyed tint")
    frame: Frame | None = Field(None, description="the frame")
    trace: Trace | None = Field(None, description="the traced shape")
    urgency: Urgency = Field(Urgency.STANDARD, description="how soon")
    confirmations: tuple[Confirmation, ...] = Field((), description="what the ECP ticked")
    rules_version: str | None = Field(None, description="the rules the form was built on")

    @model_validator(mode="after")
    def _coating_is_one_of_the_coatings(self) -> Self:
        if self.coating is not None:
            if self.coating not in self.coatings:
                object.__setattr__(self, "coatings", (*self.coatings, self.coating))
                self.__pydantic_fields_set__.add("coatings")
            object.__setattr__(self, "coating", None)
            self.__pydantic_fields_set__.discard("coating")
        return self


class CreateJobRequest(Configuration):
    """A configuration to be made. The key travels as `Idempotency-Key`, not in the body; one is minted when absent."""

    metadata: dict[str, Any] = Field(default_factory=dict, description="the sender's own notes; no names")
    idempotency_key: str | None = Field(None, exclude=True, description="same key and body: the same job")

    def configuration(self) -> Configuration:
        """The part that `/validation` takes."""
        return Configuration.model_validate(self.model_dump(exclude={"metadata", "idempotency_key"}))
