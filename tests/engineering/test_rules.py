"""Rules drafted, compared, published and gone back to, against a real LIMS in its own process."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from ils_app.catalog import service as catalog
from ils_app.engineering import service
from ils_app.engineering.edits import AddCoating, Availability, Forbid, PriceLine, ReplaceSection, Wording
from ils_app.engineering.errors import ChangedElsewhere, LabAway, NoSuchRules, NotADraft, RulesInvalid
from ils_app.kernel import database as kernel_database
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Forbidden, Invalid
from ils_app.kernel.roles import Role
from lims_client import Configuration, Prescription, RuleSetDraft

Make = Callable[..., Actor]
NIGHT = AddCoating(id="ar-night", name="AR Nightdrive", needs=("hard",), price_minor=2900, hours=12)
PAIR = Forbid(first="treatment:ar-blue", second="group:tint", because="Blue AR looks green over a tint.")


async def facts() -> list[tuple[str, dict]]:
    query = text("SELECT name, body FROM kernel.event WHERE name LIKE 'Rules%' ORDER BY id")
    async with kernel_database.session() as session:
        return [(name, body) for name, body in await session.execute(query)]


async def test_a_draft_that_adds_a_coating_and_forbids_a_pair_is_followed_by_validation_and_catalog(lims, actor: Make):
    engineer = actor()
    await catalog.refresh()
    draft = await service.start_draft(engineer, "night drivers ask for it")
    await service.change(engineer, draft.version, [NIGHT, PAIR])
    shown = await service.difference(engineer, draft.version)
    assert set(shown.sentences) == {
        "Treatment AR Nightdrive is new.",
        "AR Nightdrive costs £29.00.",
        "Not possible any more: AR blue-attenuating with tints. Blue AR looks green over a tint.",
    }
    assert (await catalog.current()).entry("ar-night") is None

    published = await service.publish(engineer, draft.version, "night drivers ask for it")

    assert published.state == "published"
    view = await catalog.current()
    assert (view.rules_version, view.author, view.note) == (draft.version, "Grace", "night drivers ask for it")
    assert view.added == {"ar-night"}
    offer = await catalog.offer(engineer)
    assert offer.choice("ar-night").is_new
    assert offer.choice("ar-night").price_minor == 2900
    verdict = await lims.validate_configuration(
        Configuration(
            prescription=Prescription(od_sphere=-2, os_sphere=-2, pd=64),
            lens_type="single_vision",
            coatings=("hc-tint", "ar-blue"),
            tint={"entry": "tint-solid", "density": 20},
        )
    )
    assert "Blue AR looks green over a tint." in {finding.message for finding in verdict.findings}
    (fact,) = await facts()
    assert fact[0] == "RulesPublished"
    assert (fact[1]["rules_version"], fact[1]["replaced"]) == (draft.version, "1")
    assert fact[1]["by"] == str(engineer.user_id)


async def test_going_back_puts_the_earlier_set_in_force_and_keeps_who_and_why(lims, actor: Make):
    engineer = actor()
    await catalog.refresh()
    draft = await service.start_draft(engineer, "try")
    await service.change(engineer, draft.version, [Availability(section="treatments", id="hc", available=False)])
    await service.publish(engineer, draft.version, "try")
    assert not (await catalog.offer(engineer)).choice("hc").possible

    back = await service.roll_back(engineer, "1", "the coater is fine")

    assert (back.version, back.state) == ("1", "published")
    view = await catalog.current()
    assert (view.number, view.rules_version) == (3, "1")
    assert (view.author, view.note) == ("Grace", "Back to rules 1: the coater is fine")
    assert (await catalog.offer(engineer)).choice("hc").possible
    assert [name for name, _ in await facts()] == ["RulesPublished", "RulesRolledBack"]
    states = {line.version: line.state for line in await service.rule_sets(engineer)}
    assert states == {"1": "published", draft.version: "retired"}


async def test_publishing_or_going_back_to_what_is_in_force_changes_nothing(lims, actor: Make):
    assert (await service.publish(actor(), "1", "again")).state == "published"
    assert (await service.roll_back(actor(), "1", "again")).state == "published"
    assert await facts() == []


async def test_a_rule_set_in_the_list_says_who_and_why(lims, actor: Make):
    draft = await service.start_draft(actor(), "  cheaper hard coat ")
    (first, second) = await service.rule_sets(actor())
    assert (first.version, first.state, first.based_on) == (draft.version, "draft", "1")
    assert (first.author, first.note, first.published_at) == ("Grace", "cheaper hard coat", None)
    assert (second.version, second.state) == ("1", "published")


@pytest.mark.parametrize("note", ["", "   ", "x" * 501])
async def test_a_draft_a_publication_and_a_way_back_need_a_note(lims, actor: Make, note: str):
    draft = await service.start_draft(actor(), "why")
    for call in (
        service.start_draft(actor(), note),
        service.publish(actor(), draft.version, note),
        service.roll_back(actor(), "1", note),
    ):
        with pytest.raises(Invalid) as refused:
            await call
        assert "note" in refused.value.fields
    assert {line.state for line in await service.rule_sets(actor())} == {"draft", "published"}


async def test_a_change_on_what_is_no_draft_is_refused_with_its_state(lims, actor: Make):
    with pytest.raises(NotADraft, match="Version 1 is published"):
        await service.change(actor(), "1", [NIGHT])
    with pytest.raises(NoSuchRules):
        await service.change(actor(), "77", [NIGHT])
    draft = await service.start_draft(actor(), "why")
    with pytest.raises(NotADraft, match="never in force"):
        await service.roll_back(actor(), draft.version, "why")


async def test_changes_are_all_made_or_none(lims, actor: Make):
    draft = await service.start_draft(actor(), "why")
    with pytest.raises(RulesInvalid):
        await service.change(actor(), draft.version, [NIGHT, Wording(section="designs", id="none", name="N")])
    assert (await service.rule_set(actor(), draft.version)).rules == draft.rules


async def test_two_engineers_on_one_draft_do_not_undo_each_other(lims, actor: Make):
    draft = await service.start_draft(actor(), "why")
    theirs = await service.change(actor(), draft.version, [NIGHT], seen=draft.seen)
    with pytest.raises(ChangedElsewhere):
        await service.change(actor(), draft.version, [PAIR], seen=draft.seen)
    with pytest.raises(ChangedElsewhere):
        await service.publish(actor(), draft.version, "why", seen=draft.seen)
    both = await service.change(actor(), draft.version, [PAIR], seen=theirs.seen)
    assert {"treatment:ar-blue"} <= {clash["first"] for clash in both.rules["clashes"]}
    assert "ar-night" in {one["id"] for one in both.rules["treatments"]}


async def test_a_draft_begun_before_another_was_published_says_so(lims, actor: Make):
    old = await service.start_draft(actor(), "slow")
    assert old.behind == ""
    new = await service.start_draft(actor(), "quick")
    await service.publish(actor(), new.version, "quick")
    assert (await service.rule_set(actor(), old.version)).behind == "1"


async def test_the_labs_own_refusal_of_a_rule_is_shown_by_place(lims, actor: Make):
    draft = await service.start_draft(actor(), "why")
    with pytest.raises(RulesInvalid) as refused:
        await service.change(actor(), draft.version, [ReplaceSection(section="prism", text='{"step": "wide"}')])
    assert any(place.startswith("prism") for place in refused.value.fields)
    # A LIMS that checks more than ILS does is heard in the same way.
    with pytest.raises(RulesInvalid) as refused:
        from ils_app.engineering.errors import asking_the_lab

        with asking_the_lab():
            await lims.change_draft(draft.version, RuleSetDraft(rules={"format": 9}))
    assert refused.value.fields


async def test_any_two_sets_can_be_compared_and_a_retired_one_is_with_what_is_in_force(lims, actor: Make):
    draft = await service.start_draft(actor(), "why")
    await service.change(actor(), draft.version, [PriceLine(what="treatments", id="hc", minor=1)])
    await service.publish(actor(), draft.version, "why")
    assert (await service.difference(actor(), draft.version)).against == "1"
    assert "Hard coat costs £0.01, was £" in (await service.difference(actor(), draft.version)).sentences[0]
    assert (await service.difference(actor(), "1", against=draft.version)).sentences[0].startswith("Hard coat costs £")
    retired = await service.difference(actor(), "1")  # before it is put in force again, this is the question
    assert retired.against == draft.version
    assert retired.sentences[0].startswith("Hard coat costs £")
    with pytest.raises(NoSuchRules):
        await service.difference(actor(), "1", against="99")


@pytest.mark.parametrize("role", [Role.ECP, Role.LAB, Role.ADMIN])
async def test_others_read_what_is_or_was_in_force_and_no_draft(lims, actor: Make, role: Role):
    draft = await service.start_draft(actor(), "secret plans")
    reader = actor(role)
    assert [line.version for line in await service.rule_sets(reader)] == ["1"]
    assert (await service.rule_set(reader, "1")).rules
    assert (await service.difference(reader, "1")).changes == ()
    for call in (
        service.rule_set(reader, draft.version),
        service.difference(reader, draft.version),
        service.difference(reader, "1", against=draft.version),
    ):
        with pytest.raises(NoSuchRules):
            await call
    for forbidden in (
        service.start_draft(reader, "mine"),
        service.change(reader, draft.version, [NIGHT]),
        service.publish(reader, draft.version, "mine"),
        service.roll_back(reader, "1", "mine"),
        service.simulate(reader, draft.version),
    ):
        with pytest.raises(Forbidden):
            await forbidden
    assert len(await service.rule_sets(actor())) == 2


async def test_a_supplier_reads_no_rules(lims, actor: Make):
    with pytest.raises(Forbidden):
        await service.rule_sets(actor(Role.SUPPLIER))
    with pytest.raises(Forbidden):
        await service.rule_set(actor(Role.SUPPLIER), "1")


async def test_a_lab_that_does_not_answer_is_said_in_a_sentence_and_nothing_is_recorded(sandbox, lims, actor: Make):
    draft = await service.start_draft(actor(), "why")
    sandbox.stop()
    with pytest.raises(LabAway, match="nothing was changed"):
        await service.publish(actor(), draft.version, "why")
    with pytest.raises(LabAway):
        await service.rule_sets(actor())
    assert await facts() == []


async def test_published_while_the_catalog_could_not_be_fetched_is_still_published(lims, actor: Make, monkeypatch):
    from lims_client import LimsUnavailable

    await catalog.refresh()
    draft = await service.start_draft(actor(), "why")

    async def away(*_: object, **__: object) -> None:
        raise LimsUnavailable("away")

    monkeypatch.setattr(lims, "fetch_catalog", away)
    assert (await service.publish(actor(), draft.version, "why")).state == "published"
    assert (await catalog.current()).rules_version == "1"  # until the webhook, or the next look
    monkeypatch.undo()
    assert (await catalog.refresh()).rules_version == draft.version
