"""Checks of rule sets as data: drafts, simulation, publishing, rolling back, and the catalog that follows."""

from __future__ import annotations

from uuid import uuid4

from lims_client.contract.bench import Bench, must
from lims_client.models import RuleSet, RuleSetDraft, RuleSetState


async def _published(bench: Bench) -> RuleSet:
    sets = [one for one in await bench.client.rules() if one.state is RuleSetState.PUBLISHED]
    must(len(sets) == 1, f"{len(sets)} sets are published, not one")
    return sets[0]


async def _draft(bench: Bench) -> RuleSet:
    return await bench.client.create_draft(RuleSetDraft(author="contract", note=f"check {uuid4().hex[:8]}"))


async def one_set_is_published(bench: Bench) -> None:
    """GET /rules lists the sets, exactly one of them published, the catalog's"""
    published = await _published(bench)
    catalog = await bench.client.fetch_catalog()
    must(published.version == catalog.rules_version, "the catalog follows another set than the published one")
    one = await bench.client.rule_set(published.version)
    must(one.rules == published.rules and one.rules, "GET /rules/{version} has other rules, or none")


async def an_unknown_set_is_not_found(bench: Bench) -> None:
    """GET /rules/{version} of an unknown version is 404 with code and message"""
    bench.refused(await bench.ask("GET", "rules/no-such-version"), 404, about="an unknown version")


async def a_draft_is_made_and_changed(bench: Bench) -> None:
    """POST /rules makes a draft of the published set, PUT changes it, GET /rules?state=draft lists it"""
    published = await _published(bench)
    draft = await _draft(bench)
    must(draft.state is RuleSetState.DRAFT, f"the new set is {draft.state}")
    must(draft.based_on == published.version, "basedOn is not the published version")
    must(draft.rules == published.rules, "it does not start from the published rules")
    changed = await bench.client.change_draft(draft.version, RuleSetDraft(note="changed", rules=draft.rules))
    must((changed.version, changed.note) == (draft.version, "changed"), "PUT did not change the note")
    listed = await bench.client.rules(state=RuleSetState.DRAFT)
    must(draft.version in {one.version for one in listed}, "the draft is not listed")
    must({one.state for one in listed} == {RuleSetState.DRAFT}, "?state=draft lists others too")


async def a_published_set_cannot_be_changed(bench: Bench) -> None:
    """PUT /rules/{version} of the published set is 409"""
    published = await _published(bench)
    response = await bench.ask("PUT", f"rules/{published.version}", {"note": "changed behind the scenes"})
    bench.refused(response, 409, about="changing the published set")


async def a_draft_is_tried_on_past_jobs(bench: Bench) -> None:
    """POST /rules/{version}/simulate judges past jobs again, by ids or the last so many, and finds no difference
    between a copy and its original"""
    job, draft = await bench.a_job(), await _draft(bench)
    by_id = await bench.client.simulate(draft.version, jobs=[job.job_id])
    must([one.job_id for one in by_id.jobs] == [job.job_id], "it answers for other jobs than those asked for")
    last = await bench.client.simulate(draft.version, last=2)
    must(1 <= len(last.jobs) <= 2, f"last=2 answers {len(last.jobs)} jobs")
    for one in (*by_id.jobs, *last.jobs):
        must(one.decision_before is one.decision_after, "a copy decides otherwise than its original")
        must(not one.findings_gained and not one.findings_lost, "a copy finds otherwise than its original")


async def publishing_is_seen_at_once_and_rolled_back(bench: Bench) -> None:
    """publish makes the draft the one published set; catalog and validation follow at once; rollback returns"""
    before = await _published(bench)
    draft = await _draft(bench)
    published = await bench.client.publish(draft.version)

    async def return_to_the_old() -> None:
        if (await _published(bench)).rules != before.rules or (await _published(bench)).version == draft.version:
            await bench.client.rollback(before.version)

    bench.at_the_end(return_to_the_old)
    must((published.version, published.state) == (draft.version, RuleSetState.PUBLISHED), "publish answers another set")
    must((await _published(bench)).version == draft.version, "another set is published")
    must((await bench.client.rule_set(before.version)).state is RuleSetState.RETIRED, "the old set did not retire")
    catalog = await bench.client.fetch_catalog(at_least=draft.version)
    must(catalog.rules_version == draft.version, "the catalog is behind the rules")
    must((await bench.check(bench.order())).rules_version == draft.version, "validation is behind the rules")
    returned = await bench.client.rollback(before.version)
    must(returned.state is RuleSetState.PUBLISHED and returned.rules == before.rules, "rollback brings other rules")
    catalog = await bench.client.fetch_catalog(at_least=returned.version)
    must(catalog.rules_version == returned.version, "the catalog did not follow the rollback")


async def publishing_and_rolling_back_are_announced(bench: Bench) -> None:
    """publish and rollback both deliver a catalog update that names the rules"""
    await bench.listen("catalog.updated")
    before = await _published(bench)
    draft = await _draft(bench)
    await bench.client.publish(draft.version)
    returned = await bench.client.rollback(before.version)
    for version in (draft.version, returned.version):
        event = await bench.heard_of_rules(version)
        must(event.version is not None and event.timestamp is not None, "the event lacks version or timestamp")


CHECKS = (
    one_set_is_published,
    an_unknown_set_is_not_found,
    a_draft_is_made_and_changed,
    a_published_set_cannot_be_changed,
    a_draft_is_tried_on_past_jobs,
    publishing_is_seen_at_once_and_rolled_back,
    publishing_and_rolling_back_are_announced,
)
