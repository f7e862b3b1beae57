"""Rule sets through the LIMS client: read, drafted, compared, published, gone back to."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from ils_app.catalog import service as catalog
from ils_app.catalog.differences import rule_changes
from ils_app.engineering.edits import AnyEdit, edited
from ils_app.engineering.errors import ChangedElsewhere, NoSuchRules, NotADraft, asking_the_lab
from ils_app.engineering.events import RulesPublished, RulesRolledBack
from ils_app.engineering.schemas import RuleDifference, RuleSetLine, RuleSetView
from ils_app.kernel import log
from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import Invalid
from ils_app.kernel.lims import BACKGROUND_SECONDS, lims
from ils_app.kernel.permissions import door
from ils_app.kernel.room import Room
from lims_client import LimsError, RuleSet, RuleSetDraft, RuleSetState

READ_SECONDS: Final = 8.0  # a person waits on the page
CHANGE_SECONDS: Final = 15.0
NOTE_MAX: Final = 500

room = Room("engineering")
logger = log.get_logger(__name__)


@door("catalog.read")
async def rule_sets(actor: Actor) -> list[RuleSetLine]:
    """Every rule set, newest first; drafts only to those who may publish. Raises LabAway."""
    with asking_the_lab():
        found = await lims().rules(deadline_seconds=READ_SECONDS)
    return [_line(one) for one in found if _may_see(actor, one)]


@door("catalog.read")
async def rule_set(actor: Actor, version: str) -> RuleSetView:
    """One rule set with its rules. Raises NoSuchRules, LabAway."""
    found = await _read(version)
    if not _may_see(actor, found):
        raise NoSuchRules
    return await _view(found)


@door("catalog.publish")
async def start_draft(actor: Actor, note: str, *, based_on: str | None = None) -> RuleSetView:
    """A new draft, a copy of the set in force (or of `based_on`). Raises Invalid without a note, LabAway."""
    draft = RuleSetDraft(based_on=based_on, author=actor.name, note=_noted(note))
    with asking_the_lab(changing=True):
        made = await lims().create_draft(draft, deadline_seconds=CHANGE_SECONDS)
    logger.info("rules_draft_started", rules_version=made.version, based_on=made.based_on)
    return await _view(made)


@door("catalog.publish")
async def change(actor: Actor, version: str, edits: Sequence[AnyEdit], *, seen: str | None = None) -> RuleSetView:
    """Apply small changes to a draft, all or none.

    `seen` is what the person read: if the draft is another by now, ChangedElsewhere. Raises RulesInvalid with a
    sentence by place, NotADraft, NoSuchRules, LabAway.
    """
    draft = await _draft(version, seen)
    rules = edited(draft.rules, edits)
    body = RuleSetDraft(author=actor.name, note=draft.note, rules=rules)
    with asking_the_lab():
        made = await lims().change_draft(version, body, deadline_seconds=CHANGE_SECONDS)
    logger.info("rules_draft_changed", rules_version=version, edits=len(edits))
    return await _view(made)


@door("catalog.read")
async def difference(actor: Actor, version: str, *, against: str | None = None) -> RuleDifference:
    """How a rule set differs, in words: from `against`; else from the set in force, and that one from its base."""
    newer = await _read(version)
    older = None
    if _may_see(actor, newer):
        against = against or await _natural_opposite(newer)
        older = await _read(against) if against and against != version else None
    if not _may_see(actor, newer) or (older is not None and not _may_see(actor, older)):
        raise NoSuchRules
    changes = tuple(rule_changes(older.rules, newer.rules)) if older else ()
    return RuleDifference(version=version, against=older.version if older else None, changes=changes)


@door("catalog.publish")
async def publish(actor: Actor, version: str, note: str, *, seen: str | None = None) -> RuleSetView:
    """Put a draft in force, with the reason. The catalog follows at once; the LIMS's webhook tells everybody else.

    Publishing what is published changes nothing. Raises Invalid without a note, ChangedElsewhere, NotADraft, LabAway.
    """
    note = _noted(note)
    found = await _read(version)
    if found.state is RuleSetState.PUBLISHED:
        return await _view(found)
    replaced = await _published_version()
    await _draft(version, seen)
    with asking_the_lab(changing=True):
        await lims().change_draft(version, RuleSetDraft(author=actor.name, note=note), deadline_seconds=CHANGE_SECONDS)
        made = await lims().publish(version, deadline_seconds=BACKGROUND_SECONDS)
    async with room.unit_of_work() as uow:
        uow.emit(RulesPublished(rules_version=version, replaced=replaced, note=note, by=actor.user_id))
    await _follow(actor, version, note)
    return await _view(made)


@door("catalog.publish")
async def roll_back(actor: Actor, version: str, note: str) -> RuleSetView:
    """Put the retired set `version` in force again, with the reason. Raises as `publish`, and NoSuchRules."""
    note = _noted(note)
    found = await _read(version)
    if found.state is RuleSetState.PUBLISHED:
        return await _view(found)
    if found.state is RuleSetState.DRAFT:
        raise NotADraft(f"Version {version} was never in force. Publish it instead.")
    replaced = await _published_version()
    with asking_the_lab(changing=True):
        made = await lims().rollback(version, deadline_seconds=BACKGROUND_SECONDS)
    async with room.unit_of_work() as uow:
        uow.emit(RulesRolledBack(rules_version=version, replaced=replaced, note=note, by=actor.user_id))
    await _follow(actor, version, f"Back to rules {version}: {note}")
    return await _view(made)


async def _follow(actor: Actor, version: str, note: str) -> None:
    """Have the catalog room fetch what is in force now, with who and why; the webhook brings it if this fails."""
    try:
        await catalog.refresh(version, author=actor.name, note=note)
    except LimsError as error:
        logger.warning("catalog_follows_later", rules_version=version, error=type(error).__name__)


async def _read(version: str) -> RuleSet:
    with asking_the_lab():
        return await lims().rule_set(version, deadline_seconds=READ_SECONDS)


async def _draft(version: str, seen: str | None) -> RuleSet:
    draft = await _read(version)
    if draft.state is not RuleSetState.DRAFT:
        raise NotADraft(f"Version {version} is {draft.state}: start a draft from it instead.")
    if seen is not None and seen != _digest(draft.rules):
        raise ChangedElsewhere
    return draft


async def _published_version() -> str | None:
    with asking_the_lab():
        found = await lims().rules(state=RuleSetState.PUBLISHED, deadline_seconds=READ_SECONDS)
    return found[0].version if found else None


async def _natural_opposite(found: RuleSet) -> str | None:
    return found.based_on if found.state is RuleSetState.PUBLISHED else await _published_version()


def _may_see(actor: Actor, found: RuleSet) -> bool:
    """Drafts are the engineer's own; what is or was in force is for all who read the catalog."""
    return found.state is not RuleSetState.DRAFT or actor.may("catalog.publish")


def _noted(note: str) -> str:
    note = note.strip()
    if not note:
        raise Invalid("Say why, for those who come after.", fields={"note": "A note is needed."})
    if len(note) > NOTE_MAX:
        raise Invalid("The note is too long.", fields={"note": f"At most {NOTE_MAX} characters."})
    return note


def _digest(rules: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:24]


def _line(found: RuleSet) -> RuleSetLine:
    return RuleSetLine(
        version=found.version,
        state=found.state,
        based_on=found.based_on,
        author=found.author or "",
        note=found.note or "",
        published_at=found.published_at,
    )


async def _view(found: RuleSet) -> RuleSetView:
    behind = ""
    if found.state is RuleSetState.DRAFT:
        published = await _published_version()
        behind = found.based_on if found.based_on and found.based_on != published else ""
    return RuleSetView(**_line(found).model_dump(), rules=found.rules, seen=_digest(found.rules), behind=behind)
