"""Random order forms, the same for the same seed: mostly what opticians order, now and then what nobody should."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from ils_app.catalog.schemas import Offer
from ils_app.orders.schemas import OrderDraft, Ticked

CONFIRMABLE = ("PD_LOOKS_BINO", "RX_AXIS_ORPHAN", "RX_ADD_UNEXPECTED", "RX_ONE_EYE", "RX_OPP_SIGN")


def random_orders(count: int, offer: Offer, seed: int) -> Iterator[OrderDraft]:
    """So many drafts over every design, material, colour, treatment, tint, frame and urgency the catalog offers."""
    chance = random.Random(seed)
    for _ in range(count):
        yield _wild(chance, offer) if chance.random() < 0.25 else _likely(chance, offer)


def _likely(chance: random.Random, offer: Offer) -> OrderDraft:
    design = chance.choice(offer.designs)
    lens = {"progressive", "bifocal", "trifocal", "occupational"}
    written: dict[str, str] = {}
    base = _quarter(chance, chance.gauss(-1, 2.5))
    add = f"{chance.choice([0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 3, 3.5]):+.2f}"
    for eye in ("od", "os"):
        written[f"{eye}_sphere"] = f"{base + _quarter(chance, chance.gauss(0, 0.5)):+.2f}"
        if chance.random() < 0.6:
            written[f"{eye}_cylinder"] = f"{_quarter(chance, chance.gauss(-0.75, 1)):+.2f}"
            written[f"{eye}_axis"] = str(chance.randint(1, 180))
        if design.group in lens or chance.random() < 0.03:
            written[f"{eye}_add"] = add
        if design.group in lens or chance.random() < 0.3:
            written[f"{eye}_height"] = f"{chance.gauss(19, 1.5):.1f}"
        if chance.random() < 0.05:
            written[f"{eye}_prism"], written[f"{eye}_base"] = f"{chance.uniform(0.25, 6):.2f}", _base(chance)
        written[f"{eye}_pd"] = f"{chance.gauss(31.5, 1.5):.1f}"
    if chance.random() < 0.4:
        written["pd"] = f"{float(written['od_pd']) + float(written['os_pd']) + chance.choice([0, 0, 0.4, 1]):.1f}"
        if chance.random() < 0.7:
            del written["od_pd"], written["os_pd"]
    if chance.random() < 0.2:
        written["near_pd"] = f"{chance.gauss(60, 3):.1f}"
    written |= _frame(chance)
    family = design.group if chance.random() < 0.5 else ""
    draft = _draft(chance, offer, written, design.id, family)
    made = offer.rules.design[design.id].materials if offer.rules and chance.random() < 0.95 else ()
    return draft.model_copy(update={"material": chance.choice(made)} if made else {})


def _wild(chance: random.Random, offer: Offer) -> OrderDraft:
    written: dict[str, str] = {}
    for eye in ("od", "os"):
        for part, low, high in (
            ("sphere", -30, 30), ("cylinder", -12, 12), ("add", -1, 4.5), ("prism", 0, 20), ("prism_2", 0, 12),
            ("pd", 0, 60), ("height", 0, 45),
        ):  # fmt: skip
            if chance.random() < (0.9 if part == "sphere" else 0.45):
                written[f"{eye}_{part}"] = f"{chance.uniform(low, high):.{chance.choice([0, 1, 2, 2, 3])}f}"
        if chance.random() < 0.6:
            written[f"{eye}_axis"] = str(chance.choice([0, 1, 90, 180, 181, chance.randint(0, 999)]))
        for suffix in ("", "_2"):
            if chance.random() < 0.4:
                written[f"{eye}_base{suffix}"] = _base(chance)
    for name, high in (("pd", 120), ("near_pd", 100), ("back_vertex_distance", 30), ("pantoscopic_tilt", 40),
                       ("wrap_angle", 50)):  # fmt: skip
        if chance.random() < 0.3:
            written[name] = f"{chance.uniform(0, high):.1f}"
    written |= _frame(chance, spread=chance.uniform(1, 8))
    design = chance.choice([*(one.id for one in offer.designs), "", "no-such-design"])
    family = chance.choice(["", "", "single_vision", "bifocal", "trifocal", "progressive", "occupational"])
    return _draft(chance, offer, written, design, family, wild=True)


def _draft(
    chance: random.Random, offer: Offer, written: dict[str, str], design: str, family: str, *, wild: bool = False
) -> OrderDraft:
    treatments = [choice.id for group in offer.treatments for choice in group.choices]
    coatings = [group.choices[0].id for group in offer.treatments[:2] if group.choices]  # a hard coat, and mostly an AR
    coatings = coatings[: chance.choice([0, 1, 2, 2, 2])]
    if wild or chance.random() < 0.15:
        coatings = chance.sample([*treatments, "no-such-coating"], chance.randint(0, 5))
    tint = chance.choice([choice.id for choice in offer.tints]) if offer.tints and chance.random() < 0.1 else ""
    if tint and chance.random() < 0.85:
        written["tint_density"] = str(chance.choice([5, 15, 25, 50, 75, 80, 85, 95, 100]))
    unusual = ["", "no-such-thing"] if wild else [""]
    return OrderDraft(
        written=written,
        eye=chance.choice(["both"] * 9 + ["right", "left"]),
        balance=chance.random() < 0.1,
        lens_type=family,
        design=design,
        material=chance.choice([*(one.id for one in offer.materials), *unusual]),
        colour=chance.choice([*["clear"] * 20, *(one.id for one in offer.colours), *unusual]),
        coatings=tuple(coatings),
        tint=tint,
        frame_type=chance.choice([*["full_rim"] * 8, *(one.id for one in offer.frame_types), ""]),
        frame_status=chance.choice(["supplied", "supplied", "to_come", "lab_supplies", "uncut", ""]),
        urgency=chance.choice([one.id for one in offer.urgencies]),
        confirmations=tuple(
            Ticked(code=code, eye=chance.choice([None, "right", "left", "both"]), by="someone", at=datetime.now(UTC))
            for code in (chance.sample(CONFIRMABLE, 3) if chance.random() < 0.2 else ())
        ),
    )


def _frame(chance: random.Random, spread: float = 1) -> dict[str, str]:
    if chance.random() < 0.08:
        return {}
    figures = {"a": (52, 4), "b": (36, 5), "dbl": (18, 2), "ed": (55, 4)}
    return {
        f"frame_{part}": f"{chance.gauss(mean, width * spread):.1f}"
        for part, (mean, width) in figures.items()
        if chance.random() < 0.95
    }


def _quarter(chance: random.Random, value: float) -> float:
    """Steps of a quarter, now and then an eighth."""
    step = 0.125 if chance.random() < 0.05 else 0.25
    return round(value / step) * step


def _base(chance: random.Random) -> str:
    return chance.choice(["in", "out", "up", "down"])
