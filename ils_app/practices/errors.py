"""What the practices room refuses, by name."""

from ils_app.kernel.errors import Conflict


class AccountTaken(Conflict):
    """Another practice already has this account number with the lab."""

    code = "account_taken"

    def __init__(self) -> None:
        sentence = "Another practice already has this account number."
        super().__init__(sentence, fields={"account_number": sentence})


class ChangedElsewhere(Conflict):
    """The profile was saved by someone else since it was read."""

    code = "changed_elsewhere"

    def __init__(self) -> None:
        super().__init__("This practice was changed elsewhere in the meantime. Look at it again, then save.")


class NotYetOpen(Conflict):
    """The practice was added, and nobody has given it an account with the lab."""

    code = "not_yet_open"

    def __init__(self) -> None:
        super().__init__(
            "This practice cannot order yet: the lab's administrator has still to give it an account number and a site."
        )


class AlreadyOpen(Conflict):
    """The practice orders under another account number already."""

    code = "already_open"

    def __init__(self) -> None:
        super().__init__("This practice can order already, under another account number. Change it on its page.")
