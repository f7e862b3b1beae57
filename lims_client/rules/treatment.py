"""TREAT_ and TINT_DENSITY: whether coatings, tints and finishes go on this lens, and with each other."""

from __future__ import annotations

from collections.abc import Iterator

from lims_client.models import Finding
from lims_client.rules.findings import REJECT, finding, listing, plain
from lims_client.rules.order import ZERO, Order
from lims_client.rules.products import Chosen, Clash, Group, Treatment

_GROUPS = {
    Group.HARD: "a hard coat",
    Group.AR: "an anti-reflection coating",
    Group.MIRROR: "a mirror",
    Group.TINT: "a tint",
    Group.UV: "a UV treatment",
    Group.EDGE: "an edge finish",
    Group.PRISM: "prism thinning",
    Group.SLAB: "a slab-off",
    Group.OTHER: "a treatment of this kind",
}


def check_treatments(order: Order) -> Iterator[Finding]:
    """What the TREAT_ and TINT_ rules say."""
    yield from _material_says(order)
    for treatment in order.treatments:
        yield from _needs(order, treatment)
    for tint in order.tints:
        yield from _density(order, tint)
    yield from _one_of_a_group(order)
    for clash in order.rules.clashes:
        yield from _clash(order, clash)


def _names_in(order: Order, group: Group) -> str:
    usable = [one for one in order.rules.treatments if one.group is group and one.available and not one.retired]
    return listing(one.name for one in usable) if usable else _GROUPS[group]


def _material_says(order: Order) -> Iterator[Finding]:
    material = order.material
    if material is None:
        return
    for group in material.requires:
        if group not in order.groups:
            yield finding(
                "TREAT_NEEDS",
                REJECT,
                f"{material.name} is always sold with {_GROUPS[group]}.",
                field="coatings",
                fix=f"Add {_names_in(order, group)}.",
            )
    for treatment in order.treatments:
        named = treatment.materials is not None and material.id not in treatment.materials
        if treatment.group in material.refuses or named:
            yield finding(
                "TREAT_MATERIAL",
                REJECT,
                f"{material.name} does not take {treatment.name}.",
                field=order.field_of(treatment),
                fix="Leave it out, or choose another material.",
            )


def _needs(order: Order, treatment: Treatment) -> Iterator[Finding]:
    for group in treatment.needs:
        if group not in order.groups:
            yield finding(
                "TREAT_NEEDS",
                REJECT,
                f"{treatment.name} needs {_GROUPS[group]} under it.",
                field=order.field_of(treatment),
                fix=f"Add {_names_in(order, group)}.",
            )


def _density(order: Order, tint: Treatment) -> Iterator[Finding]:
    material, percent = order.material, order.tint_percent
    if percent is None:
        if tint.density_max_percent is not None:
            yield finding(
                "TINT_DENSITY",
                REJECT,
                f"{tint.name} needs a density in percent.",
                field="tint.density",
                fix=f"Enter {plain(tint.density_min_percent or ZERO)} to {plain(tint.density_max_percent)} %.",
            )
        return
    limit = tint.density_max_percent
    taken_by = "the tint"
    most = material.tint_max_percent if material is not None and tint.group not in material.refuses else None
    if material is not None and most is not None and (limit is None or most < limit):
        limit, taken_by = most, material.name
    least = tint.density_min_percent
    if limit is not None and percent > limit:
        yield finding(
            "TINT_DENSITY",
            REJECT,
            f"A tint of {plain(percent)} % is darker than {taken_by} takes (at most {plain(limit)} %).",
            field="tint.density",
            fix=f"Choose at most {plain(limit)} %.",
        )
    elif least is not None and percent < least:
        yield finding(
            "TINT_DENSITY",
            REJECT,
            f"A tint of {plain(percent)} % is lighter than can be told (at least {plain(least)} %).",
            field="tint.density",
            fix=f"Choose at least {plain(least)} %, or leave the tint out.",
        )


def _one_of_a_group(order: Order) -> Iterator[Finding]:
    for group in order.rules.one_of_group:
        names = [one.name for one in order.treatments if one.group is group]
        if len(names) > 1:
            yield finding(
                "TREAT_CLASH",
                REJECT,
                f"A lens takes only one of {listing(names, 'and')}.",
                field="coatings",
                fix="Keep one of them.",
            )


def _clash(order: Order, clash: Clash) -> Iterator[Finding]:
    def first_match(selector: str) -> tuple[str, Chosen] | None:
        return next(((field, one) for field, one in order.chosen if one.is_meant_by(selector)), None)

    first, second = first_match(clash.first), first_match(clash.second)
    if first is None or second is None or (clash.unless is not None and first_match(clash.unless) is not None):
        return
    yield finding(
        clash.code, clash.severity, clash.because, field=second[0], fix=clash.fix or "Leave out one of the two."
    )
