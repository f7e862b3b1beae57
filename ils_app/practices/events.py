"""Facts of the practices room."""

from uuid import UUID

from ils_app.kernel.events import Fact


class PracticeRegistered(Fact):
    """A practice can order from now on."""

    practice_id: UUID
    account_number: str


class PracticeChanged(Fact):
    """A practice's profile or sites are other than they were."""

    practice_id: UUID
