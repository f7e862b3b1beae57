"""What may be done to a purchase order: from where, to where, by whom. The one table every act asks."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ils_app.kernel.roles import Role
from ils_app.suppliers.errors import BeingSent, NotThatMove
from ils_app.suppliers.models import PurchaseOrderRow
from ils_app.suppliers.words import PurchaseOrderStatus as S


class Act(StrEnum):
    """What somebody does to a purchase order."""

    EDIT = "edit"
    SEND = "send"  # asks for the mail; the order is *sent* when that has left
    LEAVE = "leave"  # the mail has left
    ACKNOWLEDGE = "acknowledge"
    SHIP = "ship"
    DELIVER = "deliver"  # the supplier's word that everything was handed over
    RECEIVE = "receive"  # the lab's count
    CLOSE = "close"  # the rest is not coming
    CANCEL = "cancel"


class Aside(StrEnum):
    """What happens to a purchase order and is no act on it: nobody is asked whether it may."""

    BEGIN = "begin"
    GIVE_UP = "give_up"  # its mail came back


@dataclass(frozen=True)
class Move:
    """From where an act is possible and where it leads; None where it leaves the order where it is."""

    start: frozenset[S]
    end: S | None
    roles: frozenset[Role]


LAB: Final = frozenset({Role.LAB, Role.ENGINEER, Role.ADMIN})
BOTH: Final = LAB | {Role.SUPPLIER}
NOBODY: Final[frozenset[Role]] = frozenset()
UNDER_WAY: Final = frozenset({S.SENT, S.ACKNOWLEDGED, S.IN_TRANSIT})
NOT_SHIPPED: Final = frozenset({S.SENT, S.ACKNOWLEDGED})

MOVES: Final[dict[Act, Move]] = {
    Act.EDIT: Move(frozenset({S.DRAFT}), None, LAB),
    Act.SEND: Move(frozenset({S.DRAFT}), None, LAB),
    Act.LEAVE: Move(frozenset({S.DRAFT}), S.SENT, NOBODY),  # the system's own: only a mail that left makes it sent
    Act.ACKNOWLEDGE: Move(frozenset({S.SENT}), S.ACKNOWLEDGED, BOTH),
    Act.SHIP: Move(frozenset({S.ACKNOWLEDGED, S.IN_TRANSIT}), S.IN_TRANSIT, BOTH),
    Act.DELIVER: Move(frozenset({S.IN_TRANSIT}), S.DELIVERED, BOTH),
    Act.RECEIVE: Move(UNDER_WAY | {S.DELIVERED}, None, LAB),  # delivered once everything is counted
    Act.CLOSE: Move(UNDER_WAY | {S.DELIVERED}, S.DELIVERED, LAB),
    Act.CANCEL: Move(frozenset({S.DRAFT, S.SENT, S.ACKNOWLEDGED}), S.CANCELLED, LAB),
}
SENTENCES: Final[dict[Act, str]] = {
    Act.EDIT: "A purchase order is written while it is a draft; this one is {status}.",
    Act.SEND: "Only a draft is sent; this order is {status}.",
    Act.LEAVE: "Only a draft is sent; this order is {status}.",
    Act.ACKNOWLEDGE: "An order is acknowledged once, after it was sent; this one is {status}.",
    Act.SHIP: "An order is shipped once it is acknowledged; this one is {status}.",
    Act.DELIVER: "An order in transit is delivered; this one is {status}.",
    Act.RECEIVE: "Goods are counted in for an order that was sent; this one is {status}.",
    Act.CLOSE: "An order that was sent is closed short; this one is {status}.",
    Act.CANCEL: "An order is cancelled before it is shipped; this one is {status}. What does not come is closed short.",
}


def possible(order: PurchaseOrderRow, act: Act, *, counted: bool) -> bool:
    """Whether the act is possible from where the order stands, whoever does it. `counted`: a part of it was."""
    return _hindrance(order, act, counted=counted) is None


def may(order: PurchaseOrderRow, act: Act, role: Role, *, counted: bool) -> bool:
    """Whether this role may do it now."""
    return role in MOVES[act].roles and possible(order, act, counted=counted)


def refuse(order: PurchaseOrderRow, act: Act, *, counted: bool = False) -> None:
    """Raise BeingSent or NotThatMove unless the act is possible now. Of what was not sent nothing is counted."""
    if hindrance := _hindrance(order, act, counted=counted):
        raise hindrance


def _hindrance(order: PurchaseOrderRow, act: Act, *, counted: bool) -> BeingSent | NotThatMove | None:
    if order.sending and act is not Act.LEAVE:
        return BeingSent()
    if act in {Act.RECEIVE, Act.CLOSE} and order.closed_at is not None:
        return NotThatMove("Everything of this order is counted, or the rest was closed.")
    if order.status not in MOVES[act].start:
        return NotThatMove(SENTENCES[act].format(status=order.status.value.replace("_", " ")))
    if act is Act.CLOSE and not counted and order.status in NOT_SHIPPED:
        return NotThatMove("Nothing of this order was shipped or counted: cancel it.")
    if act is Act.CANCEL and counted:
        return NotThatMove("A part of this order was counted in: close the rest short.")
    return None
