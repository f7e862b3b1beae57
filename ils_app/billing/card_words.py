"""What the bank's words for a refused card mean to the person who holds it. Pure."""

from typing import Final

_WORDS: Final = {
    "insufficient_funds": "the card has not enough money on it.",
    "expired_card": "the card has expired.",
    "incorrect_cvc": "the card's security code is wrong.",
    "incorrect_number": "the card's number is wrong.",
    "authentication_required": "the bank wants the payment confirmed, and it was not.",
    "payment_intent_authentication_failure": "the bank wanted the payment confirmed, and it was not.",
    "card_velocity_exceeded": "the card has reached its limit.",
    "processing_error": "the card's bank could not be reached.",
    "lost_card": "the bank refused the card.",
    "stolen_card": "the bank refused the card.",
    "fraudulent": "the bank refused the card.",
}


def decline_words(code: str) -> str:
    """A sentence's end, in lower case with its full stop; a word nobody knows is a refusal like any other.

    >>> decline_words("expired_card"), decline_words("card_declined")
    ('the card has expired.', 'the card was declined.')
    """
    return _WORDS.get(code, "the card was declined.")
