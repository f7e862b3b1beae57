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
