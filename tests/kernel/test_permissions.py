"""The mark every door carries: an unknown row cannot be asked for, and a role that lacks a row changes nothing."""

from uuid import uuid4

import pytest

from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Forbidden, NotFound
from ils_app.kernel.permissions import PUBLIC, SYSTEM, anyone, door, internal
from ils_app.kernel.roles import TABLE, Scope

MINE, THEIRS = uuid4(), uuid4()


def actor(role: Role) -> Actor:
    return Actor(uuid4(), "Somebody", role, MINE)


@pytest.mark.parametrize("row", TABLE)
@pytest.mark.parametrize("role", Role)
async def test_a_door_opens_to_the_roles_of_its_row_and_to_no_other(row, role):
    entered = []

    @door(row)
    async def enter(who: Actor, thing: str) -> str:
        entered.append(who)
        return thing

    assert enter.__permission__ == row
    if role in TABLE[row]:
        assert await enter(actor(role), "cup") == "cup"
    else:
        with pytest.raises(Forbidden):
            await enter(actor(role), "cup")
        with pytest.raises(Forbidden):
            actor(role).must(row)
        assert entered == []


@pytest.mark.parametrize("row", TABLE)
@pytest.mark.parametrize("role", Role)
def test_a_row_of_ones_own_reaches_no_other_practice(row, role):
    scope = TABLE[row].get(role)
    who = actor(role)
    assert who.scope(row) is scope
    assert who.may(row) is (scope is not None)
    assert who.may(row, practice_id=MINE) is (scope is not None)
    assert who.may(row, practice_id=THEIRS) is (scope in (Scope.ALL, Scope.ORDERED))
    if scope is Scope.OWN:
        with pytest.raises(NotFound):
            who.must(row, practice_id=THEIRS)
        who.must(row, practice_id=MINE)


def test_a_row_the_table_lacks_cannot_be_asked_for():
    with pytest.raises(LookupError, match=r"orders\.burn"):
        door("orders.burn")


def test_the_systems_own_functions_and_the_public_ones_say_so():
    def function() -> None:
        """Nothing."""

    assert internal(function).__permission__ == SYSTEM
    assert anyone(function).__permission__ == PUBLIC


def test_only_an_ecp_works_at_a_practice():
    assert {role for role in Role if actor(role).practice_id == MINE} == {Role.ECP}
    assert len({role.label for role in Role}) == len(Role)
