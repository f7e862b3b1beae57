"""MOUNT_GROOVE, THICK_ and BASE_FRAME_CURVE: what the traced edge of the made lens comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lims_client.models import Eye, Finding, PrismBase
from lims_client.optics.layout import Point, about
from lims_client.optics.surfaces import Edge, LensForm, edge_of, true_power_dpt
from lims_client.rules.blanks import bases_of, centre_of
from lims_client.rules.centration import Centration
from lims_client.rules.findings import HOLD, WARN, finding, side
from lims_client.rules.limits import RouteName
from lims_client.rules.order import Lens, Order
from lims_client.rules.products import Material, Mounting


def check_edges(order: Order, centres: Centration, by_eye: Mapping[Eye, RouteName]) -> Iterator[Finding]:
    """What the traced edge says; nothing without a traced shape. Thickness is an estimate for spherical surfaces."""
    bases = bases_of(order)
    yield from _frame_curve(order, bases)
    if order.material is None or order.mounting is None:
        return
    for lens in order.lenses:
        if lens.balance or lens.eye not in bases:
            continue
        edge = _edge(order, order.material, lens, centres, bases[lens.eye], by_eye.get(lens.eye))
        if edge is not None:
            yield from _thick(order, order.material, lens, edge)


def _prism_on_page(lens: Lens) -> Point:
    nasal = -1 if lens.eye is Eye.LEFT else 1
    ways = {PrismBase.IN: (nasal, 0), PrismBase.OUT: (-nasal, 0), PrismBase.UP: (0, 1), PrismBase.DOWN: (0, -1)}
    based = [(ways[prism.base], float(prism.amount)) for prism in lens.prisms if prism.base is not None]
    return sum(way[0] * amount for way, amount in based), sum(way[1] * amount for way, amount in based)


def _edge(
    order: Order, material: Material, lens: Lens, centres: Centration, base: float, route: RouteName | None
) -> Edge | None:
    """The edge all round: plus gets the centre that leaves the mount its edge, minus the least there is."""
    centre = centre_of(order, lens, centres)
    if order.shape is None or centre is None or lens.sphere is None or not _in_reach(order, material, lens):
        return None
    if lens.cylinder and lens.minus_axis is None:
        return None
    index = float(material.index)
    stock = route is not None and route is not RouteName.SURFACED
    plus = max(lens.sphere, lens.steep) > 0
    form = LensForm(
        float(lens.sphere), float(lens.cylinder), None if lens.minus_axis is None else float(lens.minus_axis),
        index, true_power_dpt(base, index), _prism_on_page(lens),
    )  # fmt: skip
    return edge_of(
        form,
        about(order.shape.outlines[lens.eye], centre),
        centre_min_mm=float(material.centre_min_stock_mm if stock else material.centre_min_mm),
        edge_min_mm=_edge_min_mm(material, order.mounting if plus else Mounting.BEVEL),
    )


def _in_reach(order: Order, material: Material, lens: Lens) -> bool:
    """Whether it is a power the material is made in: of others COMBO_POWER has spoken, and their edge is no number."""
    box = material.surfaced or material.stock
    return box is not None and lens.sphere is not None and all(
        box.sphere_min_dpt <= power <= box.sphere_max_dpt for power in (lens.sphere, lens.steep)
    )  # fmt: skip


def _edge_min_mm(material: Material, mounting: Mounting | None) -> float:
    if mounting is Mounting.GROOVE:
        return float(material.edge_min_groove_mm)
    if mounting is Mounting.DRILL and material.edge_min_drill_mm is not None:
        return float(material.edge_min_drill_mm)
    return float(material.edge_min_mm)


def _thick(order: Order, material: Material, lens: Lens, edge: Edge) -> Iterator[Finding]:
    limits, eye = order.rules.thickness, side(lens.eye)
    needed = _edge_min_mm(material, order.mounting)
    if order.mounting is Mounting.GROOVE and edge.thinnest_mm < needed - 1e-3:
        yield finding(
            "MOUNT_GROOVE",
            HOLD,
            f"{eye} edge would be {edge.thinnest_mm:.1f} mm at its thinnest; a groove in {material.name} needs "
            f"{needed:.1f} mm all round.",
            field="frame.type",
            eye=lens.eye,
            fix="Let the lab make the lens thicker, or choose a frame with a full rim.",
        )
    for code, part, thick_mm, warn_mm in (
        ("THICK_EDGE", "edge", edge.thickest_mm, limits.edge_warn_mm),
        ("THICK_CENTRE", "centre", edge.centre_mm, limits.centre_warn_mm),
    ):
        if thick_mm > warn_mm:
            yield finding(
                code,
                WARN,
                f"{eye} {part} comes to about {thick_mm:.1f} mm (estimate, spherical surfaces).",
                field="material",
                eye=lens.eye,
                fix="A higher index, a smaller frame or less decentration makes it thinner.",
            )


def _frame_curve(order: Order, bases: Mapping[Eye, float]) -> Iterator[Finding]:
    curve = None if order.shape is None or order.uncut else order.shape.curve_dpt
    if curve is None or curve <= 0:
        return
    limits = order.rules.frame_curve
    for eye, base in bases.items():
        if curve >= limits.wrap_from_dpt and base < limits.wrap_base_min_dpt:
            yield finding(
                "BASE_FRAME_CURVE",
                HOLD,
                f"{side(eye)} lens has base {base:g}; a frame curved {curve:g} needs {limits.wrap_base_min_dpt:g} or "
                "more. The lab looks at it first.",
                field="frame.type",
                eye=eye,
                fix="Choose a flatter frame, or let the lab choose the base.",
            )
        elif abs(base - curve) > limits.apart_warn_dpt:
            yield finding(
                "BASE_FRAME_CURVE",
                WARN,
                f"{side(eye)} lens has base {base:g} and the frame is curved {curve:g}: it will sit badly.",
                field="frame.type",
                eye=eye,
                fix="Choose a frame with a curve nearer to the lens's.",
            )
