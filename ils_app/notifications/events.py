"""Facts of this room that others may rely on; only ever added to. No address stands in them."""

from uuid import UUID

from ils_app.kernel.events import Fact


class MailFact(Fact):
    """Something happened to a mail that was written to an address; `key` is the one it was written with."""

    key: str


class MailLeft(MailFact):
    """A mail provider has taken the mail."""

    sentence = "A mail left: {key}"


class MailGaveUp(MailFact):
    """The mail did not leave, and is tried no more unless an administrator says so."""

    sentence = "A mail did not leave: {key}"


class MailTriedAgain(Fact):
    """An administrator had a mail tried once more that had been given up."""

    sentence = "A mail that had been given up was tried again"

    mail_id: UUID
    by: UUID
