"""Worked numbers: what the formulae must give, from a file shaped like `vectors.json`, and every difference told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from ils_app.optics.json_text import parse
from ils_app.optics.lens.tolerances import tolerances
from lims_client.optics import layout, powers, prism, surfaces
from lims_client.optics.layout import Point

FULL_TURN, HALF_TURN = 360, 180


class Traced(Protocol):
    """What a worked number asks of a trace file."""

    def outline(self, eye: str) -> Sequence[Point]:
        """The outline of `R` or `L` about its box centre, in millimetres."""

    def record(self, label: str) -> Sequence[float | None]:
        """The values of a chiral record, right and left."""


FindTrace = Callable[[str], Traced | None]


@dataclass
class Tally:
    """How many numbers agreed or not, how many could not be tried, and what differed."""

    checked: int = 0
    skipped: int = 0
    differences: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def compare(self, place: str, worked: Any, found: float | None, *, turn: int | None = None) -> None:
        """Count one worked number; `turn` makes it an angle that comes round (360, or 180 for an axis)."""
        self.checked += 1
        if not agrees(worked, found, turn=turn):
            self.differences.append(f"{place}: the file says {_shown(worked)}, the formula {_shown(found)}")

    def compare_words(self, place: str, worked: Any, found: str) -> None:
        """Count one worked text."""
        self.checked += 1
        if str(worked) != found:
            self.differences.append(f"{place}: the file says {worked!r}, the formula {found!r}")

    def last_line(self) -> str:
        return f"checked={self.checked} differences={len(self.differences)} skipped={self.skipped}"


def agrees(worked: Any, found: float | None, *, turn: int | None = None) -> bool:
    """Whether a value is within half a unit of the last printed digit of a worked number; None agrees with None.

    >>> agrees(Decimal("2.24"), 2.2361), agrees(Decimal("2.23"), 2.2361), agrees(None, None)
    (True, False, True)
    """
    if worked is None or found is None:
        return worked is None and found is None
    exponent = worked.as_tuple().exponent
    half = 0.5 * 10.0 ** (exponent if isinstance(exponent, int) else 0)
    apart = abs(float(worked) - found)
    if turn is not None:
        apart = min(apart % turn, turn - apart % turn)
    return apart <= half * (1 + 1e-9) + 1e-12


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else "nothing" if value is None else str(value)


def read_vectors(text: bytes | str) -> dict[str, Any]:
    """The file's sections, each number as it is printed.

    Raises `OpticsError` for what is no JSON and `ValueError` for what is no such file.
    """
    read = parse(text, exact=True)
    if not isinstance(read, dict):
        raise ValueError("a file of worked numbers is one JSON object of sections")
    return read


def verify(vectors: Mapping[str, Any], find_trace: FindTrace) -> Tally:
    """Evaluate every worked number; `find_trace` gives the trace file of a name, or None."""
    tally = Tally()
    for name, section in vectors.items():
        check = _SECTIONS.get(name)
        if check is None:
            tally.notices.append(f"{name}: no formula of this name; not checked")
            tally.skipped += 1
            continue
        for place, case in _cases(name, section):
            try:
                check(tally, place, case, find_trace)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError) as error:
                tally.checked += 1
                tally.differences.append(f"{place}: cannot be evaluated ({type(error).__name__}: {error})")
    return tally


def _cases(name: str, section: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(section, Mapping) and isinstance(section.get("examples"), list):
        section = section["examples"]
    if isinstance(section, list):
        yield from ((f"{name}[{place}]", case) for place, case in enumerate(section))
    else:
        yield name, section


def _float(value: Any) -> float:
    if value is None:
        raise ValueError("a number is missing")
    return float(value)


def _floats(values: Sequence[Any]) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


def _lens(values: Sequence[Any]) -> tuple[float, float, float | None]:
    """(sphere, cylinder, axis) of a case; a cylinder left out is none."""
    sphere, cylinder, axis = (*_floats(values), None, None, None)[:3]
    return _float(sphere), cylinder or 0.0, axis


def _side(value: Any) -> prism.Side:
    if value not in ("R", "L"):
        raise ValueError(f"the eye is R or L, not {value!r}")
    return "R" if value == "R" else "L"


def _triple(tally: Tally, place: str, worked: Sequence[Any], found: Sequence[float | None]) -> None:
    for number, (value, got) in enumerate(zip(worked, found, strict=True)):
        tally.compare(f"{place}.out[{number}]", value, got, turn=HALF_TURN if number == 2 else None)


def _transpose(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    _triple(tally, place, case["out"], powers.transpose(*_lens(case["inp"])))


def _vertex(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    *lens, tested, worn = case["inp"]
    _triple(tally, place, case["out"], powers.at_vertex(*_lens(lens), _float(tested), _float(worn)))


def _meridian(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    *lens, meridian = case["inp"]
    tally.compare(f"{place}.out", case["out"], powers.meridian_power_dpt(*_lens(lens), _float(meridian)))


def _prism_by_base(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    eye, amount, base = case["inp"]
    inward, up = prism.prism_by_base(_side(eye), _float(amount), _float(base))
    worked = case["out"]
    tally.compare(f"{place}.out.in_out", worked["in_out"], inward)
    tally.compare(f"{place}.out.up", worked["up"], up)
    if "words" in worked:
        tally.compare_words(f"{place}.out.words", _no_side_of_nothing(worked["words"]),
                            _no_side_of_nothing(prism.prism_words(inward, up)))  # fmt: skip


def _no_side_of_nothing(words: str) -> str:
    """A prism of 0.00 has no base: `0.00 OUT` and `0.00 IN` say the same."""
    return re.sub(r"\b0\.00 (IN|OUT|UP|DOWN)", "0.00", words)


def _prism_polar(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    eye, inward, up = case["inp"]
    amount, base = prism.prism_polar(_side(eye), _float(inward), _float(up))
    tally.compare(f"{place}.out[0]", case["out"][0], amount)
    tally.compare(f"{place}.out[1]", case["out"][1], base, turn=FULL_TURN)


def _prentice(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    *lens, x, y = case["inp"]
    found = prism.prentice(*_lens(lens), _float(x), _float(y))
    for number, value in enumerate(case["out"]):
        tally.compare(f"{place}.out[{number}]", value, found[number])


def _near_imbalance(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    right, left, depth = case["inp"]
    tally.compare(f"{place}.out", case["out"], prism.near_imbalance(_lens(right), _lens(left), _float(depth)))


def _sag(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    power, index, radius = map(_float, case["inp"])
    tally.compare(f"{place}.out", case["out"], surfaces.sag_mm(power, index, radius))


def _base_curve(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    sphere, cylinder, add = (value or 0.0 for value in (*_floats(case["rx"]), 0.0, 0.0)[:3])
    found = {
        "se": powers.spherical_equivalent_dpt(sphere, cylinder),
        "vogel": surfaces.base_by_vogel_dpt(sphere, cylinder),
        "boddy": surfaces.base_by_boddy_dpt(sphere, cylinder, add),
    }
    for name, value in found.items():
        if name in case:
            tally.compare(f"{place}.{name}", case[name], value)


def _surface_power(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    tally.compare(f"{place}.true", case["true"], surfaces.true_power_dpt(_float(case["F530"]), _float(case["n"])))


def _tilt(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    sphere, cylinder = powers.tilted(*map(_float, case["inp"]))
    tally.compare(f"{place}.out.sphere", case["out"]["sphere"], sphere)
    tally.compare(f"{place}.out.induced_cyl", case["out"]["induced_cyl"], cylinder)


def _ansi(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    kind, *rest = case["inp"]
    sphere, cylinder, axis, add = (*_floats(rest), None, None, None, None)[:4]
    found = tolerances("ANSI Z80.1", kind, _float(sphere), cylinder or 0.0, axis, add)
    for name, value in case["out"].items():
        tally.compare(f"{place}.out.{name}", value, getattr(found, name))


def _layout(tally: Tally, place: str, case: Any, find_trace: FindTrace) -> None:
    height = next((case[name] for name in ("OCHT", "SEGHT") if case.get(name) is not None), None)
    pds = case["IPD"] if isinstance(case["IPD"], list) else [case["IPD"]]
    insets = [layout.inset_mm(_float(case["A"]), _float(case["DBL"]), _float(pd)) for pd in pds]
    heights = height if isinstance(height, list) else [height] * len(insets)
    rises = [layout.rise_mm(_float(one), _float(case["B"])) for one in heights] if height is not None else []
    for name, found in (("inset", insets), ("drop", rises)):
        for number, value in enumerate(_listed(case.get(name))):
            tally.compare(f"{place}.{name}[{number}]", value, found[number])
    says = case.get("file_says", {})
    for label, worked in says.items():
        if isinstance(worked, list):
            found = insets if label.endswith("IN") else rises
            _file_says(tally, f"{place}.file_says.{label}", label, says, worked, found, case["file"], find_trace)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _file_says(
    tally: Tally,
    place: str,
    label: str,
    says: Mapping[str, Any],
    worked: Sequence[Any],
    found: Sequence[float],
    file: str,
    find_trace: FindTrace,
) -> None:
    """FCSG is inset and rise; FCOC is that less BCSG, the way from the fitting cross to the optical centre.

    BCSG stands in the file only, so where the two differ the number waits for the file.
    """
    direction = label[-2:]
    segment = says.get(f"FCSG{direction}")
    between: Sequence[float | None] = [0.0] * len(worked)
    if label.startswith("FCOC") and segment is not None and list(segment) != list(worked):
        trace = find_trace(file)
        if trace is None:
            tally.skipped += len(worked)
            return
        between = trace.record(f"BCSG{direction}")
    for number, value in enumerate(worked):
        tally.compare(f"{place}[{number}]", value, found[number] - (between[number] or 0.0))


def _minimum_blank(tally: Tally, place: str, case: Any, find_trace: FindTrace) -> None:
    inset = layout.inset_mm(_float(case["A"]), _float(case["DBL"]), _float(case["mono_pd"]))
    if "inset" in case:
        tally.compare(f"{place}.inset", case["inset"], inset)
    rise = _float(case.get("oc_above_centre", Decimal(0)))
    wanted = ("A", "ED", "exact_cut_dia", "exact_plus_2", "rule_ED_2dec_2", "rule_ED_dec_2")
    trace = find_trace(case["file"])
    if trace is None:
        tally.skipped += sum(name in case for name in wanted)
        return
    outline = trace.outline(case["eye"])
    width = max(x for x, _ in outline) - min(x for x, _ in outline)
    diameter = layout.minimum_cut_mm(outline, (0.0, 0.0))
    inset = layout.inset_mm(width, _float(case["DBL"]), _float(case["mono_pd"]))
    centre = (inset if case["eye"] == "R" else -inset, rise)
    off = layout.decentration_mm(inset, rise)
    found = (
        width,
        diameter,
        layout.minimum_cut_mm(outline, centre),
        layout.minimum_blank_mm(outline, centre),
        layout.blank_by_rule_mm(diameter, off),
        layout.blank_by_short_rule_mm(diameter, inset),
    )
    for name, value in zip(wanted, found, strict=True):
        if name in case:
            tally.compare(f"{place}.{name}", case[name], value)


def _tilt_drop(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    said = re.search(r"(\d+(?:\.\d+)?)\s*mm per degree", str(case))
    if said is None:
        raise ValueError("no '… mm per degree' in it")
    tally.compare(place, Decimal(said[1]), layout.centre_drop_mm(1.0))


def _blank_of_stock(tally: Tally, place: str, case: Any, _: FindTrace) -> None:
    text = case["example"] if isinstance(case, Mapping) else str(case)
    said = re.search(r"=\s*(\d+(?:\.\d+)?)\s*->\s*blank\s+(\d+(?:\.\d+)?|none)\s+of\s+\[([^\]]*)\]", text)
    if said is None:
        raise ValueError("not written as '…=65.6 -> blank 70 of [55, 60, …]'")
    needed, worked, diameters = said[1], said[2], [float(one) for one in said[3].split(",")]
    found = layout.blank_of(diameters, float(needed))
    tally.compare(f"{place}.example", None if worked == "none" else Decimal(worked), found)


_SECTIONS: Mapping[str, Callable[[Tally, str, Any, FindTrace], None]] = {
    "transpose": _transpose,
    "vertex": _vertex,
    "meridian": _meridian,
    "prism_polar_to_cart": _prism_by_base,
    "prism_cart_to_polar": _prism_polar,
    "prentice": _prentice,
    "vertical_imbalance_at_near": _near_imbalance,
    "decentration_real": _layout,
    "minimum_blank": _minimum_blank,
    "sag": _sag,
    "base_curve": _base_curve,
    "surface_power_conversion": _surface_power,
    "martin_tilt": _tilt,
    "ansi_z80_1_tolerance": _ansi,
    "tilt_drop": _tilt_drop,
    "blank_stock": _blank_of_stock,
}
