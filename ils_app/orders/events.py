"""Facts of the orders room that others may rely on; only ever added to."""

from uuid import UUID

from ils_app.kernel.events import Fact


class OrderFact(Fact):
    """Something happened to one order."""

    order_id: UUID
    practice_id: UUID


class OrderSubmitted(OrderFact):
    """An order is safely saved and on its way to the lab."""

    sentence = "Order {order_id} of {practice_id} was placed"


class OrderSent(OrderFact):
    """The lab has made a job of it."""

    sentence = "Order {order_id} became job {job_id}"

    job_id: str


class OrderMoved(OrderFact):
    """The order changed where it stands: by the lab's word, or by cancellation."""

    sentence = "Order {order_id} went from {old} to {new}"

    old: str
    new: str
    job_id: str = ""
    job_status: str = ""
    place: int | None = None  # of the word in its job's own order, as its line in the timeline has it

    def told(self) -> str:
        """From where to where, or what the lab said of a job that stays where it is."""
        return self.sentence if self.old != self.new else "Order {order_id}: the lab says {job_status}"


class OrderRefused(OrderFact):
    """The lab cannot make it as ordered."""

    sentence = "The lab cannot make order {order_id} as it was ordered"


class CancellationAsked(OrderFact):
    """Somebody wants it cancelled, and the lab has not answered yet."""

    sentence = "The cancellation of order {order_id} was asked for"


class DraftDiscarded(OrderFact):
    """What was being written was thrown away."""

    sentence = "A draft of {practice_id} was thrown away"


class OrderAdopted(OrderFact):
    """A job born in the LIMS has become an order of the account it names."""

    sentence = "Job {job_id} of the lab became order {order_id} of {practice_id}"

    job_id: str
    taken_over: bool = False  # with its past, from elsewhere: no news to the practice
