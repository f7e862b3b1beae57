"""The numbers a rule set holds: limits of a prescription, prism, frame and drill, blanks, service, routing, prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from lims_client.models import FrameType, Number, Urgency
from lims_client.rules.products import Group, Identifier, Mounting, Part

Minor = Annotated[int, Field(ge=0, le=100_000_000)]


class Span(Part):
    """From `min` to `max`, both included."""

    min: Number
    max: Number

    def holds(self, value: Number) -> bool:
        return self.min <= value <= self.max

    def __str__(self) -> str:
        return f"{self.min:f} to {self.max:f}"


class PrescriptionLimits(Part):
    """What may be typed at all; a product's own range is narrower."""

    sphere_dpt: Span
    cylinder_max_dpt: Number = Field(gt=0)
    axis_deg: Span
    add_dpt: Span
    pd_mono_mm: Span
    pd_mono_typical_mm: Span
    pd_binocular_mm: Span
    pd_looks_binocular_mm: Number
    pd_sum_tolerance_mm: Number
    pd_asymmetry_mm: Number
    height_mm: Span
    vertex_mm: Span
    pantoscopic_deg: Span
    wrap_deg: Span


class PrismLimits(Part):
    """Prism dioptres of one lens, the two directions taken together."""

    single_vision_max: Number
    multifocal_max: Number
    review_over: Number
    split_hint_over: Number
    min: Number
    step: Number = Field(gt=0)


class FrameLimits(Part):
    a_mm: Span
    b_mm: Span
    dbl_mm: Span


class BalanceLimits(Part):
    """From which difference between the eyes something is said, in dioptres."""

    anisometropia_warn_dpt: Number
    anisometropia_strong_dpt: Number
    add_difference_warn_dpt: Number
    vertical_near_warn: Number
    vertical_near_hold: Number
    near_depth_mm: float = Field(10.0, gt=0, description="how far under the centres the eyes read")


class ThicknessLimits(Part):
    """From which estimated thickness something is said, in millimetres."""

    edge_warn_mm: float = Field(8.0, gt=0)
    centre_warn_mm: float = Field(8.0, gt=0)


class FrameCurveLimits(Part):
    """How lens base and frame curve go together; both nominal, in dioptres."""

    wrap_from_dpt: float = 6.0
    wrap_base_min_dpt: float = 6.0
    apart_warn_dpt: float = Field(3.0, gt=0)


class HistoryLimits(Part):
    """When an order is taken for a duplicate, and from which change since the last one the ECP is asked."""

    duplicate_days: int = Field(14, ge=0, le=366)
    power_change_dpt: Number = Field(Decimal("0.75"), gt=0)
    axis_change_deg: float = Field(10.0, gt=0)
    axis_change_weak_deg: float = Field(20.0, gt=0)
    axis_weak_below_dpt: Number = Field(Decimal("1.00"), ge=0, description="a weaker cylinder's axis may change more")


class DrillLimits(Part):
    sphere_review_dpt: Number
    cylinder_review_dpt: Number
    hole_diameter_mm: Span
    edge_distance_min_mm: Number
    holes_max: int


class BaseStep(Part):
    """Spherical equivalents from `from_dpt` up to, not including, `to_dpt` take this base."""

    from_dpt: Number
    to_dpt: Number
    base: Number


class Base(Part):
    base: Number
    diameters_mm: tuple[Number, ...] = Field(min_length=1)


class Blanks(Part):
    """Semi-finished blanks, which base a power takes and how much a cut needs over."""

    bases: tuple[Base, ...] = Field(min_length=1)
    chart: tuple[BaseStep, ...] = Field(min_length=1)
    crib_mm: Number
    crib_uncut_mm: Number


class When(StrEnum):
    """When a station is on a job's way."""

    ALWAYS = "always"
    TRACE = "trace"
    CUT = "cut"
    DRILL = "drill"
    ENGRAVE = "engrave"
    HARD = "hard"
    TINT = "tint"
    AR = "ar"
    COATED = "coated"


class Stop(Part):
    station: str
    when: When = When.ALWAYS


class RouteName(StrEnum):
    STOCK_UNCUT = "stock_uncut"
    STOCK_CUT = "stock_cut"
    SURFACED = "surfaced"


class Routing(Part):
    stock_uncut: tuple[Stop, ...]
    stock_cut: tuple[Stop, ...]
    surfaced: tuple[Stop, ...]
    minutes: dict[str, int]

    def stops(self, route: RouteName) -> tuple[Stop, ...]:
        return {
            RouteName.STOCK_UNCUT: self.stock_uncut,
            RouteName.STOCK_CUT: self.stock_cut,
            RouteName.SURFACED: self.surfaced,
        }[route]


class Service(Part):
    """Working days from order to dispatch, and the calendar they are counted by."""

    route_days: dict[RouteName, Annotated[int, Field(ge=0, le=60)]]
    group_days: dict[Group, Annotated[int, Field(ge=0, le=60)]] = {}
    mounting_days: dict[Mounting, Annotated[int, Field(ge=0, le=60)]] = {}
    urgency_factor: dict[Urgency, Annotated[Number, Field(gt=0, le=2)]]
    working_days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(min_length=1)
    holidays: tuple[date, ...] = ()
    frame_transit_days: int = Field(2, ge=0, le=30)


class Prices(Part):
    """What the lab charges, in minor units: lenses and treatments a lens, the rest a job. Without tax."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    lenses: dict[Identifier, dict[Identifier, Minor]] = Field(description="design, then material")
    colours: dict[Identifier, Minor] = {}
    treatments: dict[Identifier, Minor] = {}
    mounting: dict[FrameType, Minor] = {}
    urgency: dict[Urgency, Minor] = {}
    prism: Minor = 0
