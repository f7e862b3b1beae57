"""The way to this room's tables."""

from uuid import UUID

from ils_app.kernel.room import Room

room = Room("billing")


def topics(invoice_id: UUID, practice_id: UUID) -> tuple[str, ...]:
    """What open pages listen to: this invoice, its card payments, its practice's list, and the lab's list."""
    return f"invoice:{invoice_id}", f"cards:{invoice_id}", f"invoices:{practice_id}", "invoices:all"
