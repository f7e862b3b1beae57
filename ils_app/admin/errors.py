"""What the admin room refuses, by name."""

from ils_app.kernel.errors import Conflict


class DecidedAlready(Conflict):
    """Another administrator was quicker."""

    code = "decided_already"

    def __init__(self, name: str, status: str) -> None:
        super().__init__(f"{name}'s request was decided already: the account is {status}.")
