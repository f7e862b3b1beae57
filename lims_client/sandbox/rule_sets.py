"""Rule sets with their versions: drafts, the published one and those before it, and the catalog that follows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lims_client.models import RuleSetDraft
from lims_client.rules import Rules, RulesError, load_rules, reference_rules
from lims_client.sandbox.catalog import catalog_of
from lims_client.sandbox.database import Database
from lims_client.sandbox.moments import now, written
from lims_client.sandbox.outbox import Outbox
from lims_client.sandbox.problems import Refusal, not_found


@dataclass(frozen=True)
class PublishedCatalog:
    """The catalog as it is sent: its JSON and its tag."""

    body: bytes
    etag: str


class RuleSets:
    """Keeps rule sets. The published one is at hand, parsed, for every validation."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database, self._outbox = database, outbox
        if not database.number("SELECT count(*) FROM rule_set"):
            with database.transaction():
                self._insert(
                    reference_rules().to_wire(), "published", None, "the lab", "The rules the lab starts from."
                )
                database.next_number("catalog_version")
        self._open()

    @property
    def published(self) -> Rules:
        return self._published

    @property
    def catalog(self) -> PublishedCatalog:
        return self._catalog

    def _open(self) -> None:
        row = self._database.one("SELECT * FROM rule_set WHERE state = 'published'")
        if row is None:
            raise not_found("published rule set")
        self._published = _parsed(row["rules"], str(row["version"]))
        version = self._database.setting("catalog_version", "1")
        catalog = catalog_of(self._published, version=version, timestamp=row["published_at"])
        body = json.dumps(catalog.to_wire(), separators=(",", ":"), ensure_ascii=False).encode()
        self._catalog = PublishedCatalog(body, f'"{version}-{hashlib.sha256(body).hexdigest()[:16]}"')

    # ------------------------------------------------------------------------------------------------ reading

    def all(self, state: str | None = None) -> list[dict[str, Any]]:
        """Every rule set, newest first, or those in one state."""
        rows = self._database.all(
            "SELECT * FROM rule_set WHERE :state IS NULL OR state = :state ORDER BY version DESC", state=state
        )
        return [_wire(row) for row in rows]

    def get(self, version: str) -> dict[str, Any]:
        return _wire(self._row(version))

    def rules(self, version: str) -> Rules:
        """The parsed rules of any version."""
        row = self._row(version)
        return _parsed(row["rules"], str(row["version"]))

    def _row(self, version: str) -> Any:
        number = int(version) if version.isascii() and version.isdecimal() and len(version) < 18 else -1
        row = self._database.one("SELECT * FROM rule_set WHERE version = :version", version=number)
        if row is None:
            raise not_found("such rule set")
        return row

    # ------------------------------------------------------------------------------------------------ changing

    def create(self, draft: RuleSetDraft) -> dict[str, Any]:
        """A new draft: `rules`, or a copy of the set it is based on (the published one when absent)."""
        base = self._row(draft.based_on if draft.based_on is not None else self._published.version)
        rules = json.loads(base["rules"]) if draft.rules is None else _checked(draft.rules)
        with self._database.transaction():
            version = self._insert(rules, "draft", str(base["version"]), draft.author, draft.note)
        return self.get(version)

    def change(self, version: str, draft: RuleSetDraft) -> dict[str, Any]:
        """Replace what a draft says; what is absent stays."""
        row = self._row(version)
        if row["state"] != "draft":
            raise Refusal(409, "not_a_draft", f"Version {version} is {row['state']}; only a draft can be changed.")
        rules = row["rules"] if draft.rules is None else json.dumps(_checked(draft.rules))
        with self._database.transaction():
            self._database.run(
                "UPDATE rule_set SET rules = :rules, author = coalesce(:author, author), note = coalesce(:note, note) "
                "WHERE version = :version",
                rules=rules,
                author=draft.author,
                note=draft.note,
                version=row["version"],
            )
        return self.get(version)

    def publish(self, version: str) -> dict[str, Any]:
        """Make a draft the published set; the one before retires and everybody is told."""
        row = self._row(version)
        if row["state"] == "published":
            return _wire(row)
        if row["state"] == "retired":
            raise Refusal(409, "not_a_draft", f"Version {version} is retired; roll back to publish it again.")
        return self._switch(row, f"Rules {version} were published" + (f": {row['note']}" if row["note"] else "."))

    def rollback(self, version: str) -> dict[str, Any]:
        """Publish a retired set again; asked of the published one, return to the set before it."""
        row = self._row(version)
        if row["state"] == "published":
            row = self._database.one(
                "SELECT * FROM rule_set WHERE state = 'retired' ORDER BY published_at DESC, version DESC LIMIT 1"
            )
        if row is None or row["state"] != "retired":
            raise Refusal(409, "nothing_to_return_to", "There is no earlier published set to return to.")
        return self._switch(row, f"Rules {row['version']} are in force again.")

    def _switch(self, row: Any, summary: str) -> dict[str, Any]:
        moment = written(now())
        with self._database.transaction():
            self._database.run("UPDATE rule_set SET state = 'retired' WHERE state = 'published'")
            self._database.run(
                "UPDATE rule_set SET state = 'published', published_at = :moment WHERE version = :version",
                moment=moment,
                version=row["version"],
            )
            catalog_version = str(self._database.next_number("catalog_version"))
            self._outbox.add(
                "catalog.updated",
                "catalog",
                {
                    "type": "catalog.updated",
                    "version": catalog_version,
                    "rulesVersion": str(row["version"]),
                    "timestamp": moment,
                    "summary": summary,
                },
            )
        self._open()
        return self.get(str(row["version"]))

    def _insert(
        self, rules: dict[str, Any], state: str, based_on: str | None, author: str | None, note: str | None
    ) -> str:
        moment = written(now())
        cursor = self._database.run(
            "INSERT INTO rule_set (state, based_on, author, note, created_at, published_at, rules) "
            "VALUES (:state, :based_on, :author, :note, :moment, :published_at, :rules)",
            state=state,
            based_on=based_on,
            author=author,
            note=note,
            moment=moment,
            published_at=moment if state == "published" else None,
            rules=json.dumps(rules),
        )
        return str(cursor.lastrowid)


@lru_cache(maxsize=16)
def _parsed(text: str, version: str) -> Rules:
    return load_rules(json.loads(text), version=version)


def _checked(rules: dict[str, Any]) -> dict[str, Any]:
    try:
        return load_rules(rules).to_wire()
    except RulesError as error:
        raise Refusal(
            422, "rules_invalid", "These rules cannot be used; see the lines below.", errors=error.problems
        ) from None


def _wire(row: Any) -> dict[str, Any]:
    body = {
        "version": str(row["version"]),
        "state": row["state"],
        "basedOn": row["based_on"],
        "author": row["author"],
        "note": row["note"],
        "publishedAt": row["published_at"],
        "rules": json.loads(row["rules"]),
    }
    return {name: value for name, value in body.items() if value is not None}
