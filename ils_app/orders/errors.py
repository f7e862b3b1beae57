"""What the orders room refuses, by name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ils_app.kernel.errors import Conflict, Invalid, NotFound, Upstream

if TYPE_CHECKING:
    from ils_app.orders.schemas import DraftView
    from lims_client.models import Finding


class NoSuchOrder(NotFound):
    """There is no such order, or it is another practice's."""

    def __init__(self) -> None:
        super().__init__("There is no such order.")


class CannotBeMade(Invalid):
    """The lab's rules reject the configuration; nothing was sent and nothing was lost."""

    code = "cannot_be_made"

    def __init__(self, findings: Sequence["Finding"], fields: dict[str, str]) -> None:
        super().__init__("The lab cannot make this as it stands; each reason stands beside its field.", fields=fields)
        self.findings = tuple(findings)


class NotReadable(Invalid):
    """Something written in the form cannot be read as a number or is missing altogether."""

    code = "not_readable"


class NotConfirmed(Invalid):
    """The rules ask the ECP to confirm something first."""

    code = "not_confirmed"


class DraftChanged(Conflict):
    """The draft was saved elsewhere since this form last saw it; `theirs` is what stands there now."""

    code = "draft_changed"

    def __init__(self, theirs: "DraftView") -> None:
        super().__init__("This draft was changed elsewhere: keep yours, or take theirs.")
        self.theirs = theirs


class NotADraft(Conflict):
    """The order has been sent; a sent order is changed by cancelling and correcting it."""

    code = "not_a_draft"


class TooLate(Conflict):
    """The lab has begun; the order can no longer be cancelled from here."""

    code = "too_late"


class KeyUsed(Conflict):
    """The idempotency key was used for another order."""

    code = "idempotency_key_used"


class Busy(Upstream):
    """The orders before this one do not come through."""

    code = "busy"
