"""Facts of the lab room that others may rely on; only ever added to."""

from uuid import UUID

from ils_app.kernel.events import Fact


class TrayGiven(Fact):
    """A job was born and has a tray."""

    sentence = "Order {order_id} was given tray {tray}"

    order_id: UUID
    practice_id: UUID
    tray: str


class JobActed(Fact):
    """A person of the lab had the LIMS move, hold, release or ship a job."""

    sentence = "Order {order_id} on the floor: {verb}, from {came_from} to {went_to}"

    order_id: UUID
    practice_id: UUID
    verb: str
    came_from: str
    went_to: str
    lims_sequence: int
    user_id: UUID
