"""PRISM_: prescribed prism of each lens, in prism dioptres."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from lims_client.models import Finding, PrismBase
from lims_client.rules.findings import HOLD, REJECT, WARN, finding, plain, side
from lims_client.rules.order import Lens, Order, within_reason

_OPPOSITES = ((PrismBase.IN, PrismBase.OUT), (PrismBase.UP, PrismBase.DOWN))


def check_prism(order: Order) -> Iterator[Finding]:
    """What the PRISM_ rules say."""
    for lens in order.lenses:
        if lens.prisms and not lens.balance:
            yield from _lens_prism(order, lens)


def prism_of(lens: Lens) -> Decimal:
    """The resultant of a lens's horizontal and vertical prism: M = sqrt(h² + v²)."""
    amounts = [within_reason(prism.amount) for prism in lens.prisms]
    return sum((amount * amount for amount in amounts), Decimal(0)).sqrt()


def _lens_prism(order: Order, lens: Lens) -> Iterator[Finding]:
    limits, eye, field = order.rules.prism, side(lens.eye), lens.field("Prism")
    if any(prism.base is None and prism.amount != 0 for prism in lens.prisms):
        yield finding(
            "PRISM_BASE_MISSING",
            REJECT,
            f"{eye} prism has no base direction.",
            field=field,
            eye=lens.eye,
            fix="Choose in, out, up or down.",
        )
    bases = [prism.base for prism in lens.prisms if prism.base is not None and prism.amount != 0]
    if any(one in bases and other in bases for one, other in _OPPOSITES) or len(bases) != len(set(bases)):
        yield finding(
            "PRISM_CONFLICT",
            REJECT,
            f"{eye} prism is given twice along one line ({', '.join(bases)}).",
            field=field,
            eye=lens.eye,
            fix="Keep one horizontal and one vertical prism.",
        )
    if any(prism.amount < 0 for prism in lens.prisms):
        yield finding(
            "PRISM_RANGE",
            REJECT,
            f"{eye} prism is negative; turn its base round instead.",
            field=field,
            eye=lens.eye,
            fix="Enter a positive amount with the opposite base.",
        )
    yield from _amount(order, lens, prism_of(lens))
    whole = [prism for prism in lens.prisms if prism.amount != 0]
    if len(whole) == 1 and within_reason(whole[0].amount) % limits.step != 0:
        yield finding(
            "RX_STEP",
            WARN,
            f"{eye} prism {plain(within_reason(whole[0].amount))} is not in steps of {plain(limits.step)}; "
            "the lab works to the nearest step.",
            field=field,
            eye=lens.eye,
            fix=f"Round it to a step of {plain(limits.step)}.",
        )


def _amount(order: Order, lens: Lens, amount: Decimal) -> Iterator[Finding]:
    limits, eye, field = order.rules.prism, side(lens.eye), lens.field("Prism")
    multifocal = order.design is not None and order.design.takes_add
    most = limits.multifocal_max if multifocal else limits.single_vision_max
    kind = "multifocal" if multifocal else "single vision"
    if amount > most:
        yield finding(
            "PRISM_RANGE",
            REJECT,
            f"{eye} prism {plain(amount)} is over {plain(most)}, the most one {kind} lens takes.",
            field=field,
            eye=lens.eye,
            fix="Split the prism between the two eyes.",
        )
    elif amount > limits.review_over:
        split = amount > limits.split_hint_over
        yield finding(
            "PRISM_LARGE",
            HOLD,
            f"{eye} prism {plain(amount)} is over {plain(limits.review_over)}: the lab looks at the thickness first.",
            field=field,
            eye=lens.eye,
            fix="Split the prism between the two eyes." if split else "Nothing, if it is meant: the lab releases it.",
        )
