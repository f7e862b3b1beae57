"""Who is asking: a person in one of their roles, or the system itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from ils_app.kernel.errors import Forbidden, NotFound
from ils_app.kernel.roles import TABLE, Role, Scope

OWN_ACCOUNT = "account.own"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person in their active role. Built from the session's row, never from what a browser sent."""

    user_id: UUID
    name: str
    role: Role
    organisation_id: UUID
    manager: bool = False
    supervisor: bool = False
    session_id: UUID | None = None
    password_temporary: bool = False

    @property
    def practice_id(self) -> UUID | None:
        """The practice an ECP works at; a practice's id is its organisation's id."""
        return self.organisation_id if self.role is Role.ECP else None

    def scope(self, row: str) -> Scope | None:
        """How far this row of the permission table reaches for the active role, None when not at all.

        Whoever is on a temporary password reaches their own account and nothing else.
        """
        if self.password_temporary and row != OWN_ACCOUNT:
            return None
        return TABLE[row].get(self.role)

    def may(self, row: str, *, practice_id: UUID | None = None) -> bool:
        """True when the role has the row and, if a practice is named, the row reaches that practice."""
        scope = self.scope(row)
        if scope is None:
            return False
        return scope is not Scope.OWN or practice_id is None or practice_id == self.organisation_id

    def must(self, row: str, *, practice_id: UUID | None = None) -> None:
        """Raise Forbidden when the role lacks the row, NotFound when the practice is someone else's."""
        if self.scope(row) is None:
            raise Forbidden
        if not self.may(row, practice_id=practice_id):
            raise NotFound


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


def acting() -> Actor | None:
    """Who called the door that is being walked through; None for jobs, schedules, commands and whoever signs in."""
    return _acting.get()


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Have what happens inside be this person's doing. Doors that call doors stay the first one's."""
    if _acting.get() is not None:
        yield
        return
    with _set(actor):
        yield


@contextmanager
def nobody_acting() -> Iterator[None]:
    """Have what happens inside, and the tasks that begin there, be nobody's doing."""
    with _set(None):
        yield


@contextmanager
def _set(actor: Actor | None) -> Iterator[None]:
    before = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(before)


__all__ = ["Actor", "Role", "Scope", "acting", "acting_as", "nobody_acting"]
