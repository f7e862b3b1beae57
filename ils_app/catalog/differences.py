"""What differs between two versions of the catalog or of the rules, as data and in an optician's sentences. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ils_app.catalog.schemas import Change, ChangeKind
from ils_app.catalog.wording import Names, category_word, hours, in_words, noun, sentence_for
from lims_client.models import CatalogEntry

NOTHING: Any = None
LISTED = {"families", "materials", "designs", "colours", "treatments", "frameTypes"}
KEYS: Mapping[str, tuple[str, ...]] = {"clashes": ("first", "second", "unless")}
WHOLE = {"stockUncut", "stockCut", "surfaced", "chart", "bases"}  # lists whose order is their meaning


@dataclass(frozen=True, slots=True)
class Step:
    """One place in the rules where the two sides differ; `before` or `after` is None where there is nothing."""

    path: tuple[str, ...]
    before: Any
    after: Any


def differences(
    before: Sequence[CatalogEntry],
    after: Sequence[CatalogEntry],
    rules_before: Mapping[str, Any] | None = None,
    rules_after: Mapping[str, Any] | None = None,
) -> tuple[Change, ...]:
    """Everything that differs: entries first, then what only the rules say. Nothing is told twice."""
    of_entries = tuple(entry_changes(before, after))
    if rules_before is None or rules_after is None:
        return of_entries
    told = {(change.subject, change.kind) for change in of_entries}
    of_rules = (change for change in rule_changes(rules_before, rules_after) if not _told(change, told))
    return (*of_entries, *of_rules)


def entry_changes(before: Sequence[CatalogEntry], after: Sequence[CatalogEntry]) -> Iterable[Change]:
    """What an order form sees of the difference: entries come, go, and cost or take something else."""
    old, new = {entry.id: entry for entry in before}, {entry.id: entry for entry in after}
    for entry in after:
        if entry.id not in old:
            yield _entry(entry, ChangeKind.ADDED, None, entry.to_wire(), f"{category_word(entry)} {entry.name} is new.")
    for entry in before:
        if entry.id not in new:
            yield _entry(
                entry, ChangeKind.REMOVED, entry.to_wire(), None, f"{category_word(entry)} {entry.name} is gone."
            )
    for entry in after:
        if (was := old.get(entry.id)) is not None:
            yield from _between(was, entry)


def _between(was: CatalogEntry, entry: CatalogEntry) -> Iterable[Change]:
    word = category_word(entry)
    if was.available != entry.available:
        kind = ChangeKind.AVAILABLE if entry.available else ChangeKind.UNAVAILABLE
        can = "can be ordered again" if entry.available else "can no longer be ordered"
        yield _entry(entry, kind, was.available, entry.available, f"{word} {entry.name} {can}.", "available")
    if was.lead_time != entry.lead_time:
        text = f"{word} {entry.name} takes {hours(entry.lead_time)}, was {hours(was.lead_time)}."
        yield _entry(entry, ChangeKind.LEAD_TIME, _number(was.lead_time), _number(entry.lead_time), text, "leadTime")
    if was.name != entry.name:
        text = f"{word} {was.name} is now called {entry.name}."
        yield _entry(entry, ChangeKind.CHANGED, was.name, entry.name, text, "name")
    if was.description != entry.description:
        text = f"{word} {entry.name} is described anew: “{entry.description or ''}”"
        yield _entry(entry, ChangeKind.CHANGED, was.description, entry.description, text, "description")


def _entry(entry: CatalogEntry, kind: ChangeKind, before: Any, after: Any, text: str, field: str = "") -> Change:
    path = f"{entry.category}.{entry.id}" + (f".{field}" if field else "")
    return Change(kind=kind, path=path, subject=entry.id, before=before, after=after, text=text)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _told(change: Change, told: set[tuple[str, ChangeKind]]) -> bool:
    """Whether the entries have already said it; a name or description is an entry's own to tell."""
    if change.path.rpartition(".")[2] in ("name", "description") and (change.subject, ChangeKind.CHANGED) in told:
        return True
    appearing = (ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.AVAILABLE, ChangeKind.UNAVAILABLE)
    return change.kind in appearing and (change.subject, change.kind) in told and bool(change.subject)


def rule_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    """Every difference between two sets of rules, in the order of the newer one."""
    names = Names.of(before, after)
    for step in _walk((), before, after):
        yield _change(step, names)


def _change(step: Step, names: Names) -> Change:
    subject = step.path[1] if len(step.path) > 1 and step.path[0] in LISTED else ""
    return Change(
        kind=_kind(step),
        path=".".join(step.path),
        subject=subject,
        before=step.before,
        after=step.after,
        text=sentence_for(step.path, step.before, step.after, names) or _plain(step, names),
    )


def _kind(step: Step) -> ChangeKind:
    if step.path[0] == "prices":
        return ChangeKind.PRICE
    if step.path[0] == "service":
        return ChangeKind.LEAD_TIME
    if step.path[-1] == "available":
        return ChangeKind.AVAILABLE if step.after is not False else ChangeKind.UNAVAILABLE
    if step.before is None and step.after is not None:
        return ChangeKind.ADDED
    if step.after is None and step.before is not None:
        return ChangeKind.REMOVED
    return ChangeKind.CHANGED


def _plain(step: Step, names: Names) -> str:
    """The sentence for a place no phrase was written for: where it is, and what it was and is."""
    where = noun(step.path, names)
    if step.before is None:
        return f"{where}: added, {in_words(step.after, names)}."
    if step.after is None:
        return f"{where}: taken out, was {in_words(step.before, names)}."
    return f"{where}: {in_words(step.after, names)}, was {in_words(step.before, names)}."


def _walk(path: tuple[str, ...], before: Any, after: Any) -> Iterable[Step]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in _both(before, after):
            yield from _walk((*path, key), before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and not (path and path[-1] in WHOLE):
        yield from _walk_lists(path, before, after)
    else:
        yield Step(path, before, after)


def _walk_lists(path: tuple[str, ...], before: list[Any], after: list[Any]) -> Iterable[Step]:
    keys = KEYS.get(path[-1], ("id",))
    old, new = _keyed(before, keys), _keyed(after, keys)
    for key in _both(old, new):
        yield from _walk((*path, key), old.get(key), new.get(key))


def _keyed(items: list[Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Items by what names them, so that a moved one is not a changed one."""
    return {
        "|".join(str(item[key]) for key in keys if item.get(key))
        if isinstance(item, Mapping)
        else json.dumps(item).strip('"'): item
        for item in items
    }


def _both(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [*after, *(key for key in before if key not in after)]


__all__ = ["differences", "entry_changes", "rule_changes"]
