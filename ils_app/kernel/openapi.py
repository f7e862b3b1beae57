"""The OpenAPI document of an HTTP surface, with every refusal a route can give in the one form there is."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

API: Final = "/api/"
METHODS: Final = frozenset({"get", "put", "post", "delete", "patch"})
REFUSALS: Final = {
    "400": "What was sent is not even what it says it is.",
    "401": "Nobody is signed in: the token or the cookie is missing, wrong or over.",
    "403": "The role does not allow this, or a cookie came from a page that is not ours.",
    "404": "There is no such row, or it is somebody else's.",
    "409": "What it is about has moved on since it was read.",
    "413": "The body is too large.",
    "422": "What was sent cannot be taken; `errors` names the fields.",
    "429": "Too many requests from this address; `Retry-After` says for how many seconds.",
    "503": "A system outside, such as the LIMS, did not answer.",
}


class FieldRefusal(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str


class Refusal(BaseModel):
    """Every answer that is not the one asked for: a word for programs, a sentence for people."""

    code: str
    message: str
    errors: list[FieldRefusal]


def sends(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: it answers with a file of one of these types."""
    file = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": "The file.", "content": dict.fromkeys(media_types, file)}}


def refuses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: it refuses with these too, which its method and parameters do not tell."""
    return {status: {"description": REFUSALS[str(status)]} for status in statuses}


def documented(app: FastAPI) -> None:
    """Have the document say which refusals each route gives, in place of FastAPI's own form of them."""
    make: Callable[[], dict[str, Any]] = app.openapi

    def document() -> dict[str, Any]:
        fresh = app.openapi_schema is None
        made = make()
        if fresh:
            _with_refusals(made)
        return made

    app.openapi = document  # type: ignore[method-assign]


def _with_refusals(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    refusal = Refusal.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {**refusal.pop("$defs"), "Refusal": refusal}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for path, operations in document["paths"].items():
        for method in METHODS & operations.keys():
            responses = operations[method]["responses"]
            responses.pop("422", None)
            if path.startswith(API):
                for status in _refusals_of(path, method, operations[method]):
                    responses.setdefault(status, {"description": REFUSALS[status]})
                for status in REFUSALS.keys() & responses.keys():
                    responses[status].setdefault("content", content)


def _refusals_of(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    takes_body, changes = "requestBody" in operation, method != "get"
    if operation.get("security"):
        yield from ("401", "403")
    if "{" in path or takes_body or operation.get("parameters"):
        yield from ("404", "422")
    if changes:
        yield "409"
    if takes_body:
        yield from ("400", "413")
    yield from ("429", "503")
