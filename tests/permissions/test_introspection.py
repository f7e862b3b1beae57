"""Nothing of ILS can be called that does not name its row of the permission table."""

import ast
import inspect
from pathlib import Path

import pytest
import reflex as rx
from reflex.event import EventHandler

from ils_app.kernel.permissions import PUBLIC, SYSTEM
from ils_app.kernel.roles import TABLE
from ils_app.rooms import ROOMS
from tests.support.surfaces import SIGNED, doors, handlers, public_functions, routes, states

ROOT = Path(__file__).resolve().parents[2]
PURE = {
    "lab.led_by_lims",
    "lab.skipped",
    "lab.spoken",
    "lab.station_word",
    "orders.read",
    "orders.form_field",
    "patients.topic",
    "practices.topic",
    "settings.letterhead_topic",
    "settings.person_topic",
    "suppliers.plain",
}  # no actor, no row, no network
OPEN_ROUTES = {
    "GET /health", "GET /ready", "GET /metrics", "POST /auth/sign-in", "POST /auth/demo", "POST /auth/sign-out",
    "POST /api/v1/auth/token", "POST /auth/invitation", "POST /auth/new-password",
    "GET /dev/mail", "GET /dev/mail/{mail_id}", "GET /dev/mail/{mail_id}/html",
    "GET /dev/mail/{mail_id}/attachments/{place}",  # outside production only, as `tests/notifications` shows
}  # fmt: skip
SIGNED_ROUTES = {
    "POST /api/webhooks/lims-status", "POST /api/webhooks/lims-catalog-update", "POST /api/webhooks/stripe",
}  # fmt: skip
OPEN_HANDLERS = {
    "Notices.say", "Notices.shown", "SessionState.switch_role", "SessionState.search", "SessionState.lims_changed",
    "SessionState.session_ended", "SessionState.settings_changed", "SessionState.rail_changed", "SignInState.arrive",
    "SignUpState.arrive", "SignUpState.ask", "LinkState.welcome", "LinkState.remember", "ForgottenState.arrive",
    "ForgottenState.ask", "SetupState.arrive", "SetupState.create", "SessionState.database_changed",
    "SessionState.arrive_again",
}  # fmt: skip


@pytest.mark.parametrize("door", doors(), ids=lambda door: door.id)
def test_every_door_names_its_row(door):
    assert door.row in {*TABLE, PUBLIC, SYSTEM}
    first = next(iter(inspect.signature(door.function).parameters), "")
    assert (first == "actor") == (door.row in TABLE) or door.id == "orders.bring_in"


def test_a_door_that_is_no_coroutine_is_pure_and_known():
    plain = {one.id for one in public_functions() if not inspect.iscoroutinefunction(one.function)}
    assert plain == PURE


def test_every_room_has_doors():
    assert {door.room for door in doors()} == set(ROOMS)


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.id)
def test_every_route_asks_for_exactly_one_row(route):
    if route.id in OPEN_ROUTES:
        assert route.rows in ((), (PUBLIC,))
    elif route.id in SIGNED_ROUTES:
        assert route.rows == (SIGNED,)
    else:
        assert len(route.rows) == 1
        assert route.rows[0] in TABLE


def test_the_open_and_the_signed_routes_are_there():
    found = {route.id for route in routes()}
    assert found >= OPEN_ROUTES | SIGNED_ROUTES
    assert len(found) == len(routes())


@pytest.mark.parametrize("handler", handlers(), ids=lambda handler: handler.id)
def test_every_event_of_every_state_names_its_row(handler):
    if handler.id in OPEN_HANDLERS:
        assert handler.row == PUBLIC
    else:
        assert handler.row in TABLE
    assert inspect.iscoroutinefunction(handler.event.fn) or inspect.isasyncgenfunction(handler.event.fn)


def test_the_open_events_are_all_there():
    assert {handler.id for handler in handlers()} >= OPEN_HANDLERS


@pytest.mark.parametrize("state", states(), ids=lambda state: state.__name__)
def test_a_state_has_no_public_method_but_declared_events(state):
    """Reflex makes an event of every public method; those of ours are declared where one reads them."""
    for name, value in vars(state).items():
        if isinstance(value, EventHandler) and name != "setvar":
            assert name in _declared(state), f"{state.__name__}.{name} is no declared @rx.event"
    setters = {name for name in dir(state) if name.startswith("set_")}
    assert setters <= {"set_is_hydrated"}, "what begins with set_ is what setvar reaches"


def test_every_handler_is_found_in_the_source_as_a_declared_event():
    declared = {name for state in states() for name in _declared(state)}
    assert {handler.name for handler in handlers()} <= declared


def _declared(state: type[rx.State]) -> set[str]:
    """The methods that stand below `@rx.event` in the classes this state is made of."""
    found: set[str] = set()
    for part in state.__mro__:
        if not part.__module__.startswith("ils_app."):
            continue
        tree = ast.parse(Path(inspect.getfile(part)).read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name == part.__name__:
                found |= {method.name for method in node.body if _is_event(method)}
    return found


def _is_event(node: ast.AST) -> bool:
    if not isinstance(node, ast.AsyncFunctionDef) or not node.decorator_list:
        return False
    first = node.decorator_list[0]
    called = first.func if isinstance(first, ast.Call) else first
    return ast.unparse(called) == "rx.event"


SYSTEM_DOORS = {door.id for door in doors() if door.row == SYSTEM}


@pytest.mark.parametrize(
    "path",
    [*ROOT.glob("ils_app/*/pages/*.py"), *ROOT.glob("ils_app/*/api*.py"), *ROOT.glob("ils_app/ui/*.py")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_page_and_no_route_calls_a_door_that_only_the_system_may(path):
    tree = ast.parse(path.read_text("utf-8"))
    rooms = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ils_app."):
            room = node.module.split(".")[1]
            rooms |= {alias.asname or alias.name: room for alias in node.names if alias.name == "service"}
    called = {
        f"{rooms[node.value.id]}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in rooms
    }
    assert called & SYSTEM_DOORS == set()
