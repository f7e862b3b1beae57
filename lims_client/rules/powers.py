"""RX_: sphere, cylinder, axis and addition of each lens, and the two eyes beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from lims_client.models import Eye, Finding
from lims_client.optics.prism import near_imbalance
from lims_client.rules.findings import CONFIRM, HOLD, INFO, REJECT, WARN, finding, plain, power, side
from lims_client.rules.limits import Span
from lims_client.rules.order import Lens, Order, nominal_dpt, within_reason
from lims_client.rules.products import Group

QUARTER, EIGHTH = Decimal("0.25"), Decimal("0.125")


def check_powers(order: Order) -> Iterator[Finding]:
    """What the RX_ rules say about the powers."""
    for lens in order.lenses:
        if not lens.balance:
            yield from _sphere_and_cylinder(order, lens)
            yield from _axis(order, lens)
            yield from _addition(order, lens)
    yield from _which_eyes(order)
    if not any(lens.balance for lens in order.lenses):
        yield from _the_pair(order)
    yield from _fitting_values(order)


def _typed(order: Order, lens: Lens, name: str) -> Decimal | None:
    value: Decimal | None = getattr(order.rx, f"{lens.prefix}_{name}")
    return value


def _sphere_and_cylinder(order: Order, lens: Lens) -> Iterator[Finding]:
    limits, eye = order.rules.prescription, side(lens.eye)
    if lens.sphere is None:
        yield finding(
            "RX_SPHERE_MISSING",
            REJECT,
            f"{eye} sphere is missing: type 0.00 for plano.",
            field=lens.field("Sphere"),
            eye=lens.eye,
            fix="Enter the sphere, or order one lens only.",
        )
        return
    step = EIGHTH if order.design is not None and order.design.freeform else QUARTER
    for name in ("sphere", "cylinder", "add"):
        value = _typed(order, lens, name)
        allowed = QUARTER if name == "add" else step
        if value is not None and nominal_dpt(value) % allowed != 0:
            yield finding(
                "RX_STEP",
                REJECT,
                f"{eye} {_WORDS[name]} {power(value)} is not in steps of {'0.12' if allowed is EIGHTH else '0.25'}.",
                field=lens.field(name.capitalize()),
                eye=lens.eye,
                fix="Round it to a whole step"
                + (", or choose a freeform design, which takes 0.12." if allowed is QUARTER and name != "add" else "."),
            )
    for meridian, words in ((lens.sphere, "sphere"), (lens.steep, "sphere plus cylinder")):
        if not limits.sphere_dpt.holds(meridian):
            yield finding(
                "RX_RANGE",
                REJECT,
                f"{eye} {words} {power(meridian)} is outside what any lens is made in "
                f"({power(limits.sphere_dpt.min)} to {power(limits.sphere_dpt.max)}).",
                field=lens.field("Sphere"),
                eye=lens.eye,
                fix="Check the sign and the decimal point.",
            )
            break
    if abs(lens.cylinder) > limits.cylinder_max_dpt:
        yield finding(
            "RX_RANGE",
            REJECT,
            f"{eye} cylinder {power(lens.cylinder)} is over {power(limits.cylinder_max_dpt)[1:]}, the most there is.",
            field=lens.field("Cylinder"),
            eye=lens.eye,
            fix="Check the cylinder.",
        )


_WORDS = {"sphere": "sphere", "cylinder": "cylinder", "add": "addition"}


def _axis(order: Order, lens: Lens) -> Iterator[Finding]:
    limits, eye, axis = order.rules.prescription.axis_deg, side(lens.eye), lens.axis
    if axis is not None and axis != 0 and (not limits.holds(axis) or axis % 1 != 0):
        yield finding(
            "RX_AXIS_RANGE",
            REJECT,
            f"{eye} axis {plain(axis)} is not a whole number from {plain(limits.min)} to {plain(limits.max)}.",
            field=lens.field("Axis"),
            eye=lens.eye,
            fix="Correct the axis.",
        )
    elif axis is None and lens.cylinder != 0:
        yield finding(
            "RX_AXIS_MISSING",
            REJECT,
            f"{eye} axis is missing: a cylinder needs one ({plain(limits.min)} to {plain(limits.max)}).",
            field=lens.field("Axis"),
            eye=lens.eye,
            fix="Enter the axis.",
        )
    elif axis is not None and lens.cylinder == 0:
        yield finding(
            "RX_AXIS_ORPHAN",
            CONFIRM,
            f"{eye} axis {plain(axis)} stands without a cylinder. Is the cylinder missing?",
            field=lens.field("Cylinder"),
            eye=lens.eye,
            fix="Enter the cylinder, clear the axis, or confirm that the lens is spherical.",
        )


def _addition(order: Order, lens: Lens) -> Iterator[Finding]:
    limits, eye, add, design = order.rules.prescription.add_dpt, side(lens.eye), lens.add, order.design
    if design is None:
        return
    if not design.takes_add:
        if add is not None and add != 0:
            near = f" Reading spectacles have the sphere {power(lens.sphere + add)}." if lens.sphere is not None else ""
            yield finding(
                "RX_ADD_UNEXPECTED",
                CONFIRM,
                f"{eye} addition {power(add)} has no use in {design.name}.{near}",
                field=lens.field("Add"),
                eye=lens.eye,
                fix="Choose a multifocal, clear the addition, or confirm that it is left out.",
            )
        return
    if add is None or add == 0:
        yield finding(
            "RX_ADD_MISSING",
            REJECT,
            f"{eye} addition is missing: {design.name} needs one "
            f"({power(design.add_min_dpt or limits.min)} to {power(design.add_max_dpt or limits.max)}).",
            field=lens.field("Add"),
            eye=lens.eye,
            fix="Enter the addition, or choose single vision.",
        )
    elif not limits.holds(add):
        yield finding(
            "RX_RANGE",
            REJECT,
            f"{eye} addition {power(add)} is outside {power(limits.min)} to {power(limits.max)}.",
            field=lens.field("Add"),
            eye=lens.eye,
            fix="Correct the addition.",
        )


def _which_eyes(order: Order) -> Iterator[Finding]:
    rx = order.rx
    if rx.eye is Eye.BOTH and len(order.lenses) == 1:
        lens = order.lenses[0]
        other, prefix = ("left", "os") if lens.eye is Eye.RIGHT else ("right", "od")
        yield finding(
            "RX_ONE_EYE",
            CONFIRM,
            f"Only the {lens.eye} eye has a prescription. Is one lens wanted?",
            field=f"{prefix}Sphere",
            fix=f"Enter the {other} eye, or confirm that only the {lens.eye} lens is made.",
        )
    elif rx.eye is not Eye.BOTH and not rx.balance:
        yield finding(
            "RX_ONE_EYE", INFO, f"Only the {rx.eye} lens is made.", field="eye", fix="Choose both eyes to order a pair."
        )
    if rx.balance:
        if rx.eye is Eye.BOTH:
            yield finding(
                "RX_BALANCE",
                WARN,
                "A balance lens was asked for, but both eyes are ordered; both are made as written.",
                field="balance",
                fix="Choose the eye that has the prescription, or clear the balance.",
            )
        else:
            other = Eye.LEFT if rx.eye is Eye.RIGHT else Eye.RIGHT
            yield finding(
                "RX_BALANCE",
                INFO,
                f"The {other} lens is a balance lens: the lab matches its look and weight to the {rx.eye} one.",
                field="balance",
                eye=other,
            )


def _the_pair(order: Order) -> Iterator[Finding]:
    right, left, limits = order.lens(Eye.RIGHT), order.lens(Eye.LEFT), order.rules.balance
    if right is None or left is None:
        return
    if right.equivalent is not None and left.equivalent is not None:
        difference = abs(right.equivalent - left.equivalent)
        if right.equivalent * left.equivalent < 0:
            yield finding(
                "RX_OPP_SIGN",
                CONFIRM,
                f"The eyes have opposite signs (right {power(right.equivalent)}, left {power(left.equivalent)} as "
                "spherical equivalents). Is that right?",
                field="odSphere",
                eye=Eye.BOTH,
                fix="Check the signs, or confirm them.",
            )
        if difference >= limits.anisometropia_warn_dpt:
            strong = difference >= limits.anisometropia_strong_dpt
            multifocal = order.design is not None and order.design.takes_add
            yield finding(
                "RX_ANISO",
                WARN,
                f"The eyes differ by {power(difference)[1:]} D, {'a strong' if strong else 'an'} anisometropia.",
                field="odSphere",
                eye=Eye.BOTH,
                fix="Check both spheres" + ("; a slab-off may help at near." if multifocal else "."),
            )
    yield from _near(order, right, left)
    adds_wanted = order.design is not None and order.design.takes_add
    if adds_wanted and right.add and left.add and abs(right.add - left.add) > limits.add_difference_warn_dpt:
        yield finding(
            "RX_ADD_DIFF",
            WARN,
            f"The additions differ by {power(abs(right.add - left.add))[1:]} D "
            f"(right {power(right.add)}, left {power(left.add)}).",
            field="osAdd",
            eye=Eye.BOTH,
            fix="Check both additions.",
        )


def _near(order: Order, right: Lens, left: Lens) -> Iterator[Finding]:
    """The vertical prism the eyes do not share where a multifocal is read through."""
    if order.design is None or not order.design.takes_add or right.sphere is None or left.sphere is None:
        return
    eyes = [(lens, lens.minus_axis) for lens in (right, left)]
    if any(lens.cylinder and axis is None for lens, axis in eyes):
        return
    seen = [
        (float(lens.sphere or 0), float(lens.cylinder), None if axis is None else float(axis)) for lens, axis in eyes
    ]
    limits = order.rules.balance
    imbalance = abs(near_imbalance(seen[0], seen[1], limits.near_depth_mm))
    if imbalance < float(limits.vertical_near_warn):
        return
    grave = imbalance >= float(limits.vertical_near_hold) and Group.SLAB not in order.groups
    yield finding(
        "RX_ANISO",
        HOLD if grave else WARN,
        f"The eyes differ by {imbalance:.2f} prism dioptres vertically where they read.",
        field="odSphere",
        eye=Eye.BOTH,
        fix="A slab-off takes it away." + (" The lab looks at it first." if grave else ""),
    )


def _fitting_values(order: Order) -> Iterator[Finding]:
    limits, rx = order.rules.prescription, order.rx
    values: tuple[tuple[str, str, Decimal | None, Span, str], ...] = (
        ("Back vertex distance", "backVertexDistance", rx.back_vertex_distance, limits.vertex_mm, "mm"),
        ("Pantoscopic tilt", "pantoscopicTilt", rx.pantoscopic_tilt, limits.pantoscopic_deg, "degrees"),
        ("Wrap angle", "wrapAngle", rx.wrap_angle, limits.wrap_deg, "degrees"),
    )
    for words, field, value, span, unit in values:
        if value is not None and not span.holds(within_reason(value)):
            yield finding(
                "RX_RANGE",
                REJECT,
                f"{words} {plain(within_reason(value))} is outside {plain(span.min)} to {plain(span.max)} {unit}.",
                field=field,
                fix="Measure it again.",
            )
