"""Orders as JSON (short names like `sph`, or those of the typed access) made into what a VCA file is written from."""

from __future__ import annotations

from collections.abc import Mapping

from ils_app.optics.findings import Eye, Finding, OpticsError, Severity
from ils_app.optics.geometry import datum_distance_mm
from ils_app.optics.vca.codecs import MOST_POINTS
from ils_app.optics.vca.fields import Frame, Job, Lens, Prescription
from ils_app.optics.vca.fields import number as vca_number
from ils_app.optics.vca.file import read
from ils_app.optics.vca.traces import LEAST_POINTS
from ils_app.optics.vca.writing import Value, VcaOrder, order_of

_SHORT = {
    "sph": "sphere_dpt", "cyl": "cylinder_dpt", "ax": "axis_deg", "axis": "axis_deg", "add": "add_dpt", "pd": "pd_mm",
    "npd": "near_pd_mm", "fh": "segment_height_mm", "seg": "segment_height_mm", "oc": "oc_height_mm",
    "prism": "prism_dpt", "base": "prism_base_deg", "bvd": "vertex_mm", "vertex": "vertex_mm", "panto": "panto_deg",
    "wrap": "wrap_deg", "corridor": "corridor_mm", "A": "hbox_mm", "B": "vbox_mm", "ED": "ed_mm", "FED": "ed_mm",
    "DBL": "dbl_mm", "CIRC": "circumference_mm", "ftyp": "frame_type", "fcrv": "curve_dpt", "id": "job",
    "design": "design", "material": "material_id", "colour": "colour", "index": "refractive_index",
}  # fmt: skip
_BY_EYE = {**Prescription.names(), **Lens.names(), **Frame.names()}
_OF_JOB = Job.names()
_EDGES = {"full": 1, "rimless": 2, "drill": 2, "groove": 3, "nylor": 3, "uncut": -1}
# Words of an order that no VCA record carries, or that are written in another way below.
_ELSEWHERE = {"right", "left", "frame", "trace", "mount", "treatments", "radii", "note", "expect", "about"}


def order_from(given: Mapping[str, object]) -> tuple[VcaOrder, list[str]]:
    """An order in JSON as its records, and the names in it that a VCA file cannot carry.

    `right`, `left`: powers, PDs, heights; `frame`: A, B, DBL, ED …; `trace`: the text of a VCA file whose shape is
    taken; or `radii`: {"R": [...], "L": [...]} in mm. Raises OpticsError when a value is of the wrong kind.
    """
    left_out: list[str] = []
    job: dict[str, Value] = {}
    eyes: dict[str, dict[str, Value]] = {"right": {}, "left": {}}
    for side, values in eyes.items():
        for name, value in _group(given, side).items():
            _put(values, f"{side}.{name}", name, value, left_out)
    for where, group in (("frame.", _group(given, "frame")), ("", given)):
        for name, value in group.items():
            if where == "" and name in _ELSEWHERE:
                continue
            known = _SHORT.get(name, name)
            if known in _OF_JOB:
                _put(job, where + name, name, value, left_out)
            else:
                for values in eyes.values():
                    if values:
                        _put(values, where + name, name, value, left_out)
    _treatments(given, eyes, left_out)
    mount = given.get("mount")
    if isinstance(mount, str) and mount in _EDGES:
        job.setdefault("edge_type", _EDGES[mount])
    present = [side for side in eyes if any(name in Prescription.names() for name in eyes[side])]
    job.setdefault("eyes", "B" if len(present) != 1 else present[0][0].upper())
    _frame_pd(job, eyes)
    taken = _trace(given)
    return VcaOrder(job, eyes["right"], eyes["left"], taken.radii, taken.holes), list(dict.fromkeys(left_out))


def _group(given: Mapping[str, object], name: str) -> Mapping[str, object]:
    group = given.get(name)
    if group is None:
        return {}
    if not isinstance(group, Mapping):
        raise _refused(f"`{name}` is a group of values, not {str(group)[:20]!r}.", name)
    return group


def _put(into: dict[str, Value], path: str, name: str, value: object, left_out: list[str]) -> None:
    known = _SHORT.get(name, name)
    field = _BY_EYE.get(known) or _OF_JOB.get(known)
    if value is None:
        return
    if field is None or isinstance(value, (list, dict, bool)):
        left_out.append(path)
        return
    said = str(value).strip()
    numeric = known.endswith(("_dpt", "_mm", "_deg")) or known in ("refractive_index", "frame_type", "edge_type")
    if numeric:
        number = vca_number(said)
        if number is None:
            raise _refused(f"{path} is {said[:20]!r} where a number belongs.", path)
        whole = known in ("frame_type", "edge_type")
        into[known] = int(number) if whole else number if known.endswith("_dpt") else float(number)
    elif said:
        into[known] = said


def _treatments(given: Mapping[str, object], eyes: dict[str, dict[str, Value]], left_out: list[str]) -> None:
    """Treatments are one coating record, their names between commas."""
    names = given.get("treatments")
    if isinstance(names, list) and names and all(isinstance(one, str) for one in names):
        for values in eyes.values():
            if values:
                values["coating"] = ",".join(names)
    elif names:
        left_out.append("treatments")


def _frame_pd(job: dict[str, Value], eyes: dict[str, dict[str, Value]]) -> None:
    a_right, a_left, dbl = eyes["right"].get("hbox_mm"), eyes["left"].get("hbox_mm"), job.get("dbl_mm")
    if isinstance(a_right, float) and isinstance(a_left, float) and isinstance(dbl, float):
        job.setdefault("frame_pd_mm", round(datum_distance_mm(a_right, a_left, dbl), 2))


def _trace(given: Mapping[str, object]) -> VcaOrder:
    text, radii = given.get("trace"), given.get("radii")
    if isinstance(text, str):
        file = read(text.encode("utf-8"))
        if file.status != "ok":
            raise _refused(f"The trace cannot be used: {file.findings[0].message}", "trace")
        return order_of(file)
    if isinstance(radii, Mapping):
        of_eyes = {eye: radii[eye.value] for eye in Eye if eye.value in radii}
        return VcaOrder(radii={eye: _radii(numbers, eye.value) for eye, numbers in of_eyes.items()})
    return VcaOrder()


def _radii(numbers: object, eye: str) -> tuple[int, ...]:
    if (
        isinstance(numbers, list)
        and LEAST_POINTS <= len(numbers) <= MOST_POINTS
        and all(isinstance(one, (int, float)) and 5 < one <= 45 for one in numbers)
    ):
        return tuple(round(one * 100) for one in numbers)
    raise _refused(f"radii.{eye} is not a list of {LEAST_POINTS} to {MOST_POINTS} radii between 5 and 45 mm.", "radii")


def _refused(said: str, field: str) -> OpticsError:
    return OpticsError(Finding("VCA_WRITE", Severity.ERROR, said, None, field, "Correct the order."))
