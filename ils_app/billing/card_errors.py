"""What stands in the way of a card payment, by name."""

from ils_app.kernel.errors import Conflict, Invalid, Upstream


class StripeAway(Upstream):
    """Stripe did not answer, or not in time; what became of the call is not known."""

    code = "stripe_away"

    def __init__(self) -> None:
        super().__init__("Stripe, which takes the card, does not answer. Nothing was taken; try again in a minute.")


class StripeRefused(Upstream):
    """Stripe would not do it; nothing has happened. `reason` is Stripe's own word."""

    code = "stripe_refused"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        said = f" ({reason})" if reason else ""
        super().__init__(f"Stripe, which takes the card, did not accept this{said}. Nothing was taken.")


class NoCards(Conflict):
    """This ILS takes no cards: no account at Stripe is set."""

    code = "no_cards"

    def __init__(self) -> None:
        super().__init__("Cards cannot be taken here. Pay by bank transfer, with the invoice's number as reference.")


class BeingConfirmed(Conflict):
    """The card went through and the money is on its way: a second payment would be one too many."""

    code = "being_confirmed"

    def __init__(self) -> None:
        super().__init__("A payment of this invoice is being confirmed. Wait for it before you pay again.")


class JustChanging(Conflict):
    """What is owed changed while the payment page was being opened."""

    code = "just_changing"

    def __init__(self) -> None:
        super().__init__("This invoice is just changing. Open it again and pay what it says then.")


class TooMuchBack(Invalid):
    """More than what was paid by card and has not gone back."""

    code = "too_much_back"

    def __init__(self, message: str) -> None:
        super().__init__(message, fields={"amount": message})
