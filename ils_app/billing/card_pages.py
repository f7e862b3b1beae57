"""Payment pages from their opening to their end: how one stands, and taking one back that nobody is to pay any more."""

from datetime import timedelta
from typing import Final

from ils_app.billing.card_calls import calls
from ils_app.billing.card_errors import StripeRefused
from ils_app.billing.card_outcomes import hear, locked
from ils_app.billing.models import CardAttemptRow
from ils_app.billing.room import room
from ils_app.billing.stripe_events import ATTEMPT, Kind, Thing

PAGE_LASTS: Final = timedelta(hours=2)
PAGE_MUST_OPEN_WITHIN: Final = timedelta(minutes=60)  # Stripe wants a page to last half an hour from when it is asked
LAST_MINUTES: Final = timedelta(minutes=5)
UNKNOWN: Final = "resource_missing"


async def page_of(attempt: CardAttemptRow) -> Thing:
    """How the page of an attempt stands. One that Stripe does not know, as after a change of keys, has expired.

    Should it be paid all the same, its event says so. Raises StripeAway, StripeRefused.
    """
    assert attempt.session_id is not None
    try:
        return await calls(attempt.session_id).session(attempt.session_id)
    except StripeRefused as refused:
        if refused.reason != UNKNOWN:
            raise
        ours = {ATTEMPT: str(attempt.id)}
        return Thing(id=attempt.session_id, object="checkout.session", status="expired", metadata=ours)


def standing(page: Thing) -> Kind | None:
    """What a payment page says of itself when it is asked; None while it waits for a card."""
    if page.status == "expired":
        return Kind.EXPIRED
    if page.status == "complete":
        return Kind.PAID if page.payment_status == "paid" else Kind.PROCESSING
    return None


async def close(attempt: CardAttemptRow) -> None:
    """Take a payment page back; when it was paid in that very moment, that is what is taken into the books."""
    thing, kind = Thing(id=str(attempt.id), object="attempt", metadata={ATTEMPT: str(attempt.id)}), Kind.EXPIRED
    if attempt.session_id is not None:  # else nobody was ever given it
        try:
            thing = await calls(attempt.session_id).expire(attempt.session_id)
        except StripeRefused:
            thing = await page_of(attempt)
        kind = standing(thing) or Kind.EXPIRED
    async with room.unit_of_work() as uow:
        await hear(uow, thing, kind)
        _, row = await locked(uow, attempt.id)
    if row.session_id != attempt.session_id:  # it was opened in that moment
        await close(row)
