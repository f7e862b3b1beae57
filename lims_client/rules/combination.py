"""COMBO_: whether the lens that was chosen exists, for this account, in this power."""

from __future__ import annotations

from collections.abc import Iterator

from lims_client.models import Finding
from lims_client.rules.findings import HOLD, INFO, REJECT, finding, listing, power, side
from lims_client.rules.order import ZERO, Lens, Order
from lims_client.rules.products import Design, Material, PowerBox

_KINDS = {
    "design": "design",
    "material": "material",
    "colour": "colour",
    "coatings": "coating",
    "tint": "tint",
    "lensType": "lens type",
}


def check_combination(order: Order) -> Iterator[Finding]:
    """What the COMBO_ rules say."""
    yield from _unknown(order)
    yield from _available(order)
    yield from _made_together(order)
    yield from _reviewed(order)
    for lens in order.lenses:
        if not lens.balance:
            yield from _power(order, lens)
            yield from _addition(order, lens)
    version, built_on = order.rules.version, order.configuration.rules_version
    if version and built_on is not None and built_on != version:
        yield finding(
            "CATALOG_STALE",
            INFO,
            f"The lab's rules changed from {built_on} to {version} since this order was begun; the new ones were used.",
            field="rulesVersion",
        )


def box_holds(box: PowerBox, lens: Lens) -> bool:
    """Whether sphere and sphere + cylinder (minus form) lie in the box and the cylinder is not too strong."""
    if lens.sphere is None:
        return False
    meridians = (lens.sphere, lens.steep)
    inside = all(box.sphere_min_dpt <= meridian <= box.sphere_max_dpt for meridian in meridians)
    return inside and abs(lens.cylinder) <= box.cylinder_max_dpt


def boxes_of(design: Design, material: Material) -> tuple[PowerBox, ...]:
    """The boxes of the routes a design can take."""
    by_route = {"surfaced": material.surfaced, "stock": material.stock}
    return tuple(box for route in design.routes if (box := by_route[route]) is not None)


def _unknown(order: Order) -> Iterator[Finding]:
    if order.lens_type is None and order.configuration.design is None:
        yield finding(
            "COMBO_UNKNOWN", REJECT, "No lens was chosen.", field="lensType", fix="Choose a lens type or a design."
        )
    for field, name in order.unknown:
        yield finding(
            "COMBO_UNKNOWN",
            REJECT,
            f"The lab has no {_KINDS[field]} called {name[:60]!r}.",
            field="tint.entry" if field == "tint" else field,
            fix="Choose one from the catalog.",
        )


def _available(order: Order) -> Iterator[Finding]:
    account = order.configuration.account_number
    for field, one in order.listed:
        if one.retired or not one.available:
            yield finding(
                "COMBO_RETIRED",
                REJECT,
                f"{one.name} is no longer made." if one.retired else f"{one.name} is not available at present.",
                field="tint.entry" if field == "tint" else field,
                fix=f"Choose another {_KINDS[field]}.",
            )
        if one.accounts is not None and account is not None and account not in one.accounts:
            yield finding(
                "COMBO_NOT_FOR_ACCOUNT",
                REJECT,
                f"{one.name} is not part of this account's range.",
                field="tint.entry" if field == "tint" else field,
                fix=f"Choose another {_KINDS[field]}, or ask the lab to open it for the account.",
            )
    family = order.rules.family.get(order.lens_type) if order.lens_type is not None else None
    if family is not None and not family.available:
        yield finding(
            "COMBO_RETIRED",
            REJECT,
            f"{family.name} lenses are not available at present.",
            field="lensType",
            fix="Choose another lens type.",
        )


def _made_together(order: Order) -> Iterator[Finding]:
    design, material, colour = order.design, order.material, order.colour
    if design is not None and order.lens_type is not None and design.lens_type is not order.lens_type:
        yield finding(
            "COMBO_UNKNOWN",
            REJECT,
            f"{design.name} is a {design.lens_type.replace('_', ' ')} design, not {order.lens_type.replace('_', ' ')}.",
            field="design",
            fix="Choose a design of the lens type, or change the lens type.",
        )
    if design is not None and material is not None and material.id not in design.materials:
        names = [order.rules.material[name].name for name in design.materials]
        yield finding(
            "COMBO_UNKNOWN",
            REJECT,
            f"{design.name} is not made in {material.name}.",
            field="material",
            fix=f"Choose {listing(names)}.",
        )
    colours = colour.materials if colour is not None else None
    if colour is not None and material is not None and colours is not None and material.id not in colours:
        names = [order.rules.material[name].name for name in colours]
        yield finding(
            "COMBO_UNKNOWN",
            REJECT,
            f"{colour.name} is not made in {material.name}.",
            field="colour",
            fix=f"Choose {listing(names)}, or another colour.",
        )


def _reviewed(order: Order) -> Iterator[Finding]:
    reviewed = [(field, one) for field, one in order.listed if getattr(one, "review", False)]
    for field, one in reviewed:
        yield finding(
            "LAB_REVIEW", HOLD, f"The lab looks at every {one.name} before it is made.", field=field,
            fix="Nothing: the lab releases it, or calls.",
        )  # fmt: skip


def _power(order: Order, lens: Lens) -> Iterator[Finding]:
    design, material, limits = order.design, order.material, order.rules.prescription
    if design is None or material is None or lens.sphere is None:
        return
    if not limits.sphere_dpt.holds(lens.sphere) or not limits.sphere_dpt.holds(lens.steep):
        return  # RX_RANGE has said it
    if abs(lens.cylinder) > limits.cylinder_max_dpt:
        return
    strongest = max(abs(lens.sphere), abs(lens.steep))
    if design.power_min_abs_dpt is not None and strongest < design.power_min_abs_dpt:
        yield finding(
            "COMBO_POWER",
            REJECT,
            f"{design.name} is made from {power(design.power_min_abs_dpt)[1:]} D; the {lens.eye} lens is weaker.",
            field=lens.field("Sphere"),
            eye=lens.eye,
            fix="Choose a usual single vision design.",
        )
    boxes = boxes_of(design, material)
    if material.id not in design.materials or any(box_holds(box, lens) for box in boxes):
        return
    low = min((box.sphere_min_dpt for box in boxes), default=ZERO)
    high = max((box.sphere_max_dpt for box in boxes), default=ZERO)
    cylinder = max((box.cylinder_max_dpt for box in boxes), default=ZERO)
    elsewhere = (order.rules.material[name] for name in design.materials)
    others = [other.name for other in elsewhere if any(box_holds(box, lens) for box in boxes_of(design, other))]
    yield finding(
        "COMBO_POWER",
        REJECT,
        f"{side(lens.eye)} {power(lens.sphere)} / {power(lens.cylinder)} is outside what {design.name} is made in "
        f"{material.name}: {power(low)} to {power(high)} in every meridian, cylinder up to {power(cylinder)[1:]}.",
        field=lens.field("Sphere"),
        eye=lens.eye,
        fix=f"Choose {listing(others)}." if others else "Choose another design and a higher index.",
    )


def _addition(order: Order, lens: Lens) -> Iterator[Finding]:
    design, add = order.design, lens.add
    if design is None or not add or not order.rules.prescription.add_dpt.holds(add):
        return
    low, high = design.add_min_dpt, design.add_max_dpt
    if low is not None and high is not None and not low <= add <= high:
        yield finding(
            "COMBO_ADD",
            REJECT,
            f"{side(lens.eye)} addition {power(add)} is outside what {design.name} is made in "
            f"({power(low)} to {power(high)}).",
            field=lens.field("Add"),
            eye=lens.eye,
            fix="Choose another design.",
        )
