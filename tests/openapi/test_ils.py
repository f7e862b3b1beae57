"""Requests made up from ILS's own OpenAPI documents: nothing breaks, and every answer is one the document promises.

The gateway and each room alone are asked in turns, signed in as each role that may. `make test` sends a few requests to
each operation; `pytest -m soak` as many as `ROUNDS` says, and `SEED` makes others.
"""

import importlib
import itertools
import json
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from schemathesis import Case
from schemathesis.schemas import APIOperation

from ils_app.kernel.roles import TABLE, Role
from ils_app.rooms import ROOMS
from tests.support.door_calls import Aim, at
from tests.support.filling import words
from tests.support.fuzzing import BASE, Fuzz, cases, operations
from tests.support.surfaces import Route, routes, shell
from tests.support.world import World

ROUNDS = int(os.environ.get("ROUNDS", "40"))
ENDING = "DELETE /api/v1/auth/sessions/{session_id}"
"""Asked last: it ends the sessions of those who ask."""
UNREADY = {"GET /ready": {503}}
"""No worker runs beside these tests, and it says so."""


ALONE = {name: f"ils_app.{name}.api" for name in ROOMS} | {"webhooks": "ils_app.intake"}
"""What runs in a process of its own, by the module whose `app` that is."""


def alone(name: str) -> FastAPI:
    app: FastAPI = importlib.import_module(ALONE[name]).app
    return app


@pytest.fixture(scope="module")
async def doors(world: World) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """The gateway as it stands behind its layers, and all that runs alone."""
    apps: dict[str, Any] = {"": shell().hardened(shell().gateway()), **{name: alone(name) for name in ALONE}}
    async with AsyncExitStack() as held:
        yield {
            name: await held.enter_async_context(
                httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=BASE)
            )
            for name, app in apps.items()
        }


def the_room_of(operation: APIOperation) -> str:
    path = operation.path
    return next((name for name in ALONE if path in alone(name).openapi()["paths"]), "")


def test_each_room_alone_promises_what_the_gateway_promises():
    whole = shell().gateway().openapi()["paths"]
    apart = {path: said for name in ALONE for path, said in alone(name).openapi()["paths"].items()}
    assert named(apart) == named(whole)


def named(paths: dict[str, Any]) -> Any:
    """The paths without tags, models by their own names: the gateway tells two rooms' models of one name apart."""
    said = json.loads(re.sub(r"ils_app__\w+?__\w+?__", "", json.dumps(paths)))
    for operation in (one for methods in said.values() for one in methods.values()):
        operation.pop("tags", None)
    return said


def test_every_operation_says_how_it_refuses():
    for path, said in shell().gateway().openapi()["paths"].items():
        for operation in said.values():
            for status, answer in operation["responses"].items():
                if status[0] in "45" and path.startswith("/api/"):
                    assert "$ref" in answer["content"]["application/json"]["schema"], (path, status)
            assert not operation.get("security") or {"401", "403"} <= set(operation["responses"])


def aimed(case: Case, aim: Aim) -> Case:
    """The case with its ids, in the path and anywhere in the body, those of rows there are."""
    known = words(aim)
    for name in case.path_parameters or {}:
        case.path_parameters[name] = known.get(name, case.path_parameters[name])

    def walk(value: Any) -> None:
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(name, str) and name.endswith("_id") and name in known and isinstance(inner, str):
                value[name] = known[name]
            elif isinstance(inner, dict | list):
                walk(inner)

    if isinstance(case.body, dict | list):
        walk(case.body)
    return case


def who(route: Route | None) -> Iterator[Role]:
    rows = [row for row in route.rows if row in TABLE] if route else []
    return itertools.cycle(list(TABLE[rows[0]]) if rows else [Role.ECP])


async def ask_everything(world: World, doors: dict[str, httpx.AsyncClient], *, right: int, wrong: int) -> Fuzz:
    by_id, fuzz = {route.id: route for route in routes()}, Fuzz(allowed=UNREADY)
    listed = sorted(operations(shell().gateway().openapi()), key=lambda one: one.label == ENDING)
    aims = itertools.cycle([at(world, world.mill), None, at(world, world.harbour)])
    for operation in listed:
        surfaces = itertools.cycle(["", the_room_of(operation)])
        roles = who(by_id.get(operation.label))
        for case, aim in zip(cases(operation, right=right, wrong=wrong), aims, strict=False):
            headers = {"authorization": f"Bearer {world.tokens[next(roles)]}"}
            await fuzz.send(doors[next(surfaces)], aimed(case, aim) if aim else case, headers)
    return fuzz


async def test_nothing_breaks_and_every_answer_is_as_promised(world, doors):
    fuzz = await ask_everything(world, doors, right=2, wrong=1)
    assert not fuzz.wrong, "\n\n".join(fuzz.wrong)
    assert len(fuzz.succeeded()) > 90  # it got past the doors


@pytest.mark.soak
@pytest.mark.timeout(0)
async def test_nothing_breaks_however_long_it_is_asked(world, doors):
    fuzz = await ask_everything(world, doors, right=ROUNDS, wrong=ROUNDS // 2)
    assert not fuzz.wrong, "\n\n".join(fuzz.wrong)
