"""Purchase orders, documents and suppliers as lines on a page: the same words wherever they are listed."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from ils_app.suppliers.service import DocumentLine, DocumentState, PurchaseOrderLine, PurchaseOrderStatus
from ils_app.ui import feedback, layout, routes, tables, times

DONE = {PurchaseOrderStatus.DELIVERED, PurchaseOrderStatus.CANCELLED}
STATUSES = {
    "draft": ("idle", "pencil-line", "Draft"),
    "sending": ("info", "send", "Being sent"),
    "not_sent": ("bad", "mail-x", "Not sent"),
    "sent": ("info", "mail-check", "Sent"),
    "acknowledged": ("info", "handshake", "Acknowledged"),
    "in_transit": ("info", "truck", "In transit"),
    "to_count": ("warn", "package-open", "To count in"),
    "delivered": ("ok", "package-check", "Delivered"),
    "cancelled": ("idle", "ban", "Cancelled"),
}
STATES = {
    DocumentState.VALID: "ok",
    DocumentState.EXPIRING: "warn",
    DocumentState.EXPIRED: "bad",
    DocumentState.WITHDRAWN: "idle",
}


@dataclass(frozen=True)
class OrderLine:
    """One purchase order in words."""

    id: str
    number: str
    href: str
    supplier: str
    status: str
    reference: str
    total: str
    due_on: str
    done: bool
    late: bool
    changed_at: str


@dataclass(frozen=True)
class PaperLine:
    """One document in words."""

    id: str
    title: str
    file: str
    supplier: str
    kind: str
    state: str
    tone: str
    valid_until: str
    number: str
    href: str
    changed_at: str


def shown_status(row: PurchaseOrderLine, *, ours: bool = True) -> str:
    """The status with what the lab must know beside it."""
    if row.sending:
        return "sending"
    if row.send_failed:
        return "not_sent"
    return "to_count" if row.to_count and ours else row.status.value


def order_line(row: PurchaseOrderLine, *, ours: bool) -> OrderLine:
    """A purchase order as lists show it; a draft leads to its form."""
    writing = row.status is PurchaseOrderStatus.DRAFT and not row.sending
    return OrderLine(
        id=str(row.id), number=row.number,
        href=routes.purchase_draft(row.id) if writing else routes.purchase_order(row.id),
        supplier=row.supplier_name, status=shown_status(row, ours=ours), reference=row.reference or "–",
        total=str(row.total), due_on=row.due_on.isoformat() if row.due_on else "", done=row.status in DONE,
        late=row.late, changed_at=row.changed_at.isoformat(),
    )  # fmt: skip


def paper_line(row: DocumentLine, role: str) -> PaperLine:
    """A document as lists show it."""
    until = f"{row.valid_until.day} {row.valid_until:%b %Y}" if row.valid_until else ""
    words = {
        DocumentState.VALID: f"until {until}" if until else "does not end",
        DocumentState.EXPIRING: f"ends {until}",
        DocumentState.EXPIRED: f"ended {until}",
        DocumentState.WITHDRAWN: "withdrawn",
    }
    return PaperLine(
        id=str(row.id), title=row.title, file=f"{row.name}, {size(row.size_bytes)}", supplier=row.supplier_name,
        kind=row.kind.label, state=words[row.state], tone=STATES[row.state],
        valid_until=row.valid_until.isoformat() if row.valid_until else "", number=str(row.number),
        href=routes.document_file(row.version_id, role), changed_at=row.changed_at.isoformat(),
    )  # fmt: skip


def size(size_bytes: int) -> str:
    """A file's size as a person says it."""
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1_000_000 else f"{max(1, round(size_bytes / 1000))} kB"


def order_badge(status: Any) -> rx.Component:
    """A purchase order's status as icon and word."""
    cases = [(name, feedback.badge(words, tone, icon=icon)) for name, (tone, icon, words) in STATUSES.items()]
    return rx.match(status, *cases, feedback.badge(status, "idle"))


def order_columns(*, with_supplier: bool) -> list[tables.Column]:
    """The columns of every list of purchase orders."""
    whose = [tables.Column("Supplier", lambda row: row.supplier)] if with_supplier else []
    return [
        tables.Column("Order", lambda row: layout.mono(row.number)),
        *whose,
        tables.Column(
            "Status", lambda row: feedback.glow(order_badge(row.status), of=row.id + ":status", value=row.status)
        ),
        tables.Column("Total", lambda row: layout.mono(row.total), align="end"),
        tables.Column("Due", lambda row: times.due(row.due_on, done=row.done)),
        tables.Column("Reference", lambda row: layout.muted(row.reference), secondary=True),
        tables.Column("Changed", lambda row: layout.muted(times.ago(row.changed_at)), align="end", secondary=True),
    ]
