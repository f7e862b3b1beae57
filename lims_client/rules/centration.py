"""PD_, FH_, SEG_LOW, NEEDS_POW: where the optical centres lie, and what a design must know of the fitting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from lims_client.models import Eye, Finding
from lims_client.rules.confirmed import is_confirmed
from lims_client.rules.findings import CONFIRM, INFO, REJECT, WARN, finding, listing, plain, side
from lims_client.rules.order import Lens, Order, within_reason
from lims_client.rules.products import Height, Measurement


@dataclass(frozen=True)
class Centration:
    """The monocular PDs in millimetres, and whether they can be relied on for layout."""

    right_mm: Decimal | None
    left_mm: Decimal | None
    settled: bool

    def of(self, eye: Eye) -> Decimal | None:
        return self.right_mm if eye is Eye.RIGHT else self.left_mm


def centration(order: Order) -> Centration:
    """Monocular PDs from whatever was given; unsettled while they are missing, implausible or look binocular."""
    limits, rx = order.rules.prescription, order.rx
    both = None if rx.pd is None else within_reason(rx.pd)
    right = None if rx.od_pd is None else within_reason(rx.od_pd)
    left = None if rx.os_pd is None else within_reason(rx.os_pd)
    if both is not None:
        if right is None and left is None:
            right = left = both / 2
        elif right is None and left is not None:
            right = both - left
        elif left is None and right is not None:
            left = both - right
    elif _looks_binocular(order):
        right, left = (None if value is None else value / 2 for value in (right, left))
        if not is_confirmed(order.configuration, "PD_LOOKS_BINO", Eye.BOTH):
            return Centration(right, left, settled=False)
    needed = [right if lens.eye is Eye.RIGHT else left for lens in order.lenses if not lens.balance]
    settled = all(value is not None and limits.pd_mono_mm.holds(value) for value in needed)
    return Centration(right, left, settled=settled)


def check_centration(order: Order) -> Iterator[Finding]:
    """What the PD_, FH_, SEG_ and NEEDS_ rules say."""
    yield from _pd(order)
    for lens in order.lenses:
        if not lens.balance:
            yield from _height(order, lens)
    yield from _needs(order)


def _looks_binocular(order: Order) -> bool:
    limits, rx = order.rules.prescription, order.rx
    given = [value for value in (rx.od_pd, rx.os_pd) if value is not None]
    return rx.pd is None and any(limits.pd_looks_binocular_mm <= value <= limits.pd_binocular_mm.max for value in given)


def _pd(order: Order) -> Iterator[Finding]:
    limits, rx = order.rules.prescription, order.rx
    binocular = _looks_binocular(order)
    for lens in order.lenses:
        own = rx.od_pd if lens.eye is Eye.RIGHT else rx.os_pd
        if lens.balance:
            continue
        if own is None and rx.pd is None:
            yield finding(
                "PD_MISSING",
                REJECT,
                f"{side(lens.eye)} PD is missing: give both monocular PDs or the binocular one.",
                field=lens.field("Pd"),
                eye=lens.eye,
                fix="Enter the PD in millimetres.",
            )
        elif own is not None and not binocular:
            yield from _monocular(order, lens, within_reason(own))
    if rx.pd is not None and not limits.pd_binocular_mm.holds(rx.pd):
        mono = limits.pd_mono_mm.holds(rx.pd)
        yield finding(
            "PD_RANGE",
            REJECT,
            f"Binocular PD {plain(within_reason(rx.pd))} is outside {plain(limits.pd_binocular_mm.min)} to "
            f"{plain(limits.pd_binocular_mm.max)} mm{'; it looks like a monocular PD' if mono else ''}.",
            field="pd",
            fix="Enter it as the monocular PD of each eye." if mono else "Measure the PD again.",
        )
    if binocular:
        halves = [within_reason(value) / 2 for value in (rx.od_pd, rx.os_pd) if value is not None]
        yield finding(
            "PD_LOOKS_BINO",
            CONFIRM,
            "The monocular PD looks like a binocular one. Is each eye half of it?",
            field="odPd",
            eye=Eye.BOTH,
            fix=f"Enter {' / '.join(plain(half) for half in halves)} mm, or confirm the split.",
        )
    yield from _the_pair(order, binocular=binocular)


def _monocular(order: Order, lens: Lens, value: Decimal) -> Iterator[Finding]:
    limits = order.rules.prescription
    usual = limits.pd_mono_mm.holds(value)
    span = limits.pd_mono_typical_mm if usual else limits.pd_mono_mm
    if not span.holds(value):
        yield finding(
            "PD_RANGE",
            WARN if usual else REJECT,
            f"{side(lens.eye)} PD {plain(value)} mm is {'unusual' if usual else 'not possible'}: "
            f"{'most lie' if usual else 'a monocular PD lies'} between {plain(span.min)} and {plain(span.max)} mm.",
            field=lens.field("Pd"),
            eye=lens.eye,
            fix="Measure the PD again." if not usual else "Check the PD.",
        )


def _the_pair(order: Order, *, binocular: bool) -> Iterator[Finding]:
    limits, rx = order.rules.prescription, order.rx
    right, left = rx.od_pd, rx.os_pd
    if right is not None and left is not None:
        right, left = within_reason(right), within_reason(left)
        if rx.pd is not None and abs(right + left - within_reason(rx.pd)) > limits.pd_sum_tolerance_mm:
            yield finding(
                "PD_RANGE",
                REJECT,
                f"The PDs disagree: {plain(right)} and {plain(left)} make {plain(right + left)} mm, "
                f"but the binocular PD is {plain(within_reason(rx.pd))} mm.",
                field="pd",
                fix="Keep either the binocular PD or the two monocular ones.",
            )
        elif not binocular and abs(right - left) > limits.pd_asymmetry_mm:
            yield finding(
                "PD_ASYM",
                WARN,
                f"The monocular PDs differ by {plain(abs(right - left))} mm.",
                field="osPd",
                eye=Eye.BOTH,
                fix="Measure both again, from the middle of the bridge.",
            )
    far = rx.pd if rx.pd is not None else (right + left if right is not None and left is not None else None)
    if binocular and far is not None:
        far = far / 2
    if rx.near_pd is not None and far is not None and within_reason(rx.near_pd) > within_reason(far):
        yield finding(
            "PD_NEAR_GT_FAR",
            REJECT,
            f"The near PD {plain(within_reason(rx.near_pd))} mm is wider than the distance PD "
            f"{plain(within_reason(far))} mm.",
            field="nearPd",
            fix="The two may be swapped: the near PD is the smaller one.",
        )


def _height(order: Order, lens: Lens) -> Iterator[Finding]:
    design, value = order.design, lens.height
    wanted = design.height if design is not None else None
    name = "segment height" if wanted is not None and wanted.kind == "segment" else "fitting height"
    if value is None:
        if wanted is not None and design is not None and not order.uncut:
            yield finding(
                "FH_MISSING",
                REJECT,
                f"{side(lens.eye)} {name} is missing: {design.name} needs one (at least {plain(wanted.min_mm)} mm).",
                field=lens.field("Height"),
                eye=lens.eye,
                fix="Measure it from the lower edge of the lens opening, on the patient.",
            )
        return
    yield from _low(order, lens, wanted, name, value)
    yield from _high(order, lens, wanted, name, value)


def _low(order: Order, lens: Lens, wanted: Height | None, name: str, value: Decimal) -> Iterator[Finding]:
    least = max(order.rules.prescription.height_mm.min, wanted.min_mm if wanted is not None else Decimal(0))
    if value >= least or (wanted is None and value > 0):
        return
    segment = wanted is not None and wanted.kind == "segment"
    yield finding(
        "SEG_LOW" if segment else "FH_LOW",
        REJECT,
        f"{side(lens.eye)} {name} {plain(value)} mm is too low: "
        f"{order.design.name if order.design is not None else 'the lens'} needs at least {plain(least)} mm.",
        field=lens.field("Height"),
        eye=lens.eye,
        fix="Choose a deeper frame." if segment else "Choose a shorter corridor or a deeper frame.",
    )


def _high(order: Order, lens: Lens, wanted: Height | None, name: str, value: Decimal) -> Iterator[Finding]:
    limits = order.rules.prescription.height_mm
    most = limits.max if wanted is None or wanted.max_mm is None else min(limits.max, wanted.max_mm)
    box = None if order.frame is None or order.frame.b is None else within_reason(order.frame.b)
    above = None if wanted is None else wanted.above_cross_min_mm
    if value > most or (box is not None and value >= box):
        top = most if box is None else min(most, box)
        yield finding(
            "FH_HIGH",
            REJECT,
            f"{side(lens.eye)} {name} {plain(value)} mm is too high: it must stay under {plain(top)} mm here.",
            field=lens.field("Height"),
            eye=lens.eye,
            fix="Measure it again, from the lower edge of the lens opening.",
        )
    elif box is not None and above is not None and not order.uncut and box - value < above:
        yield finding(
            "FH_ABOVE_CROSS",
            REJECT,
            f"{side(lens.eye)} fitting cross has {plain(box - value)} mm of lens above it; "
            f"{order.design.name if order.design is not None else 'the design'} needs {plain(above)} mm.",
            field=lens.field("Height"),
            eye=lens.eye,
            fix=f"Choose a deeper frame, or a height of at most {plain(box - above)} mm.",
        )


_MEASUREMENTS = {
    Measurement.VERTEX: "the back vertex distance",
    Measurement.PANTOSCOPIC: "the pantoscopic tilt",
    Measurement.WRAP: "the wrap angle",
}


def _needs(order: Order) -> Iterator[Finding]:
    design, rx = order.design, order.rx
    if design is None:
        return
    given = {
        Measurement.VERTEX: rx.back_vertex_distance,
        Measurement.PANTOSCOPIC: rx.pantoscopic_tilt,
        Measurement.WRAP: rx.wrap_angle,
    }
    for measurement in design.needs:
        if given[measurement] is None:
            yield finding(
                "NEEDS_POW",
                REJECT,
                f"{design.name} is made for the wearer and needs {_MEASUREMENTS[measurement]}.",
                field=measurement.value,
                fix="Measure it with the frame on, or choose a design that does not need it.",
            )
    missing = [_MEASUREMENTS[one] for one in design.uses if given[one] is None]
    if missing:
        yield finding(
            "NEEDS_POW",
            INFO,
            f"{design.name} is better with {listing(missing, 'and')}; usual values are taken without.",
            field=next(one.value for one in design.uses if given[one] is None),
        )
