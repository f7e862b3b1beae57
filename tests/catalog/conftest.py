"""The catalog room's outside: a LIMS over a pretended transport, whose catalog and rules a test changes at will."""

import copy
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from ils_app.kernel import lims as kernel_lims
from ils_app.kernel.actor import Actor
from ils_app.kernel.roles import Role
from lims_client import LimsClient, Timing
from lims_client.rules.ruleset import reference_rules

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIz"  # pragma: allowlist secret


class PretendedLims:
    """Answers /catalog and /rules/{version}; `down` refuses, `html` is a proxy's page, `without_rules` says 404."""

    def __init__(self) -> None:
        self.rules_version = "1"
        self.rules: dict[str, Any] = reference_rules().to_wire()
        self.entries = entries_of(self.rules)
        self.author: str | None = "engineer-7"
        self.note: str | None = "the first set"
        self.down = self.html = self.without_rules = False
        self.asked: list[str] = []

    def change(self, version: str, *, note: str | None = None, **entries: dict[str, Any]) -> None:
        """Publish another version in which these entries (by id) differ."""
        self.rules_version, self.note = version, note
        for entry_id, changes in entries.items():
            entry = next(one for one in self.entries if one["id"] == entry_id.replace("_", "-"))
            entry.update(changes)

    def add_coating(self, coating_id: str, name: str, group: str = "ar") -> None:
        """Add a coating to entries and rules."""
        self.entries.append({"id": coating_id, "name": name, "category": "coating", "leadTime": 24})
        self.rules["treatments"].append({"id": coating_id, "name": name, "group": group, "needs": ["hard"]})
        self.rules["prices"]["treatments"][coating_id] = 2900

    def answer(self, request: httpx.Request) -> httpx.Response:
        """One request."""
        path = request.url.path.removeprefix("/lims/")
        self.asked.append(path)
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        if self.html:
            return httpx.Response(502, html="<h1>Bad gateway</h1>")
        if path == "catalog":
            body = {"version": f"c{self.rules_version}", "rulesVersion": self.rules_version, "entries": self.entries}
            return httpx.Response(200, json=body)
        if path == f"rules/{self.rules_version}" and not self.without_rules:
            body = {"version": self.rules_version, "state": "published", "rules": copy.deepcopy(self.rules)}
            body |= {"author": self.author, "note": self.note, "publishedAt": "2026-03-02T09:00:00Z"}
            return httpx.Response(200, content=json.dumps(body))
        return httpx.Response(404, json={"code": "not_found", "message": "There is no such rule set."})


def entries_of(rules: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries that stand for a set of rules, as a LIMS lists them."""
    sections = {"families": "lens_type", "designs": "design", "materials": "material", "colours": "colour"}
    sections |= {"frameTypes": "frame_type"}
    found = [
        {"id": one["id"], "name": one["name"], "category": category}
        for section, category in sections.items()
        for one in rules[section]
    ]
    for one in rules["treatments"]:
        category = "tint" if one["group"] == "tint" else "coating"
        found.append({"id": one["id"], "name": one["name"], "category": category, "leadTime": 24})
    return found


@pytest.fixture
async def lims(database: str) -> AsyncIterator[PretendedLims]:
    """A LIMS in ILS's place for it, spoken to by the real client over a pretended transport."""
    pretended = PretendedLims()
    client = LimsClient(
        base_url="http://127.0.0.1:1/lims",
        api_key="key",
        webhook_secret=SECRET,
        timing=Timing(attempts=1),
        transport=httpx.MockTransport(pretended.answer),
    )
    kernel_lims.use(client)
    yield pretended
    kernel_lims.use(None)
    await client.aclose()


@pytest.fixture
def actor() -> Callable[..., Actor]:
    """Makes somebody in a role."""

    def make(role: Role = Role.ECP) -> Actor:
        return Actor(user_id=uuid4(), name="Ada", role=role, organisation_id=uuid4())

    return make
