"""What this room refuses, by name.

The five families know no answer to "who are you?", so this room brings HTTP's own two: 401 and, for somebody who
guesses too fast, 429.

IlsError
├── SignedOut                 401  nobody, or a session that is over
├── Refused                   401  sign-in did not succeed
│   ├── WrongCredentials           no such account, or another password: the same words for both
│   ├── Slowed                429  too many attempts; `retry_after_seconds` says how long
│   ├── NotYetApproved             the account waits for an administrator
│   ├── AccountSuspended           with the reason the administrator gave
│   ├── AccountRejected            likewise; they may ask again
│   ├── OrganisationClosed
│   └── TemporaryPasswordOver      not used in time, or used by a program
├── ForeignOrigin             403  the request was sent by another site's page
├── EmailTaken, LastAdmin, NotThatMove, AdminExists, PasswordMovedOn,
│   AlreadyInvited, AlreadyAsked                                         409
├── LinkOver                  404  a link that was used, replaced, revoked, or ran out, or never was one
└── WeakPassword, WrongCurrentPassword, RoleDoesNotFit, WrongSetupKey    422
"""

from ils_app.kernel.errors import Conflict, Forbidden, IlsError, Invalid, NotFound


class SignedOut(IlsError):
    """Nobody is signed in, or the session is over."""

    status = 401
    code = "signed_out"

    def __init__(self, message: str = "You are signed out. Sign in to go on.") -> None:
        super().__init__(message)


class Refused(IlsError):
    """Sign-in did not succeed; the code says why as far as the person may know."""

    status = 401
    code = "refused"


class WrongCredentials(Refused):
    """No such account or another password, and nobody learns which."""

    code = "wrong"

    def __init__(self) -> None:
        super().__init__("This email and password do not belong together. Check both and try again.")


class Slowed(Refused):
    """Too many attempts for this account or from this address."""

    status = 429
    code = "slowed"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many attempts. Try again in {spoken(retry_after_seconds)}.")
        self.retry_after_seconds = retry_after_seconds


class NotYetApproved(Refused):
    """The account exists and waits."""

    code = "pending"

    def __init__(self) -> None:
        super().__init__("Your account waits for an administrator to approve it.")


class AccountSuspended(Refused):
    """The account is suspended; the person is shown why."""

    code = "suspended"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Your account is suspended: {reason}")
        self.reason = reason


class AccountRejected(Refused):
    """The request for an account was turned down; the person is shown why, and may ask again."""

    code = "rejected"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Your request for an account was turned down: {reason}")
        self.reason = reason


class OrganisationClosed(Refused):
    """The organisation's people may not sign in any more."""

    code = "closed"

    def __init__(self) -> None:
        super().__init__("Your organisation's access to ILS is closed. Ask the lab's administrator.")


class TemporaryPasswordOver(Refused):
    """A temporary password was not used in time, or not by a person in a browser."""

    code = "temporary"

    def __init__(self) -> None:
        super().__init__("This temporary password cannot be used here or any more. Ask an administrator for a new one.")


class ForeignOrigin(Forbidden):
    """The browser says that another site's page sent this."""

    def __init__(self) -> None:
        super().__init__("This request did not come from a page of ILS.")


class EmailTaken(Conflict):
    """Somebody has an account with this email."""

    def __init__(self) -> None:
        sentence = "There is an account with this email already."
        super().__init__(sentence, fields={"email": sentence})


class AlreadyInvited(Conflict):
    """An invitation to this email is open."""

    code = "already_invited"

    def __init__(self) -> None:
        sentence = "This person is invited already. Send that invitation again instead."
        super().__init__(sentence, fields={"email": sentence})


class AlreadyAsked(Conflict):
    """The person signed up and waits."""

    code = "already_asked"

    def __init__(self) -> None:
        sentence = "This person has asked for an account already. Decide under Requests."
        super().__init__(sentence, fields={"email": sentence})


class LinkOver(NotFound):
    """A link that opens nothing: used, replaced by a later one, revoked, run out, or never one of ours."""

    code = "link_over"

    def __init__(self) -> None:
        super().__init__("This link does not work any more. Ask for another.")


class LastAdmin(Conflict):
    """Without this one nobody could let anybody in."""

    def __init__(self) -> None:
        super().__init__("This is the last active administrator. Make somebody else one first.")


class AdminExists(Conflict):
    """The first administrator is made once."""

    def __init__(self) -> None:
        super().__init__("There is an administrator already, who can add others under People.")


class NotThatMove(Conflict):
    """An account's status does not allow this."""


class OwnPassword(Conflict):
    """Nobody resets their own password: the temporary one would be lost with their session."""

    def __init__(self) -> None:
        super().__init__("Change your own password under Your account.")


class PasswordMovedOn(Conflict):
    """Two changes of one password at once."""

    def __init__(self) -> None:
        super().__init__("Your password was changed elsewhere meanwhile. Sign in with the new one.")


class WeakPassword(Invalid):
    """A new password that is too easily guessed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, fields={"new": sentence})


class WrongCurrentPassword(Invalid):
    """The person changing a password does not know it."""

    def __init__(self) -> None:
        sentence = "This is not your current password."
        super().__init__(sentence, fields={"current": sentence})


class WrongSetupKey(Invalid):
    """Whoever sets ILS up does not know the key its operator chose."""

    def __init__(self) -> None:
        sentence = "This is not the key that ILS was started with (ADMIN_SETUP_KEY)."
        super().__init__(sentence, fields={"key": sentence})


class RoleDoesNotFit(Invalid):
    """A role that people of this kind of organisation cannot have."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, fields={"roles": sentence})


def spoken(seconds: int) -> str:
    """A short while in words: whole minutes, rounded up, from ninety seconds on.

    >>> spoken(1), spoken(40), spoken(90), spoken(900)
    ('1 second', '40 seconds', '2 minutes', '15 minutes')
    """
    if seconds < 90:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"
