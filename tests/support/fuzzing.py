"""Requests made up from an OpenAPI document, right ones and wrong ones, and what is wrong with the answers to them."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

BASE = "http://ils.test"
SEED = int(os.environ.get("SEED", "20261124"))
CHECKS: list[CheckFunction] = [
    status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance,
]  # fmt: skip


def operations(document: dict[str, Any]) -> list[APIOperation]:
    """Every operation of a document."""
    return [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]


def cases(operation: APIOperation, *, right: int, wrong: int) -> Iterator[Case]:
    """So many requests as the document says they are, and so many as it says they are not; the same for one `SEED`."""
    for mode, many in ((GenerationMode.POSITIVE, right), (GenerationMode.NEGATIVE, wrong)):
        if many:
            yield from _made(operation, mode, many)


def _made(operation: APIOperation, mode: GenerationMode, many: int) -> list[Case]:
    made: list[Case] = []
    quick = settings(
        max_examples=many, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip

    @seed(SEED)
    @quick
    @given(case=operation.as_strategy(generation_mode=mode))
    def make(case: Case) -> None:
        made.append(case)

    with contextlib.suppress(Unsatisfiable):  # nothing can be wrong about a request without parameters and body
        make()
    return made


@dataclass
class Fuzz:
    """Sends cases and keeps what was wrong with the answers."""

    allowed: dict[str, set[int]] = field(default_factory=dict)  # broken on purpose: operation -> statuses
    wrong: list[str] = field(default_factory=list)
    statuses: dict[str, list[int]] = field(default_factory=dict)

    async def send(self, client: httpx.AsyncClient, case: Case, headers: dict[str, str]) -> int:
        """One request; its status."""
        parts = case.as_transport_kwargs(base_url=BASE)
        names = ("method", "url", "headers", "files", "data", "json", "params", "cookies")
        ready = requests.Request(**{name: parts[name] for name in names if name in parts}).prepare()
        sent = {name: value for name, value in ready.headers.items() if name.lower() != "authorization"}
        answer = await client.request(
            ready.method or "GET", str(ready.url), content=ready.body or b"", headers={**sent, **headers}
        )
        label = case.operation.label
        self.statuses.setdefault(label, []).append(answer.status_code)
        try:
            await asyncio.to_thread(case.validate_response, answer, checks=CHECKS)
        except (Failure, FailureGroup) as error:  # gathered, so that one run shows all there is
            self.wrong.append(f"{label}: {_first_lines(error)}\n{_shown(ready)}\n  {answer.text[:400]}")
        if answer.status_code >= 500 and answer.status_code not in self.allowed.get(label, set()):
            self.wrong.append(f"{label}: {answer.status_code}\n{_shown(ready)}\n  {answer.text[:400]}")
        return answer.status_code

    def succeeded(self) -> set[str]:
        """The operations that did what was asked at least once."""
        return {label for label, statuses in self.statuses.items() if any(status < 300 for status in statuses)}


def _first_lines(error: BaseException) -> str:
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else [error]
    return "; ".join(str(one).strip().replace("\n", " ")[:500] for one in inner)


def _shown(ready: requests.PreparedRequest) -> str:
    return f"  {ready.method} {ready.url}\n  {ready.body!r}"[:1500]
