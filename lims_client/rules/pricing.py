"""What a pair costs, line by line, in minor units and without tax."""

from __future__ import annotations

from collections.abc import Iterator

from lims_client.models import Finding, Price, PriceLine
from lims_client.rules.findings import WARN, finding
from lims_client.rules.order import Order


def price_of(order: Order) -> Price | None:
    """The price; None while the lens is not chosen or the list does not hold a part of it (`PRICE_NONE` says which)."""
    prices, design, material = order.rules.prices, order.design, order.material
    if design is None or material is None or any(True for _ in _unpriced(order)):
        return None
    lines = [
        PriceLine(
            what=f"{'Balance' if lens.balance else lens.eye.value.capitalize()} lens: {design.name}, {material.name}",
            minor=prices.lenses[design.id][material.id],
        )
        for lens in order.lenses
    ]
    number = len(order.lenses)
    if order.colour is not None and prices.colours[order.colour.id]:
        lines.append(PriceLine(what=order.colour.name, minor=prices.colours[order.colour.id] * number))
    for treatment in order.treatments:
        if prices.treatments[treatment.id]:
            lines.append(PriceLine(what=treatment.name, minor=prices.treatments[treatment.id] * number))
    with_prism = sum(any(prism.amount != 0 for prism in lens.prisms) for lens in order.lenses)
    if with_prism and prices.prism:
        lines.append(PriceLine(what="Prism", minor=prices.prism * with_prism))
    if order.style is not None and not order.uncut and prices.mounting.get(order.style.id):
        lines.append(PriceLine(what=f"Glazing: {order.style.name.lower()}", minor=prices.mounting[order.style.id]))
    urgency = order.configuration.urgency
    if prices.urgency.get(urgency):
        lines.append(PriceLine(what=urgency.value.capitalize(), minor=prices.urgency[urgency]))
    return Price(currency=prices.currency, lines=tuple(lines), total_minor=sum(line.minor for line in lines))


def check_price(order: Order) -> Iterator[Finding]:
    """PRICE_NONE for each part of a lens that exists and has no price."""
    if order.design is not None and order.material is not None and order.material.id not in order.design.materials:
        return  # COMBO_UNKNOWN has said it
    for field, name in _unpriced(order):
        yield finding(
            "PRICE_NONE",
            WARN,
            f"The price list holds no price for {name}; the lab tells it by hand.",
            field=field,
            fix="Ask the lab.",
        )


def _unpriced(order: Order) -> Iterator[tuple[str, str]]:
    prices, design, material = order.rules.prices, order.design, order.material
    if design is not None and material is not None and material.id not in prices.lenses.get(design.id, {}):
        yield "design", f"{design.name} in {material.name}"
    if order.colour is not None and order.colour.id not in prices.colours:
        yield "colour", order.colour.name
    for treatment in order.treatments:
        if treatment.id not in prices.treatments:
            yield order.field_of(treatment), treatment.name
