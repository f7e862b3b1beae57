"""MOUNT_: whether the lens can be held the way this frame holds it."""

from __future__ import annotations

from collections.abc import Iterator

from lims_client.models import Finding
from lims_client.rules.findings import HOLD, REJECT, finding, listing, plain, power, side
from lims_client.rules.order import Order
from lims_client.rules.products import Drilling, Impact, Material, Mounting

_TOUGHNESS = (Impact.LOW, Impact.BASIC, Impact.HIGH)


def check_mount(order: Order) -> Iterator[Finding]:
    """What the MOUNT_ rules say of the frame and the material; whether a groove fits the edge is `edges`' business."""
    if order.material is None or order.mounting is None:
        return
    if order.mounting is Mounting.DRILL:
        yield from _drill(order, order.material)
        yield from _drilled_power(order)
    yield from _impact(order, order.material)


def _drill(order: Order, material: Material) -> Iterator[Finding]:
    if material.drilling is Drilling.YES:
        return
    drillable = [
        one.name
        for one in order.rules.materials
        if one.drilling is Drilling.YES and (order.design is None or one.id in order.design.materials)
    ]
    fix = f"Choose {listing(drillable)}." if drillable else "Choose a frame with a rim."
    if material.drilling is Drilling.NO:
        yield finding(
            "MOUNT_DRILL",
            REJECT,
            f"{material.name} cannot be drilled for a rimless frame: it cracks at the holes.",
            field="frame.type",
            fix=fix,
        )
    else:
        yield finding(
            "MOUNT_DRILL",
            HOLD,
            f"{material.name} is drilled only after the lab has looked at the job.",
            field="frame.type",
            fix=f"Nothing, if it is meant. {fix}",
        )


def _drilled_power(order: Order) -> Iterator[Finding]:
    limits = order.rules.drill
    for lens in order.lenses:
        if lens.sphere is None or lens.balance:
            continue
        strong = abs(lens.sphere) >= limits.sphere_review_dpt
        if strong or abs(lens.cylinder) >= limits.cylinder_review_dpt:
            what = f"sphere {power(lens.sphere)}" if strong else f"cylinder {power(lens.cylinder)}"
            yield finding(
                "MOUNT_POWER",
                HOLD,
                f"{side(lens.eye)} {what} in a drilled mount: the lab checks the edge and the holes first.",
                field="frame.type",
                eye=lens.eye,
                fix=f"Choose a rim, or a power under {plain(limits.sphere_review_dpt)} D; or let the lab release it.",
            )


def _impact(order: Order, material: Material) -> Iterator[Finding]:
    style = order.style
    if style is None or style.impact_at_least is None:
        return
    if _TOUGHNESS.index(material.impact) < _TOUGHNESS.index(style.impact_at_least):
        tough = [
            one.name
            for one in order.rules.materials
            if _TOUGHNESS.index(one.impact) >= _TOUGHNESS.index(style.impact_at_least)
            and (order.design is None or one.id in order.design.materials)
        ]
        yield finding(
            "MOUNT_IMPACT",
            style.impact_severity,
            f"{material.name} is not impact resistant enough for a {style.name.lower()} frame.",
            field="material",
            fix=f"Choose {listing(tough)}." if tough else "Choose a design made in an impact-resistant material.",
        )
