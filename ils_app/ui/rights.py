"""Who is behind a connection and what they may: asked the same way for a click, a page that opens and a push."""

from collections.abc import Hashable

from ils_app.auth import service as auth
from ils_app.auth.errors import SignedOut
from ils_app.auth.schemas import Person
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Forbidden

OWN_ACCOUNT = "account.own"


def actor_in(person: Person, chosen_role: str) -> Actor:
    """The person in the role a tab is in; in their first one when they hold that no longer."""
    held = [role for role in person.roles if role.value == chosen_role]
    return person.actor(held[0] if held else None)


def must(actor: Actor, row: str, *, temporary_password: bool) -> None:
    """Raise Forbidden unless this person may; whoever is on a temporary password may only change it."""
    actor.must(row)
    if temporary_password and row != OWN_ACCOUNT:
        raise Forbidden


async def admitted(token: str, chosen_role: str, row: str) -> Actor:
    """Who a push to the tab of this session and role is for. Raises SignedOut, Forbidden."""
    person = await auth.person_for(token, touch=False) if token else None
    if person is None:
        raise SignedOut
    actor = actor_in(person, chosen_role)
    must(actor, row, temporary_password=person.password_temporary)
    return actor


def reach(actor: Actor) -> Hashable:
    """How far somebody sees: who reaches as far is answered alike wherever it does not matter who exactly asks."""
    return actor.role, actor.organisation_id, actor.manager, actor.supervisor
