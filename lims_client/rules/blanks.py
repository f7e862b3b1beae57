"""BLANK_: whether a blank is big enough, and by which route each lens is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from lims_client.models import Eye, Finding
from lims_client.optics.layout import Point, inset_mm, minimum_blank_mm, rise_mm
from lims_client.optics.powers import spherical_equivalent_dpt
from lims_client.optics.surfaces import base_of_chart_dpt, bases_of_pair, chart_equivalent_dpt
from lims_client.rules.centration import Centration
from lims_client.rules.combination import box_holds
from lims_client.rules.findings import REJECT, finding, plain, side
from lims_client.rules.limits import RouteName
from lims_client.rules.order import Lens, Order, within_reason
from lims_client.rules.powers import QUARTER
from lims_client.rules.traced import centre_on_page

_SHAPE_MM = Decimal(5)
"""How much longer than A the effective diameter of an everyday shape is."""


@dataclass(frozen=True)
class BlankNeed:
    """The blank one lens needs, in millimetres.

    `estimated` is the rule ED + 2 decentrations + allowance, never short of the truth; `at_least` is what every shape
    in that box needs. `certain`: the estimate may refuse an order (a measured ED, and no trace that knows better).
    """

    estimated: Decimal
    at_least: Decimal
    certain: bool

    @property
    def refuses_from(self) -> Decimal:
        return self.estimated if self.certain else self.at_least


def blank_need(order: Order, lens: Lens, centres: Centration) -> BlankNeed | None:
    """What the box says about the blank; None while frame, PD or height are not settled.

    inset = (A + DBL)/2 - PD, rise = height - B/2 (fitting heights only), decentration = sqrt(inset² + rise²).
    """
    exact = _exact_need(order, lens, centres)
    if exact is not None:
        return exact
    frame, pd = order.frame, centres.of(lens.eye)
    if frame is None or not centres.settled or pd is None or frame.a is None or frame.b is None or frame.dbl is None:
        return None
    limits = order.rules.frame
    if not (limits.a_mm.holds(frame.a) and limits.b_mm.holds(frame.b) and limits.dbl_mm.holds(frame.dbl)):
        return None
    a, b, dbl = frame.a, frame.b, frame.dbl
    inset = (a + dbl) / 2 - pd
    height = order.design.height if order.design is not None else None
    rise = Decimal(0)
    if lens.height is not None and height is not None and height.kind == "fitting":
        if not height.min_mm <= lens.height <= b - (height.above_cross_min_mm or 0):
            return None  # FH_ has something to say; the layout waits until the height is settled
        rise = lens.height - b / 2
    diagonal = (a * a + b * b).sqrt()
    given = frame.ed is not None and max(a, b) <= within_reason(frame.ed) <= diagonal
    effective = within_reason(frame.ed) if given and frame.ed is not None else min(max(a, b) + _SHAPE_MM, diagonal)
    allowance = order.rules.blanks.crib_uncut_mm if order.uncut else order.rules.blanks.crib_mm
    decentration = (inset * inset + rise * rise).sqrt()
    return BlankNeed(
        estimated=effective + 2 * decentration + allowance,
        at_least=2 * max(a / 2 + abs(inset), b / 2 + abs(rise)) + allowance,
        certain=given and order.configuration.trace is None,
    )


def _exact_need(order: Order, lens: Lens, centres: Centration) -> BlankNeed | None:
    """What the traced outline itself needs."""
    centre = centre_of(order, lens, centres)
    if order.shape is None or centre is None:
        return None
    allowance = order.rules.blanks.crib_uncut_mm if order.uncut else order.rules.blanks.crib_mm
    exact = Decimal(repr(round(minimum_blank_mm(order.shape.outlines[lens.eye], centre, float(allowance)), 6)))
    return BlankNeed(estimated=exact, at_least=exact, certain=True)


def centre_of(order: Order, lens: Lens, centres: Centration) -> Point | None:
    """Where the optical centre lies from the centre of the traced box; None while shape, PD or height are unsettled."""
    shape, pd = order.shape, centres.of(lens.eye)
    box = None if shape is None else shape.box_mm(lens.eye)
    if shape is None or box is None or not centres.settled or pd is None:
        return None
    own = None if order.frame is None or order.frame.dbl is None else float(within_reason(order.frame.dbl))
    dbl = shape.dbl_mm if own is None else own
    if dbl is None or not float(order.rules.frame.dbl_mm.min) <= dbl <= float(order.rules.frame.dbl_mm.max):
        return None
    rise = 0.0
    height = order.design.height if order.design is not None else None
    if lens.height is not None and height is not None and height.kind == "fitting":
        if not float(height.min_mm) <= float(lens.height) <= box[1] - float(height.above_cross_min_mm or 0):
            return None
        rise = rise_mm(float(lens.height), box[1])
    return centre_on_page(lens.eye, inset_mm(box[0], dbl, float(pd)), rise)


def bases_of(order: Order) -> dict[Eye, float]:
    """The nominal base of each lens, by the chart and the pair rule."""
    rows = [(float(row.from_dpt), float(row.to_dpt), float(row.base)) for row in order.rules.blanks.chart]
    found: dict[Eye, float] = {}
    equivalents: dict[Eye, float] = {}
    for lens in order.lenses:
        if lens.sphere is None:
            continue
        sphere, cylinder = float(lens.sphere), float(lens.cylinder)
        add = lens.add if order.design is not None and order.design.takes_add and lens.add is not None else 0
        base = base_of_chart_dpt(rows, chart_equivalent_dpt(sphere, cylinder, float(add)))
        if base is not None:
            found[lens.eye], equivalents[lens.eye] = base, spherical_equivalent_dpt(sphere, cylinder)
    if len(found) == 2:
        pair = (found[Eye.RIGHT], found[Eye.LEFT])
        found[Eye.RIGHT], found[Eye.LEFT] = bases_of_pair(equivalents[Eye.RIGHT], equivalents[Eye.LEFT], pair)
    return found


def surfaced_blank_mm(order: Order, lens: Lens) -> Decimal | None:
    """The largest blank there is for this lens, by the design or by the base it is made on."""
    design, blanks = order.design, order.rules.blanks
    if design is not None and design.blank_diameters_mm:
        return max(design.blank_diameters_mm)
    base = bases_of(order).get(lens.eye)
    return next((max(one.diameters_mm) for one in blanks.bases if base is not None and float(one.base) == base), None)


def routes(order: Order, centres: Centration) -> Mapping[Eye, RouteName]:
    """By which route each lens is made: from stock where a finished lens serves, else surfaced."""
    return {lens.eye: _route(order, lens, centres) for lens in order.lenses}


def _route(order: Order, lens: Lens, centres: Centration) -> RouteName:
    if not _from_stock(order, lens, centres):
        return RouteName.SURFACED
    return RouteName.STOCK_UNCUT if order.uncut else RouteName.STOCK_CUT


def _from_stock(order: Order, lens: Lens, centres: Centration) -> bool:
    design, material = order.design, order.material
    if design is None or material is None or material.stock is None or "stock" not in design.routes:
        return False
    if lens.sphere is None or lens.sphere % QUARTER != 0 or lens.cylinder % QUARTER != 0:
        return False
    if any(prism.amount != 0 for prism in lens.prisms) or any(one.surfaced_only for one in order.treatments):
        return False
    if not box_holds(material.stock, lens):
        return False
    need = blank_need(order, lens, centres)
    return need is None or need.estimated <= max(material.stock.diameters_mm, default=Decimal(999))


def check_blanks(order: Order, centres: Centration) -> Iterator[Finding]:
    """BLANK_TOO_SMALL, where no blank is big enough."""
    for lens in order.lenses:
        need = blank_need(order, lens, centres)
        if need is None or lens.balance or _from_stock(order, lens, centres):
            continue
        largest = surfaced_blank_mm(order, lens)
        if largest is not None and need.refuses_from > largest:
            short = need.refuses_from - largest
            trace = "" if order.configuration.trace is not None else ", or a trace, which shows the exact size"
            yield finding(
                "BLANK_TOO_SMALL",
                REJECT,
                f"{side(lens.eye)} lens needs a blank of {plain(need.refuses_from)} mm; the largest is "
                f"{plain(largest)} mm, {plain(short)} mm short.",
                field="frame.a",
                eye=lens.eye,
                fix=f"A smaller frame, a product with a larger blank, the monocular PD checked{trace}.",
            )
