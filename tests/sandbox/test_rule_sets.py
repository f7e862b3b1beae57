"""Rule sets as data: a draft is edited, tried, published and rolled back, and everything follows without a restart."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims_client.models import Catalog, Configuration, RuleSet, RuleSetDraft, SimulationResult, ValidationResult
from lims_client.rules import AccountStanding, evaluate, reference_rules
from lims_client.rules.short_names import from_short_names
from lims_client.sandbox.lab import Lab
from lims_client.sandbox.problems import Refusal
from lims_client.sandbox.settings import Settings

Body = Callable[..., dict[str, Any]]
BLUE_ON_167 = {"design": "sv-asph", "material": "167", "coatings": ["hc", "ar-blue"]}


async def a_draft(sandbox: Any, note: str = "no blue coat on 1.67, AR night drive") -> str:
    """A draft that forbids one pair and adds a coating."""
    published = (await sandbox.http.get("/rules", params={"state": "published"})).json()[0]
    draft = (await sandbox.http.post("/rules", json={"author": "eng-1", "note": note})).json()
    rules = published["rules"]
    rules["clashes"].append({"first": "material:167", "second": "treatment:ar-blue", "because": "It peels off 1.67."})
    rules["treatments"].append({"id": "ar-night", "name": "AR night drive", "group": "ar", "needs": ["hard"]})
    rules["prices"]["treatments"]["ar-night"] = 2500
    changed = await sandbox.http.put(f"/rules/{draft['version']}", json={"rules": rules})
    assert changed.status_code == 200, changed.text
    return str(draft["version"])


async def decision(sandbox: Any, body: dict[str, Any]) -> str:
    return str((await sandbox.http.post("/validation", json=body)).json()["decision"])


async def coatings(sandbox: Any) -> set[str]:
    catalog = Catalog.from_wire((await sandbox.http.get("/catalog")).content)
    return {entry.id for entry in catalog.of("coating")}


async def test_a_published_draft_is_followed_at_once_announced_and_survives_a_restart(
    sandbox: Any, body: Body, reopened: Callable[[Any], Any]
):
    await sandbox.register()
    blue, night = body(**BLUE_ON_167), body(coatings=["hc", "ar-night"])
    assert (await decision(sandbox, blue), await decision(sandbox, night)) == ("accept", "reject")
    version = await a_draft(sandbox)
    assert (await decision(sandbox, blue), "ar-night" in await coatings(sandbox)) == ("accept", False)

    published = (await sandbox.http.post(f"/rules/{version}/publish")).json()
    assert (published["state"], bool(published["publishedAt"])) == ("published", True)
    assert (await decision(sandbox, blue), await decision(sandbox, night)) == ("reject", "accept")
    assert "ar-night" in await coatings(sandbox)
    assert (await sandbox.make(**night))["rulesVersion"] == version
    await sandbox.deliver()
    assert [(event["type"], event["rulesVersion"]) for event in sandbox.heard.events] == [("catalog.updated", version)]

    again = reopened(sandbox)
    assert (await decision(again, blue), await decision(again, night)) == ("reject", "accept")
    assert "ar-night" in await coatings(again)
    states = {one["version"]: one["state"] for one in (await again.http.get("/rules")).json()}
    assert states == {"1": "retired", version: "published"}


async def test_a_rollback_returns_to_the_set_before_and_is_announced(sandbox: Any, body: Body):
    await sandbox.register("catalog.updated")
    version = await a_draft(sandbox)
    await sandbox.http.post(f"/rules/{version}/publish")
    back = (await sandbox.http.post("/rules/1/rollback")).json()
    assert (back["version"], back["state"]) == ("1", "published")
    assert await decision(sandbox, body(**BLUE_ON_167)) == "accept"
    await sandbox.deliver()
    assert [event["rulesVersion"] for event in sandbox.heard.events] == [version, "1"]
    catalog_versions = [int(event["version"]) for event in sandbox.heard.events]
    assert catalog_versions == sorted(set(catalog_versions))
    forward = (await sandbox.http.post("/rules/1/rollback")).json()
    assert forward["version"] == version, "asked of the published set, the one before it returns"


async def test_the_catalog_is_sent_once_for_its_tag(sandbox: Any):
    first = await sandbox.http.get("/catalog")
    tag = first.headers["etag"]
    same = await sandbox.http.get("/catalog", headers={"if-none-match": tag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    await sandbox.http.post(f"/rules/{await a_draft(sandbox)}/publish")
    other = await sandbox.http.get("/catalog", headers={"if-none-match": tag})
    assert (other.status_code, other.headers["etag"] != tag) == (200, True)


async def test_the_catalog_tells_what_each_thing_costs_takes_and_goes_with(sandbox: Any):
    catalog = Catalog.from_wire((await sandbox.http.get("/catalog")).content)
    assert {entry.category for entry in catalog.entries} == {
        "lens_type", "design", "material", "colour", "coating", "tint", "frame_type",
    }  # fmt: skip
    pal, ar, rimless = catalog.entry("pal-plus"), catalog.entry("ar-std"), catalog.entry("rimless")
    assert pal is not None
    assert ar is not None
    assert rimless is not None
    assert "150" in pal.metadata["materials"]
    assert pal.metadata["pricesMinor"]["150"] == 5900
    assert pal.lead_time == 72
    assert isinstance(ar.restrictions, dict)
    assert ar.restrictions["needs"] == ["hard"]
    assert any("mirror" in clash["because"] for clash in ar.restrictions["clashes"])
    assert "152" not in ((catalog.entry("hc") or ar).restrictions or {})["materials"]  # type: ignore[call-overload,index]
    assert (rimless.lead_time, rimless.metadata["mounting"]) == (24, "drill")


async def test_what_is_retired_is_in_the_catalog_and_not_on_offer(sandbox: Any):
    rules = (await sandbox.http.get("/rules/1")).json()["rules"]
    rules["materials"][7] |= {"retired": True, "accounts": ["HARB-001"]}
    draft = (await sandbox.http.post("/rules", json={"rules": rules})).json()
    await sandbox.http.post(f"/rules/{draft['version']}/publish")
    glass = Catalog.from_wire((await sandbox.http.get("/catalog")).content).entry("152")
    assert glass is not None
    assert (glass.available, glass.metadata["retired"], glass.metadata["accounts"]) == (False, True, ["HARB-001"])


async def test_a_draft_is_tried_on_past_jobs_before_it_is_published(sandbox: Any):
    blue = await sandbox.make(**BLUE_ON_167)
    plain = await sandbox.make()
    version = await a_draft(sandbox)
    for wanted in ({"last": 10}, {"jobs": [plain["jobId"], blue["jobId"]]}):
        answer = await sandbox.http.post(f"/rules/{version}/simulate", json=wanted)
        tried = {one.job_id: one for one in SimulationResult.from_wire(answer.content).jobs}
        assert (tried[blue["jobId"]].decision_before, tried[blue["jobId"]].decision_after) == ("accept", "reject")
        assert [finding.code for finding in tried[blue["jobId"]].findings_gained] == ["TREAT_CLASH"]
        assert (tried[plain["jobId"]].decision_after, tried[plain["jobId"]].findings_gained) == ("accept", ())
    await sandbox.http.post(f"/rules/{version}/publish")
    back = await sandbox.http.post("/rules/1/simulate", json={"jobs": [blue["jobId"]]})
    assert back.json()["jobs"][0]["findingsLost"][0]["code"] == "TREAT_CLASH"
    assert (await sandbox.http.post(f"/rules/{version}/simulate", json={"jobs": ["JOB-9"]})).status_code == 404
    assert (await sandbox.http.post(f"/rules/{version}/simulate", json={})).status_code == 400


async def test_a_bad_draft_is_refused_with_its_path_and_nothing_changes(sandbox: Any):
    draft = (await sandbox.http.post("/rules", json={})).json()
    broken = json.loads(json.dumps(draft["rules"]))
    broken["families"][0]["design"] = "gold"
    answer = await sandbox.http.put(f"/rules/{draft['version']}", json={"rules": broken})
    assert (answer.status_code, answer.json()["code"]) == (422, "rules_invalid")
    assert answer.json()["errors"][0]["field"] == "families.0.design"
    assert (await sandbox.http.get(f"/rules/{draft['version']}")).json()["rules"] == draft["rules"]


async def test_only_a_draft_is_changed_or_published_and_only_a_published_set_comes_back(sandbox: Any):
    assert (await sandbox.http.put("/rules/1", json={"note": "x"})).json()["code"] == "not_a_draft"
    assert (await sandbox.http.post("/rules/1/publish")).json()["state"] == "published"
    assert (await sandbox.http.post("/rules/1/rollback")).json()["code"] == "nothing_to_return_to"
    draft = RuleSet.from_wire((await sandbox.http.post("/rules", json={"basedOn": "1", "author": "e"})).content)
    assert (draft.state, draft.based_on, draft.author) == ("draft", "1", "e")
    assert (await sandbox.http.post(f"/rules/{draft.version}/rollback")).status_code == 409
    renamed = (await sandbox.http.put(f"/rules/{draft.version}", json={"note": "why"})).json()
    assert (renamed["note"], renamed["author"]) == ("why", "e")
    await sandbox.http.post(f"/rules/{draft.version}/publish")
    assert (await sandbox.http.post("/rules/1/publish")).json()["code"] == "not_a_draft"
    for path in ("/rules/99", "/rules/none"):
        assert (await sandbox.http.get(path)).status_code == 404


def _cases() -> list[tuple[Configuration, AccountStanding | None]]:
    folder = Path(os.environ.get("ILS_OPTICS_DATA") or Path(__file__).resolve().parents[3] / "shared" / "optics")
    file = folder / "golden_orders.json"
    orders = json.loads(file.read_text("utf-8"))["orders"] if file.is_file() else []
    return [from_short_names(order, reference_rules()) for order in orders]


@pytest.mark.skipif(not _cases(), reason="no shared golden orders here")
async def test_the_lims_says_of_every_golden_order_what_the_local_engine_says(sandbox: Any):
    published = RuleSet.from_wire((await sandbox.http.get("/rules/1")).content)
    for configuration, account in _cases():
        number = "STOP-001" if account is not None else "HARB-001"
        asked = configuration.model_copy(update={"account_number": number})
        said = ValidationResult.from_wire((await sandbox.http.post("/validation", json=asked.to_wire())).content)
        rules = reference_rules()
        assert rules.to_wire() == published.rules
        local = evaluate(asked, rules, account=account)
        assert (said.findings, said.decision, said.price) == (local.findings, local.decision, local.price)


@given(st.lists(st.sampled_from(["draft", "publish", "rollback"]), max_size=12), st.data())
@settings(max_examples=25, deadline=None)
async def test_whatever_is_drafted_and_published_one_set_is_in_force(moves: list[str], data: st.DataObject):
    lab = Lab(Settings(database=Path(":memory:"), api_key="k", webhook_secret="whsec_" + "A" * 43 + "=", paused=True))
    refused: set[int] = set()
    try:
        for move in moves:
            version = data.draw(st.sampled_from([one["version"] for one in lab.rule_sets.all()]))
            try:
                if move == "draft":
                    lab.rule_sets.create(RuleSetDraft(based_on=version))
                elif move == "publish":
                    lab.rule_sets.publish(version)
                else:
                    lab.rule_sets.rollback(version)
            except Refusal as refusal:
                refused.add(refusal.http_status)
            published = lab.rule_sets.all("published")
            assert [one["version"] for one in published] == [lab.rule_sets.published.version]
        assert refused <= {409}
    finally:
        lab.close()
