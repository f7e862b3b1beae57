"""Facts of the orders room that others may rely on; only ever added to."""

from uuid import UUID

from ils_app.kernel.events import Fact


class OrderFact(Fact):
    """Something happened to one order."""

    order_id: UUID
    practice_id: UUID


class OrderSubmitted(OrderFact):
    """An order is safely saved and on its way to the lab."""


class OrderSent(OrderFact):
    """The lab has made a job of it."""

    job_id: str


class OrderMoved(OrderFact):
    """The order changed where it stands: by the lab's word, or by cancellation."""

    old: str
    new: str
    job_id: str = ""
    job_status: str = ""
    place: int | None = None  # of the word in its job's own order, as its line in the timeline has it


class OrderRefused(OrderFact):
    """The lab cannot make it as ordered."""


class OrderAdopted(OrderFact):
    """A job born in the LIMS has become an order of the account it names."""

    job_id: str
    taken_over: bool = False  # with its past, from elsewhere: no news to the practice
