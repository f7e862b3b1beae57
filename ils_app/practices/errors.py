"""What the practices room refuses, by name."""

from pydantic import BaseModel

from ils_app.kernel.errors import Conflict


class AccountTaken(Conflict):
    """Another practice already has this account number with the lab."""

    code = "account_taken"

    def __init__(self) -> None:
        sentence = "Another practice already has this account number."
        super().__init__(sentence, fields={"account_number": sentence})


class ChangedElsewhere(Conflict):
    """Someone else saved since it was read; `current` is how it stands now."""

    code = "changed_elsewhere"

    def __init__(self, current: BaseModel) -> None:
        super().__init__("This was changed elsewhere in the meantime. Look at it again, then save.")
        self.current = current


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


class CodeTaken(Conflict):
    """The practice has, or had, a site of this code."""

    code = "code_taken"

    def __init__(self) -> None:
        sentence = "This practice has a site with this code already, open or closed."
        super().__init__(sentence, fields={"code": sentence})


class DefaultStays(Conflict):
    """The site everything is sent to unless an order says otherwise."""

    code = "default_site"

    def __init__(self) -> None:
        super().__init__("This is where lenses go by default. Make another site the default first.")


class SiteIsClosed(Conflict):
    """Nothing is sent to a closed site."""

    code = "site_closed"

    def __init__(self) -> None:
        super().__init__("This site is closed. Open it again first.")


class AccountStandsFor(Conflict):
    """One account is one person of the roster."""

    code = "account_in_use"

    def __init__(self, name: str) -> None:
        sentence = f"This account stands for {name} on the roster already."
        super().__init__(sentence, fields={"user_id": sentence})
