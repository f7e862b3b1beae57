"""The things a rule set lists: materials, designs, colours, treatments, frame types and what goes badly together."""

from __future__ import annotations

import re
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lims_client.models import FrameType, LensType, Number, Severity

Identifier = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9._-]*$")]


class Part(BaseModel):
    """A piece of a rule set: camelCase in the JSON, frozen in Python, and a misspelt field is an error."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Listed(Part):
    """What can be chosen by id."""

    id: Identifier
    name: str = Field(min_length=1, max_length=120)
    description: str | None = None
    available: bool = True
    retired: bool = False
    accounts: tuple[str, ...] | None = Field(None, description="only for these accounts; everybody when absent")


class PowerBox(Part):
    """The powers a lens can be had in; sphere and sphere + cylinder (minus form) both lie inside."""

    sphere_min_dpt: Number
    sphere_max_dpt: Number
    cylinder_max_dpt: Number = Field(ge=0)
    diameters_mm: tuple[Number, ...] = ()


class Drilling(StrEnum):
    YES = "yes"
    REVIEW = "review"
    NO = "no"


class Impact(StrEnum):
    LOW = "low"
    BASIC = "basic"
    HIGH = "high"


class Group(StrEnum):
    """What kind of treatment it is; a rule may speak of a whole group."""

    HARD = "hard"
    AR = "ar"
    MIRROR = "mirror"
    TINT = "tint"
    UV = "uv"
    EDGE = "edge"
    PRISM = "prism"
    SLAB = "slab"
    OTHER = "other"


class Material(Listed):
    """A lens material with its optics, its minima in millimetres and the powers it is made in."""

    index: Number = Field(gt=1, lt=3)
    abbe: Number = Field(gt=0)
    density_g_per_cm3: Number = Field(gt=0)
    centre_min_stock_mm: Number = Field(gt=0)
    centre_min_mm: Number = Field(gt=0)
    edge_min_mm: Number = Field(gt=0)
    edge_min_groove_mm: Number = Field(gt=0)
    edge_min_drill_mm: Number | None = None
    drilling: Drilling
    tint_max_percent: Number = Field(ge=0, le=100)
    impact: Impact
    requires: tuple[Group, ...] = Field((), description="treatment groups it is never sold without")
    refuses: tuple[Group, ...] = Field((), description="treatment groups it cannot take")
    stock: PowerBox | None = None
    surfaced: PowerBox | None = None
    vca_material_type: int | None = None


class Measurement(StrEnum):
    """Fitting values of the wearer, by their wire names."""

    VERTEX = "backVertexDistance"
    PANTOSCOPIC = "pantoscopicTilt"
    WRAP = "wrapAngle"


class Height(Part):
    """What a design asks of the fitting or segment height, in millimetres above the lower box tangent."""

    kind: Literal["fitting", "segment"]
    min_mm: Number = Field(gt=0)
    max_mm: Number | None = None
    above_cross_min_mm: Number | None = None


class Segment(Part):
    width_mm: Number | None = None
    drop_mm: Number | None = None
    inset_mm: Number | None = None
    intermediate_depth_mm: Number | None = None
    intermediate_share: Number | None = None


class Corridor(Part):
    """A progressive's corridor in millimetres: fixed when both ends are equal, else height less `below_height`."""

    min_mm: Number
    max_mm: Number
    below_height_mm: Number | None = None


class Design(Listed):
    """A lens design: its family, what it needs and what it is made in."""

    lens_type: LensType
    materials: tuple[Identifier, ...] = Field(min_length=1)
    routes: tuple[Literal["stock", "surfaced"], ...] = Field(min_length=1)
    add_min_dpt: Number | None = Field(None, description="with `add_max_dpt`: it takes an addition")
    add_max_dpt: Number | None = None
    freeform: bool = Field(False, description="takes 0.12 steps")
    height: Height | None = None
    needs: tuple[Measurement, ...] = ()
    uses: tuple[Measurement, ...] = Field((), description="taken into account when given")
    boost_dpt: Number | None = None
    degressions_dpt: tuple[Number, ...] = ()
    corridor: Corridor | None = None
    segment: Segment | None = None
    blank_diameters_mm: tuple[Number, ...] | None = None
    power_min_abs_dpt: Number | None = None
    review: bool = False
    vca_lens_type: str | None = None

    @property
    def takes_add(self) -> bool:
        return self.add_min_dpt is not None and self.add_max_dpt is not None


class Colour(Listed):
    """The colour of the material itself: clear, photochromic, polarised."""

    materials: tuple[Identifier, ...] | None = Field(None, description="every material when absent")


class Treatment(Listed):
    """What is done to a lens: a coating, a tint, an edge finish."""

    group: Group
    needs: tuple[Group, ...] = ()
    materials: tuple[Identifier, ...] | None = Field(None, description="every material when absent")
    density_min_percent: Number | None = None
    density_max_percent: Number | None = None
    surfaced_only: bool = False
    review: bool = False
    minutes: int = Field(0, ge=0)
    station: str | None = None


class Mounting(StrEnum):
    BEVEL = "bevel"
    GROOVE = "groove"
    DRILL = "drill"


class FrameStyle(Part):
    """How one frame type holds a lens, and how tough the lens has to be."""

    id: FrameType
    name: str
    mounting: Mounting
    impact_at_least: Impact | None = None
    impact_severity: Severity = Severity.REJECT
    available: bool = True


SELECTOR = re.compile(
    r"^(?P<kind>material|design|family|colour|treatment|group|frame):(?P<glob>[a-z0-9._*-]+)(>(?P<percent>\d{1,3}))?$"
)


def _selector(value: str) -> str:
    if SELECTOR.match(value) is None:
        raise ValueError(
            f"{value!r} is not a selector: write kind:name, e.g. material:152, treatment:mirror-*, group:ar or "
            "treatment:tint-solid>20"
        )
    return value


Selector = Annotated[str, AfterValidator(_selector)]


class Chosen(Part):
    """One chosen thing as selectors see it; `percent` is a tint's density."""

    kind: str
    name: str
    percent: Number | None = None

    def is_meant_by(self, selector: str) -> bool:
        """Whether a selector names this thing (`treatment:tint-solid>20` needs a density above 20)."""
        found = SELECTOR.match(selector)
        if found is None or found["kind"] != self.kind or not fnmatchcase(self.name, found["glob"]):
            return False
        return found["percent"] is None or (self.percent is not None and self.percent > int(found["percent"]))


class Clash(Part):
    """Two things that do not go together, unless a third is there."""

    first: Selector
    second: Selector
    because: str = Field(min_length=1, max_length=300, description="one sentence for an optician")
    unless: Selector | None = None
    severity: Severity = Severity.REJECT
    code: str = Field("TREAT_CLASH", pattern=r"^[A-Z][A-Z0-9_]+$")
    fix: str | None = None


class Family(Part):
    """A lens type and the entries it stands for when an order names none."""

    id: LensType
    name: str
    design: Identifier
    material: Identifier
    colour: Identifier
    available: bool = True
