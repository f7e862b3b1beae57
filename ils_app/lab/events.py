"""Facts of the lab room that others may rely on; only ever added to."""

from uuid import UUID

from ils_app.kernel.events import Fact


class TrayGiven(Fact):
    """A job was born and has a tray."""

    order_id: UUID
    practice_id: UUID
    tray: str


class JobActed(Fact):
    """A person of the lab had the LIMS move, hold, release or ship a job."""

    order_id: UUID
    practice_id: UUID
    verb: str
    came_from: str
    went_to: str
    lims_sequence: int
    user_id: UUID
