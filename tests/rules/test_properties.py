"""What holds for every configuration there could be: the engine answers, and says the same of the same lens."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

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
    Trace,
    Urgency,
    ValidationResult,
)
from lims_client.rules import AccountStanding, evaluate, reference_rules
from lims_client.rules.order import nominal_dpt, transposed

RULES = reference_rules()
TODAY = date(2026, 11, 24)
LONDON = ZoneInfo("Europe/London")

anything = st.decimals(allow_nan=False, allow_infinity=False) | st.decimals(-30, 90, places=2)
steps = st.integers(-160, 160).map(lambda eighths: Decimal(eighths) / 8)
maybe = st.none() | anything
names = st.sampled_from(
    [one.id for listed in (RULES.materials, RULES.designs, RULES.colours, RULES.treatments) for one in listed]
    + ["", "no-such-thing", "anti-reflective"]
)


@st.composite
def prescriptions(draw: st.DrawFn) -> Prescription:
    fields: dict[str, Any] = {
        f"{eye}_{name}": draw(maybe)
        for eye in ("od", "os")
        for name in ("sphere", "cylinder", "axis", "add", "pd", "height")
    }
    prisms = st.lists(st.builds(Prism, amount=anything, base=st.none() | st.sampled_from(PrismBase)), max_size=3)
    return Prescription(
        eye=draw(st.sampled_from(Eye)),
        balance=draw(st.booleans()),
        od_prism=tuple(draw(prisms)),
        os_prism=tuple(draw(prisms)),
        pd=draw(maybe),
        near_pd=draw(maybe),
        back_vertex_distance=draw(maybe),
        pantoscopic_tilt=draw(maybe),
        wrap_angle=draw(maybe),
        **fields,
    )


frames = st.builds(
    Frame,
    type=st.none() | st.sampled_from(FrameType),
    status=st.none() | st.sampled_from(FrameStatus),
    a=maybe,
    b=maybe,
    dbl=maybe,
    ed=maybe,
)
ticks = st.builds(
    Confirmation,
    code=st.sampled_from(["RX_OPP_SIGN", "PD_LOOKS_BINO", "RX_ADD_UNEXPECTED"]),
    eye=st.none() | st.sampled_from(Eye),
    by=st.just("ecp-1"),
    at=st.just(datetime(2026, 11, 24, tzinfo=UTC)),
)
configurations = st.builds(
    Configuration,
    account_number=st.none() | st.text(max_size=50),
    prescription=prescriptions(),
    lens_type=st.none() | st.sampled_from(LensType),
    design=st.none() | names,
    material=st.none() | names,
    colour=st.none() | names,
    coatings=st.lists(names, max_size=4).map(tuple),
    tint=st.none() | st.builds(Tint, entry=names, density=maybe),
    frame=st.none() | frames,
    trace=st.none() | st.builds(Trace, text=st.text(max_size=5)),
    urgency=st.sampled_from(Urgency),
    confirmations=st.lists(ticks, max_size=3).map(tuple),
    rules_version=st.none() | st.just("0"),
)
standings = st.none() | st.builds(
    AccountStanding, number=st.text(max_size=50), known=st.booleans(), on_stop=st.booleans(),
    credit_limit_minor=st.none() | st.integers(0, 10**6), balance_minor=st.integers(-(10**6), 10**6),
)  # fmt: skip


@given(configurations, standings)
@settings(max_examples=400, deadline=None)
def test_the_engine_answers_every_well_typed_configuration(
    configuration: Configuration, account: AccountStanding | None
):
    verdict = evaluate(configuration, RULES, account=account, today=TODAY)
    again = evaluate(configuration, RULES, account=account, today=TODAY)
    assert verdict == again
    answer = verdict.to_validation(LONDON)
    assert ValidationResult.model_validate(answer.to_wire()).findings == answer.findings
    assert answer.is_valid == (not answer.errors)
    assert verdict.route
    assert verdict.promised_date is not None
    assert verdict.promised_date >= TODAY


@st.composite
def lens_pairs(draw: st.DrawFn) -> tuple[Prescription, Prescription]:
    """A prescription whose eyes are written as they come, and the same with either eye in the other cylinder form."""
    written: dict[str, Any] = {"pd": Decimal(64)}
    other = dict(written)
    for eye in ("od", "os"):
        values = steps | st.decimals(-25, 25, places=2)
        sphere, cylinder = draw(values), draw(st.just(Decimal(0)) | values)
        axis = draw(st.none() | st.integers(1, 180).map(Decimal)) if cylinder else None
        flipped = transposed(nominal_dpt(sphere), nominal_dpt(cylinder), axis)
        form = (sphere, cylinder, axis)
        for fields, values_of in ((written, form), (other, flipped if draw(st.booleans()) else form)):
            fields |= {f"{eye}_sphere": values_of[0], f"{eye}_cylinder": values_of[1], f"{eye}_axis": values_of[2]}
    return Prescription(**written), Prescription(**other)


@given(lens_pairs(), st.sampled_from(RULES.designs), st.integers(0, 20), st.sampled_from(FrameType))
@settings(max_examples=300, deadline=None)
def test_plus_and_minus_cylinder_of_one_lens_get_the_same_verdict(
    pair: tuple[Prescription, Prescription], design: Any, place: int, style: FrameType
):
    material = design.materials[place % len(design.materials)]
    frame = Frame(type=style, a=Decimal(52), b=Decimal(36), dbl=Decimal(18), ed=Decimal(55))
    one, two = (
        evaluate(
            Configuration(prescription=rx, design=design.id, material=material, coatings=("hc",), frame=frame), RULES
        )
        for rx in pair
    )
    assert one.decision == two.decision
    assert one.route == two.route
    assert {(finding.code, finding.eye) for finding in one.findings} == {
        (finding.code, finding.eye) for finding in two.findings
    }


@given(steps, steps, st.integers(1, 180).map(Decimal))
def test_transposing_twice_is_the_same_lens(sphere: Decimal, cylinder: Decimal, axis: Decimal):
    assert transposed(*transposed(sphere, cylinder, axis)) == (sphere, cylinder, axis)


@given(st.decimals(30, 70, places=1), st.decimals(0, 6, places=1), st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_a_bigger_frame_never_needs_a_smaller_blank(a: Decimal, more: Decimal, shift: int):
    def refused(width: Decimal) -> bool:
        rx = Prescription(od_sphere=Decimal(-7), os_sphere=Decimal(-7), pd=Decimal(50 + shift // 2))
        frame = Frame(a=width, b=Decimal(30), dbl=Decimal(18))
        configuration = Configuration(prescription=rx, design="sv-ff", material="160", coatings=("hc",), frame=frame)
        return "BLANK_TOO_SMALL" in {finding.code for finding in evaluate(configuration, RULES).findings}

    wider = min(a + more, RULES.frame.a_mm.max)  # a frame out of range is refused for that
    assert refused(wider) or not refused(a)
