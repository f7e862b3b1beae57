"""DUP_ORDER and RX_CHANGE_BIG: this order beside the patient's earlier ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lims_client.models import Configuration, Finding
from lims_client.optics.powers import axis_apart_deg
from lims_client.rules.findings import CONFIRM, finding, listing, plain, power, side
from lims_client.rules.order import Lens, Order, read


@dataclass(frozen=True)
class EarlierOrder:
    """An order of the same patient: what was asked for and on which day; `number` as the ECP knows it."""

    configuration: Configuration
    ordered_on: date
    number: str | None = None


def check_history(order: Order, earlier: Iterable[EarlierOrder], today: date | None) -> Iterator[Finding]:
    """What the patient's earlier orders say; nothing when none were handed in. An order is never its own duplicate."""
    own = order.configuration.order_number
    others = sorted(
        (one for one in earlier if own is None or one.number != own), key=lambda one: one.ordered_on, reverse=True
    )
    if not others:
        return
    yield from _duplicate(order, others, today)
    yield from _changed(order, others[0])


def _written(lens: Lens) -> tuple[object, ...]:
    axis = lens.minus_axis if lens.cylinder else None
    prisms = sorted((str(prism.base), prism.amount) for prism in lens.prisms if prism.amount)
    return lens.eye, lens.sphere, lens.cylinder, axis, lens.add or Decimal(0), tuple(prisms)


def _duplicate(order: Order, others: list[EarlierOrder], today: date | None) -> Iterator[Finding]:
    days = order.rules.history.duplicate_days
    wanted = {_written(lens) for lens in order.lenses if not lens.balance}
    for one in others:
        age = None if today is None else (today - one.ordered_on).days
        if age is not None and not 0 <= age <= days:
            continue
        same = {_written(lens) for lens in read(one.configuration, order.rules).lenses if not lens.balance}
        if same == wanted:
            named = f" as order {one.number}" if one.number else ""
            yield finding(
                "DUP_ORDER",
                CONFIRM,
                f"The same prescription was ordered for this patient on {one.ordered_on:%d.%m.%Y}{named}. "
                "Is a second pair wanted?",
                field="patientId",
                fix="Confirm the second pair, or leave this order out.",
            )
            return


def _changed(order: Order, last: EarlierOrder) -> Iterator[Finding]:
    """More than the powers or the axis usually change from one prescription to the next."""
    limits = order.rules.history
    before = read(last.configuration, order.rules)
    for lens in order.lenses:
        old = before.lens(lens.eye)
        if old is None or lens.balance or old.balance or lens.sphere is None or old.sphere is None:
            continue
        said = {
            name: f"{name.lower()} from {power(was)} to {power(now)}"
            for name, was, now in (("Sphere", old.sphere, lens.sphere), ("Cylinder", old.cylinder, lens.cylinder))
            if abs(now - was) > limits.power_change_dpt
        }
        if old.minus_axis is not None and lens.minus_axis is not None and old.cylinder and lens.cylinder:
            weak = min(abs(old.cylinder), abs(lens.cylinder)) < limits.axis_weak_below_dpt
            apart = axis_apart_deg(float(old.minus_axis), float(lens.minus_axis))
            if apart > (limits.axis_change_weak_deg if weak else limits.axis_change_deg):
                said["Axis"] = f"axis from {plain(old.minus_axis)} to {plain(lens.minus_axis)}"
        if said:
            yield finding(
                "RX_CHANGE_BIG",
                CONFIRM,
                f"{side(lens.eye)} {listing(said.values(), 'and')} is a big change since {last.ordered_on:%d.%m.%Y}. "
                "Is it right?",
                field=lens.field(next(iter(said))),
                eye=lens.eye,
                fix="Check it against the prescription, or confirm it.",
            )
