"""The door of the orders room: everything another room, a page or a route may ask of it."""

from ils_app.orders.attachments import attach, attached
from ils_app.orders.cancel import cancel, cancel_and_correct, cancel_job, duplicate
from ils_app.orders.drafts import autosave, discard, draft, open_draft, patient_of_draft
from ils_app.orders.errors import (
    AlreadyOrdered,
    CannotBeMade,
    DraftChanged,
    KeyUsed,
    NoSuchOrder,
    NotADraft,
    NotConfirmed,
    NotReadable,
    TooLate,
)
from ils_app.orders.lists import (
    counts,
    due_next,
    find_orders,
    job_card,
    order,
    order_of_code,
    orders_page,
    patient_is_ordered,
    recently_changed,
    timeline,
    waiting_for_lab,
)
from ils_app.orders.moves import adopt, apply_status, match_deliveries, reconcile, take_job
from ils_app.orders.place import place
from ils_app.orders.reading import form_field, read
from ils_app.orders.schemas import (
    Counts,
    DraftView,
    JobCard,
    ListView,
    OrderDraft,
    OrderPage,
    OrderRow,
    OrderStatus,
    OrderView,
    Ticked,
    TimelineEntry,
    Waiting,
)
from ils_app.orders.submit import resend, send_forgotten, send_to_lab, submit

__all__ = [
    "AlreadyOrdered", "CannotBeMade", "Counts", "DraftChanged", "DraftView", "JobCard", "KeyUsed", "ListView",
    "NoSuchOrder", "NotADraft", "NotConfirmed", "NotReadable", "OrderDraft", "OrderPage", "OrderRow", "OrderStatus",
    "OrderView", "Ticked", "TimelineEntry", "TooLate", "Waiting", "adopt", "apply_status", "attach", "attached",
    "autosave", "cancel", "cancel_and_correct", "cancel_job", "counts", "discard", "draft", "due_next", "duplicate",
    "find_orders", "form_field", "job_card", "match_deliveries", "open_draft", "order", "order_of_code",
    "orders_page", "patient_is_ordered", "patient_of_draft", "place", "read", "recently_changed", "reconcile",
    "resend", "send_forgotten", "send_to_lab", "submit", "take_job", "timeline", "waiting_for_lab",
]  # fmt: skip
