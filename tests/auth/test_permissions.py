"""Every cell of the permission table that this room's door stands for."""

import inspect
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute

from ils_app.auth import service
from ils_app.auth.api import app, router
from ils_app.auth.http import asks
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Forbidden
from ils_app.kernel.permissions import PUBLIC, SYSTEM
from ils_app.kernel.roles import TABLE, Role

DOORS = dict(inspect.getmembers(service, inspect.isfunction))
EXPECTED = {
    "account.own": {"change_name", "change_password", "own_sessions", "end_session", "end_other_sessions"},
    "people.manage": {
        "people",
        "person",
        "add_person",
        "set_roles",
        "approve",
        "reject",
        "waiting",
        "invite",
        "send_again",
        "revoke",
        "invitations",
        "invitations_ending",
        "rename_organisation",
        "suspend",
        "reinstate",
        "reset_password",
        "organisations",
        "add_organisation",
        "set_access",
        "sessions",
    },
    PUBLIC: {
        "sign_in",
        "sign_in_demo",
        "sign_out",
        "demo_people",
        "person_for",
        "shut_out",
        "sign_up",
        "invitation",
        "accept_invitation",
        "ask_for_password_link",
        "password_link",
        "choose_password",
        "is_set_up",
        "set_up",
    },
    SYSTEM: {
        "create_user",
        "create_organisation",
        "create_first_admin",
        "contact",
        "recipients",
        "names",
        "organisation_name",
        "organisations_of_kind",
        "the_lab",
        "invitation_link",
        "invitation_letter",
        "password_link_path",
        "password_letter",
    },
}


def test_every_door_names_its_row_and_it_is_the_expected_one():
    found: dict[str, set[str]] = {}
    for name, function in DOORS.items():
        found.setdefault(function.__permission__, set()).add(name)
    assert found == EXPECTED


REFUSED = [
    (name, role)
    for name in sorted(EXPECTED["people.manage"] | EXPECTED["account.own"])
    for role in Role
    if role not in TABLE[DOORS[name].__permission__]
]


def test_the_refused_cells_are_all_of_those_that_are_not_the_administrator_s():
    assert len(REFUSED) == len(EXPECTED["people.manage"]) * (len(Role) - 1)


@pytest.mark.parametrize(("name", "role"), REFUSED)
async def test_a_role_without_the_row_is_refused_before_anything_happens(database, facts, name, role):
    actor = Actor(user_id=uuid4(), name="Somebody", role=role, organisation_id=uuid4())
    with pytest.raises(Forbidden) as refused:
        await DOORS[name](actor, *[uuid4()] * needed(DOORS[name]))
    assert (refused.value.code, refused.value.message) == ("forbidden", "Your role does not allow this.")
    assert facts() == []


def needed(function):
    """How many arguments a door takes after the actor."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return sum(p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty for p in parameters)


def routes_of(some_router):
    for route in some_router.routes:
        if isinstance(route, APIRoute):
            yield route


def row_of(route):
    rows = {PUBLIC} if getattr(route.endpoint, "__permission__", None) == PUBLIC else set()
    waiting = list(route.dependant.dependencies)
    while waiting:
        dependant = waiting.pop()
        rows |= {dependant.call.__permission__} if hasattr(dependant.call, "__permission__") else set()
        waiting += dependant.dependencies
    assert len(rows) == 1, route.path
    return rows.pop()


def test_every_route_names_exactly_one_row():
    found = {(method, route.path): row_of(route) for route in routes_of(router) for method in route.methods}
    public = {path for (_, path), row in found.items() if row == PUBLIC}
    assert public == {
        "/auth/sign-in",
        "/auth/sign-out",
        "/auth/demo",
        "/auth/invitation",
        "/auth/new-password",
        "/api/v1/auth/token",
    }
    own = {path for (_, path), row in found.items() if row == "account.own"}
    assert own == {"/api/v1/auth/me", "/api/v1/auth/sessions", "/api/v1/auth/sessions/{session_id}"}
    assert all(row in {"people.manage", "account.own", PUBLIC} for row in found.values())
    assert len(found) == 27


def test_a_row_the_table_does_not_have_cannot_be_asked_for():
    with pytest.raises(LookupError):
        asks("people.mange")


def test_the_room_alone_describes_itself():
    document = app.openapi()
    assert "/api/v1/auth/token" in document["paths"]
    assert "/auth/sign-in" not in document["paths"]
    token = document["paths"]["/api/v1/auth/token"]["post"]
    assert set(token["requestBody"]["content"]) == {"application/json", "application/x-www-form-urlencoded"}
    assert document["paths"]["/api/v1/auth/me"]["get"]["security"] == [{"HTTPBearer": []}]
