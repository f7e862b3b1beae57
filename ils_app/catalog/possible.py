"""Why a choice is not possible with the rest of what is entered: the lab's own rule engine, asked about each choice.

Pure, and quick enough for every keystroke. Only what a choice itself brings counts against it: each is judged in its
place and compared with that place left empty. What merely wants company (a coating that needs a hard coat) stays
possible as long as that company is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from ils_app.catalog.offering import NOT_OFFERED
from ils_app.catalog.schemas import Choice, Offer, TreatmentGroup
from ils_app.catalog.wording import GROUPS
from lims_client.models import Configuration, Finding, Frame, LensType, Severity
from lims_client.rules.combination import check_combination
from lims_client.rules.mount import check_mount
from lims_client.rules.order import Order, read
from lims_client.rules.products import Design, FrameStyle, Group, Treatment
from lims_client.rules.ruleset import Rules
from lims_client.rules.treatment import check_treatments

Check = Callable[[Order], Iterator[Finding]]
Reasons = dict[str, str]

LENS_CHECKS: tuple[Check, ...] = (check_combination, check_treatments)
MATERIAL_CHECKS: tuple[Check, ...] = (*LENS_CHECKS, check_mount)
TREATMENT_CHECKS: tuple[Check, ...] = (check_treatments,)
FRAME_CHECKS: tuple[Check, ...] = (check_mount, check_treatments)
WANTS_COMPANY = frozenset({"TREAT_NEEDS"})


def possible(offer: Offer, chosen: Configuration) -> Reasons:
    """A sentence for each choice, by its id, that cannot be had with the rest of `chosen`; the others are not in it.

    A choice already made is judged like the rest: it is in the answer when it no longer goes. What was not chosen
    counts for nothing, not even the family's standard. Without rules ILS can read, only what the lab has taken out of
    its offer has a reason.
    """
    reasons = {choice.id: NOT_OFFERED for choice in offer.choices() if not choice.available}
    if offer.rules is None:
        return reasons
    order = _only_what_was_chosen(read(chosen, offer.rules))
    for found in (
        _designs(_about(order, "design", "family"), offer.rules),
        _materials(_about(order, "material"), offer.rules),
        _colours(_about(order, "colour"), offer.rules),
        _treatments(_about(order, "treatment", "group"), offer),
        _frame_types(_about(order, "frame"), offer.rules),
    ):
        for choice_id, reason in found:
            reasons.setdefault(choice_id, reason)
    for choice_id, reason in _lonely(offer, reasons):
        reasons.setdefault(choice_id, reason)
    return reasons


def narrowed(offer: Offer, reasons: Mapping[str, str]) -> Offer:
    """The offer with these reasons on its choices."""

    def mark(choices: Iterable[Choice]) -> tuple[Choice, ...]:
        return tuple(
            choice
            if (reason := reasons.get(choice.id, "")) == choice.reason
            else choice.model_copy(update={"reason": reason})
            for choice in choices
        )

    def mark_group(group: TreatmentGroup) -> TreatmentGroup:
        return group.model_copy(update={"choices": mark(group.choices)})

    names = ("families", "designs", "materials", "colours", "tints", "frame_types")
    marked: dict[str, object] = {name: mark(getattr(offer, name)) for name in names}
    return offer.model_copy(update={**marked, "treatments": tuple(mark_group(group) for group in offer.treatments)})


def _only_what_was_chosen(order: Order) -> Order:
    """The order without the standards the engine fills in for what was left open."""
    asked = order.configuration
    return replace(
        order,
        design=order.design if asked.design else None,
        material=order.material if asked.material else None,
        colour=order.colour if asked.colour else None,
    )


def _about(order: Order, *kinds: str) -> Order:
    """The order under only those clashes that speak of these kinds: no other can count against a choice of theirs."""
    starts = tuple(f"{kind}:" for kind in kinds)
    clashes = tuple(one for one in order.rules.clashes if one.first.startswith(starts) or one.second.startswith(starts))
    return replace(order, rules=order.rules.model_copy(update={"clashes": clashes}))


def _against(empty: Order, checks: Iterable[Check]) -> Callable[[Order], str | None]:
    """A judge of candidates for one place: the first thing said against one that is not said of the empty place."""
    checks = tuple(checks)
    known = set(_rejects(empty, checks))

    def judge(candidate: Order) -> str | None:
        return next((said for said in _rejects(candidate, checks) if said not in known), None)

    return judge


def _rejects(order: Order, checks: Iterable[Check]) -> Iterator[str]:
    for check in checks:
        for said in check(order):
            if order.rules.severities.get(said.code, said.severity) is not Severity.REJECT:
                continue
            if said.code in WANTS_COMPANY or (said.code == "TINT_DENSITY" and order.tint_percent is None):
                continue
            yield said.message


def _each(candidates: Iterable[tuple[str, Order]], judge: Callable[[Order], str | None]) -> Iterator[tuple[str, str]]:
    for choice_id, candidate in candidates:
        if reason := judge(candidate):
            yield choice_id, reason


def _designs(order: Order, rules: Rules) -> Iterator[tuple[str, str]]:
    empty = replace(order, design=None)
    candidates = ((design.id, _with_design(order, design)) for design in rules.designs)
    return _each(candidates, _against(empty, LENS_CHECKS))


def _with_design(order: Order, design: Design) -> Order:
    return replace(order, design=design, lens_type=design.lens_type)


def _materials(order: Order, rules: Rules) -> Iterator[tuple[str, str]]:
    judge = _against(replace(order, material=None), MATERIAL_CHECKS)
    candidates = ((material.id, replace(order, material=material)) for material in rules.materials)
    yield from _each(candidates, judge)
    if order.design is None and order.lens_type is not None:
        yield from _materials_without_a_design(order.lens_type, rules)


def _materials_without_a_design(lens_type: LensType, rules: Rules) -> Iterator[tuple[str, str]]:
    made_in = {name for design in rules.designs if design.lens_type is lens_type for name in design.materials}
    for material in rules.materials:
        if material.id not in made_in:
            yield material.id, f"No {lens_type.replace('_', ' ')} design is made in {material.name}."


def _colours(order: Order, rules: Rules) -> Iterator[tuple[str, str]]:
    candidates = ((colour.id, replace(order, colour=colour)) for colour in rules.colours)
    return _each(candidates, _against(replace(order, colour=None), LENS_CHECKS))


def _treatments(order: Order, offer: Offer) -> Iterator[tuple[str, str]]:
    """Every coating and tint; of a kind a lens takes only once, a choice is judged in the place of its like."""
    rules = offer.rules
    assert rules is not None
    judges: dict[tuple[Treatment, ...], Callable[[Order], str | None]] = {}
    for choice in (*(one for group in offer.treatments for one in group.choices), *offer.tints):
        parts = _parts(choice.id, rules)
        rest = tuple(one for one in order.treatments if not _gives_way(one, parts, order, rules))
        if rest not in judges:
            judges[rest] = _against(replace(order, treatments=rest), TREATMENT_CHECKS)
        together = tuple(one for one in order.treatments if one in rest or one in parts)
        new = tuple(one for one in parts if one not in together)
        if reason := judges[rest](replace(order, treatments=(*together, *new))):
            yield choice.id, reason


def _parts(choice_id: str, rules: Rules) -> tuple[Treatment, ...]:
    names = rules.packages.get(choice_id, (choice_id,))
    return tuple(rules.treatment[name] for name in names if name in rules.treatment)


def _gives_way(one: Treatment, parts: tuple[Treatment, ...], order: Order, rules: Rules) -> bool:
    """Whether choosing `parts` replaces this treatment; two of a kind already chosen stay side by side, and clash."""
    if one in parts:
        return True
    like = {part.group for part in parts if part.group in rules.one_of_group and part not in order.treatments}
    return one.group in like


def _frame_types(order: Order, rules: Rules) -> Iterator[tuple[str, str]]:
    judge = _against(replace(order, style=None), FRAME_CHECKS)
    framed = partial(_with_style, order)
    return _each(((style.id, framed(style)) for style in rules.frame_types), judge)


def _with_style(order: Order, style: FrameStyle) -> Order:
    if order.frame is not None:
        return replace(order, style=style)
    configuration = order.configuration.model_copy(update={"frame": Frame(type=style.id)})
    return replace(order, style=style, configuration=configuration)


def _lonely(offer: Offer, reasons: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What needs a kind of treatment of which none is possible here."""
    rules = offer.rules
    assert rules is not None
    members: dict[Group, list[str]] = {}
    for treatment in rules.treatments:
        members.setdefault(treatment.group, []).append(treatment.id)

    def missing(groups: Iterable[Group]) -> Group | None:
        return next((group for group in groups if all(one in reasons for one in members.get(group, []))), None)

    wanting = [(one.id, one.name, one.needs) for one in rules.treatments]
    wanting += [(one.id, one.name, one.requires) for one in rules.materials]
    for choice_id, name, groups in wanting:
        if (group := missing(groups)) is not None:
            yield choice_id, f"{name} needs one of the {GROUPS.get(group, group).lower()}, and none is possible here."


__all__ = ["narrowed", "possible"]
