"""Who takes the cards here: Stripe, the stand-in outside production, or nobody."""

from ils_app.billing import stripe_calls
from ils_app.billing.card_errors import NoCards
from ils_app.billing.card_schemas import Cards
from ils_app.billing.stand_in import PREFIX, StandIn
from ils_app.billing.stripe_calls import CardCalls
from ils_app.kernel import config


def cards() -> Cards:
    """What takes cards, as it is said on the page."""
    settings = config.current()
    if settings.stripe_api_key is None:
        return Cards.NONE if settings.production else Cards.STAND_IN
    return Cards.TEST if "_test_" in settings.stripe_api_key.get_secret_value() else Cards.STRIPE


def calls(of: str | None = None) -> CardCalls:
    """The way to whoever takes them; `of` is a page or a payment that says who opened it. Raises NoCards."""
    settings = config.current()
    mode = cards()
    if mode is Cards.STAND_IN or (of and PREFIX in of and not settings.production):
        return StandIn()
    if settings.stripe_api_key is None:
        raise NoCards
    return stripe_calls.at(settings.stripe_api_key.get_secret_value(), settings.stripe_api_base)
