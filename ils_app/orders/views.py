"""An order's row as the values that leave the room, for the person who asks."""

from ils_app.kernel.actor import Actor
from ils_app.kernel.money import Money
from ils_app.orders.models import Order
from ils_app.orders.schemas import DraftView, OrderDraft, OrderRow, OrderStatus, OrderView, PriceLine
from lims_client.models import Finding, JobStatus, Price

HIDDEN = "—"


def row_of(order: Order, actor: Actor) -> OrderRow:
    """An order on a list; an administrator sees no patient."""
    return OrderRow(**_row_fields(order, actor))


def view_of(order: Order, actor: Actor) -> OrderView:
    """An order on its own page, with what this person may do to it."""
    sees_rx = actor.may("orders.read_rx", practice_id=order.practice_id)
    price = Price.model_validate(order.price) if order.price else None
    queued = order.job_status is JobStatus.QUEUED and order.status is OrderStatus.IN_PRODUCTION
    unsent = order.status is OrderStatus.SUBMITTED
    held_queued = order.refused and order.status is OrderStatus.ON_HOLD
    may_cancel = actor.may("orders.cancel", practice_id=order.practice_id)
    return OrderView(
        **_row_fields(order, actor),
        draft=OrderDraft.model_validate(order.draft) if sees_rx else None,
        prescription=(order.configuration or {}).get("prescription") if sees_rx else None,
        patient_id=order.patient_id if sees_rx else None,
        patient_number=order.patient_number if sees_rx else HIDDEN,
        account_number=order.account_number,
        ship_to=order.ship_to,
        entered_for_practice=order.entered_for_practice,
        promised_at=order.promised_at,
        rules_version=order.rules_version,
        price=Money(minor=price.total_minor, currency=price.currency) if price else None,
        price_lines=tuple(PriceLine(what=line.what, minor=line.minor) for line in price.lines) if price else (),
        findings=tuple(Finding.model_validate(finding) for finding in order.findings) if sees_rx else (),
        sent_at=order.sent_at,
        next_try_at=order.next_try_at,
        last_error=order.last_error,
        attempts=order.attempts,
        carrier=order.carrier,
        tracking_number=order.tracking_number,
        station=order.station,
        lims_sequence=order.lims_sequence,
        corrects=order.corrects,
        corrected_by=order.corrected_by,
        version=order.version,
        may_cancel=may_cancel and (queued or unsent or held_queued) and not order.cancel_requested,
        may_correct=may_cancel and (queued or unsent or held_queued) and order.corrected_by is None,
        may_resend=unsent and order.waiting and actor.may("orders.resend", practice_id=order.practice_id),
        may_duplicate=order.status is not OrderStatus.DRAFT
        and bool(order.draft.get("written"))
        and actor.may("orders.create", practice_id=order.practice_id),
    )


def draft_view(order: Order, *, copied_from: str = "", corrects: str = "") -> DraftView:
    """A saved draft for the form."""
    return DraftView(
        id=order.id,
        practice_id=order.practice_id,
        version=order.version,
        draft=OrderDraft.model_validate(order.draft),
        saved_at=order.changed_at,
        copied_from=copied_from,
        corrects=corrects,
    )


def _row_fields(order: Order, actor: Actor) -> dict[str, object]:
    sees_patient = actor.may("orders.read_rx", practice_id=order.practice_id)
    return {
        "id": order.id,
        "number": order.number or "",
        "practice_id": order.practice_id,
        "practice_name": order.practice_name,
        "patient_name": order.patient_name if sees_patient else HIDDEN,
        "reference": order.reference if sees_patient else "",
        "ecp_name": order.ecp_name,
        "lens": order.lens,
        "status": order.status,
        "job_status": order.job_status,
        "cancel_requested": order.cancel_requested,
        "waiting": order.waiting,
        "refused": order.refused,
        "attention": order.attention,
        "job_id": order.job_id or "",
        "queue_position": order.queue_position,
        "due_at": order.due_at,
        "frame_to_come": order.frame_to_come,
        "urgency": order.urgency,
        "reason": order.reason if sees_patient else "",  # it may quote the prescription
        "placed_at": order.placed_at,
        "changed_at": order.changed_at,
    }
