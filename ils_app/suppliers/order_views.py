"""A purchase order's rows as the values that leave the room, for the person who asks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.money import Money
from ils_app.suppliers.models import LineRow, PurchaseOrderRow, ReceiptLineRow, ReceiptRow, ShipmentRow
from ils_app.suppliers.moves import UNDER_WAY, Act, may
from ils_app.suppliers.order_reading import Read, read_order
from ils_app.suppliers.order_schemas import (
    LineView,
    PurchaseOrderDraft,
    PurchaseOrderLine,
    PurchaseOrderView,
    ReceiptView,
    ShipmentView,
    TaxView,
)
from ils_app.suppliers.totals import Priced, totals
from ils_app.suppliers.words import PurchaseOrderStatus


@dataclass(frozen=True)
class Parts:
    """What belongs to an order besides its own row."""

    lines: Sequence[LineRow] = ()
    shipments: Sequence[ShipmentRow] = ()
    receipts: Sequence[ReceiptRow] = ()
    counted: Sequence[ReceiptLineRow] = field(default_factory=tuple)

    @property
    def anything_counted(self) -> bool:
        """Whether a part of the order was counted in."""
        return any(line.received_quantity for line in self.lines)


def row_of(order: PurchaseOrderRow) -> PurchaseOrderLine:
    """An order on a list."""
    return PurchaseOrderLine(**_row_fields(order))


def view_of(order: PurchaseOrderRow, parts: Parts, actor: Actor, *, usual_on: date | None = None) -> PurchaseOrderView:
    """An order on its page. `usual_on` is when a draft would be expected by the supplier's lead time."""
    draft = PurchaseOrderDraft.model_validate(order.draft)
    read = read_order(draft, order.tax_treatment) if order.written else None
    ours = actor.role is not Role.SUPPLIER
    lines = _draft_lines(order, read) if read else [_line(order, line) for line in parts.lines]
    expected = (read.expected_on or usual_on) if read else order.expected_on
    return PurchaseOrderView(
        **{**_row_fields(order), "due_on": order.confirmed_on or expected},
        version=order.version, written=order.written, draft=draft if ours else None,
        problems=read.problems if read and ours else {},
        supplier_reference=order.supplier_reference, notes=read.notes if read else order.notes,
        account_number=order.account_number, supplier_address=tuple(order.supplier_address),
        payment_days=order.payment_days, tax_treatment=order.tax_treatment, lines=tuple(lines),
        subtotal=_money(order, order.subtotal_minor), taxes=_taxes(order, lines),
        receipts=_receipts(parts), shipments=tuple(map(_shipment, parts.shipments)),
        sent_to=order.sent_to, sent_to_name=order.sent_to_name, sending_since=order.sending_since if ours else None,
        send_error=order.send_error if ours else "", expected_on=expected, confirmed_on=order.confirmed_on,
        delivered_on=order.delivered_on, acknowledged_at=order.acknowledged_at, shipped_at=order.shipped_at,
        closed_at=order.closed_at, closed_reason=order.closed_reason, cancel_reason=order.cancel_reason,
        entered_by_name=order.entered_by_name,
        **{
            f"may_{act.value}": may(order, act, actor.role, counted=parts.anything_counted)
            for act in Act if act is not Act.LEAVE
        },
    )  # fmt: skip


def _row_fields(order: PurchaseOrderRow) -> dict[str, Any]:
    due_on = order.confirmed_on or order.expected_on
    return {
        "id": order.id, "number": order.number, "supplier_id": order.supplier_id,
        "supplier_name": order.supplier_name, "status": order.status, "sending": order.sending,
        "send_failed": bool(order.send_error) and order.status is PurchaseOrderStatus.DRAFT and not order.sending,
        "to_count": order.status is PurchaseOrderStatus.DELIVERED and order.closed_at is None,
        "reference": order.reference, "total": _money(order, order.total_minor), "due_on": due_on,
        "late": due_on is not None and due_on < today_in_lab() and order.status in UNDER_WAY,
        "created_at": order.created_at, "sent_at": order.sent_at, "changed_at": order.changed_at,
    }  # fmt: skip


def _money(order: PurchaseOrderRow, minor: int) -> Money:
    return Money(minor=minor, currency=order.currency)


def _line(order: PurchaseOrderRow, row: LineRow) -> LineView:
    return LineView(
        id=row.id, position=row.position, description=row.description, part_number=row.part_number,
        quantity=row.quantity, unit=row.unit, unit_price=_money(order, row.unit_price_minor),
        tax_rate_percent=row.tax_rate_percent, net=_money(order, row.net_minor), received=row.received_quantity,
    )  # fmt: skip


def _draft_lines(order: PurchaseOrderRow, read: Read) -> list[LineView]:
    return [
        LineView(
            id=None, position=position, description=line.description, part_number=line.part_number,
            quantity=line.quantity, unit=line.unit, unit_price=_money(order, line.unit_price_minor),
            tax_rate_percent=line.tax_rate_percent, net=_money(order, line.net_minor), received=Decimal(0),
        )
        for position, line in enumerate(read.lines, 1)
    ]  # fmt: skip


def _taxes(order: PurchaseOrderRow, lines: Sequence[LineView]) -> tuple[TaxView, ...]:
    """By rate, from the lines as they stand; the sums of the row are made by the same function."""
    priced = [Priced(line.quantity, line.unit_price.minor, line.tax_rate_percent) for line in lines]
    return tuple(
        TaxView(rate_percent=one.rate_percent, net=_money(order, one.net_minor), tax=_money(order, one.tax_minor))
        for one in totals(priced, order.tax_treatment).taxes
    )


def _receipts(parts: Parts) -> tuple[ReceiptView, ...]:
    lines = {line.id: line for line in parts.lines}
    counted: dict[UUID, list[tuple[int, str, Decimal, str]]] = {}
    for one in parts.counted:
        line = lines[one.line_id]
        counted.setdefault(one.receipt_id, []).append((line.position, line.description, one.quantity, line.unit))
    return tuple(
        ReceiptView(
            id=receipt.id, at=receipt.at, who=receipt.who, note=receipt.note,
            counted=tuple(rest for _, *rest in sorted(counted.get(receipt.id, []))),
        )
        for receipt in parts.receipts
    )  # fmt: skip


def _shipment(row: ShipmentRow) -> ShipmentView:
    return ShipmentView(
        id=row.id, at=row.at, who=row.who, carrier=row.carrier, tracking_number=row.tracking_number, note=row.note
    )
