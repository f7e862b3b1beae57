"""Orders as JSON (short names like `sph`, or those of the typed access) made into what a VCA file is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ils_app.optics.findings import Eye, Finding, OpticsError, Severity
from ils_app.optics.vca.codecs import MOST_POINTS
from ils_app.optics.vca.fields import Field, Prescription
from ils_app.optics.vca.fields import number as vca_number
from ils_app.optics.vca.file import read
from ils_app.optics.vca.named import FindTrace, TraceMissing, bytes_of, trace_text
from ils_app.optics.vca.traces import LEAST_POINTS
from ils_app.optics.vca.writing import BY_EYE, OF_JOB, Value, VcaOrder, order_of
from lims_client.models import FrameType
from lims_client.optics.layout import frame_pd_mm
from lims_client.optics.prism import Side, prism_by_base, prism_polar
from lims_client.rules.short_names import MOUNTS

_SHORT = {
    "sph": "sphere_dpt", "cyl": "cylinder_dpt", "ax": "axis_deg", "axis": "axis_deg", "add": "add_dpt", "pd": "pd_mm",
    "npd": "near_pd_mm", "fh": "segment_height_mm", "seg": "segment_height_mm", "oc": "oc_height_mm",
    "prism": "prism_dpt", "base": "prism_base_deg", "bvd": "vertex_mm", "vertex": "vertex_mm", "panto": "panto_deg",
    "wrap": "wrap_deg", "ztilt": "wrap_deg", "corridor": "corridor_mm", "A": "hbox_mm", "B": "vbox_mm", "ED": "ed_mm",
    "FED": "ed_mm", "DBL": "dbl_mm", "CIRC": "circumference_mm", "ftyp": "frame_type", "fcrv": "curve_dpt",
    "id": "job", "design": "design", "material": "material_id", "colour": "colour", "index": "refractive_index",
}  # fmt: skip
_WRITABLE = BY_EYE | OF_JOB
# ETYP by the frame's type. It says how the edge is cut and not that the frame is for sport or safety.
_EDGES = {FrameType.FULL_RIM: 1, FrameType.SPORT: 1, FrameType.SAFETY: 1, FrameType.RIMLESS: 2,
          FrameType.SEMI_RIMLESS: 3}  # fmt: skip
_UNCUT_EDGE = -1
_BASES = {"in": (1, 0), "out": (-1, 0), "up": (0, 1), "down": (0, -1)}
_BINOCULAR_FROM_MM = 45
# What is written in another way below.
_ELSEWHERE = {"right", "left", "frame", "trace", "mount", "treatments", "radii"}
_DRILL_FIELDS = 8  # of a hole: what is read and written again; what follows is its feature, mount and angles
_SIDES: tuple[tuple[str, Side], ...] = (("right", "R"), ("left", "L"))


def no_traces(name: str) -> bytes | None:
    """A folder of trace files with nothing in it."""
    return None


def order_from(given: Mapping[str, object], find_trace: FindTrace = no_traces) -> tuple[VcaOrder, list[str]]:
    """An order in JSON as its records, and the names in it that a VCA file cannot carry: nothing is lost unsaid.

    `right`, `left`: powers, PDs, heights, prism as amount and base or as a list of them; `frame`: A, B, DBL, ED …;
    `trace`: the text of a VCA file, or the name of one that `find_trace` has, whose shape is taken; or `radii`:
    {"R": [...], "L": [...]} in mm. Raises OpticsError when a value is of the wrong kind.
    """
    left_out: list[str] = []
    job: dict[str, Value] = {}
    eyes: dict[str, dict[str, Value]] = {"right": {}, "left": {}}
    for side, letter in _SIDES:
        group = _prisms(eyes[side], letter, f"{side}.", _group(given, side), left_out)
        for name, value in group.items():
            _put(eyes[side], BY_EYE, f"{side}.{name}", name, value, left_out)
    # what belongs to both eyes goes to those that are made, and to both when the order names none
    made = [values for values in eyes.values() if values] or list(eyes.values())
    rest = {name: value for name, value in given.items() if name not in _ELSEWHERE}
    _put_all(job, made, "frame.", _group(given, "frame"), left_out)
    _put_all(job, made, "", _each_eyes_pd(rest, made, left_out), left_out)
    _treatments(given, made, left_out)
    _mount(given.get("mount"), job, left_out)
    present = [side for side in eyes if any(name in Prescription.names() for name in eyes[side])]
    job.setdefault("eyes", "B" if len(present) != 1 else present[0][0].upper())
    _frame_pd(job, eyes)
    taken = _trace(given, find_trace, left_out)
    return VcaOrder(job, eyes["right"], eyes["left"], taken.radii, taken.holes), list(dict.fromkeys(left_out))


def _group(given: Mapping[str, object], name: str) -> Mapping[str, object]:
    group = given.get(name)
    if group is None:
        return {}
    if not isinstance(group, Mapping):
        raise _refused(f"`{name}` is a group of values, not {str(group)[:20]!r}.", name)
    return group


def _put_all(
    job: dict[str, Value],
    made: Sequence[dict[str, Value]],
    path: str,
    group: Mapping[str, object],
    left_out: list[str],
) -> None:
    for name, value in group.items():
        of_job = _SHORT.get(name, name) in OF_JOB
        for values in [job] if of_job else made:
            _put(values, _WRITABLE, path + name, name, value, left_out)


def _put(
    into: dict[str, Value],
    fields: Mapping[str, Field[object]],
    path: str,
    name: str,
    value: object,
    left_out: list[str],
) -> None:
    """A value by its name; what no record carries, and what says otherwise than a value already there, is left out."""
    known = _SHORT.get(name, name)
    field = fields.get(known)
    if value is None:
        return
    said = str(value).strip()
    if field is None or isinstance(value, (list, dict, bool)) or (field.words and not said):
        left_out.append(path)
        return
    parsed = field.parse(said)
    if not isinstance(parsed, (Decimal, float, int, str)):
        raise _refused(f"{path} is {said[:20]!r}, which is no value of {field.label}.", path)
    if into.setdefault(known, parsed) != parsed:
        left_out.append(path)


def _prisms(
    into: dict[str, Value], side: Side, path: str, group: Mapping[str, object], left_out: list[str]
) -> Mapping[str, object]:
    """Prisms with a base each become one amount and its base in degrees; gives back what else the group holds.

    A number with a number as its base, or with none, is a record's own values already.
    """
    said, base = group.get("prism"), group.get("base")
    rest = {name: value for name, value in group.items() if name != "prism"}
    if isinstance(base, str) and base.strip().lower() in _BASES and not isinstance(said, (list, Mapping)):
        said = {"amount": said, "base": rest.pop("base")}
    prisms = [said] if isinstance(said, Mapping) else said
    if not isinstance(prisms, list):
        return group
    parts = [_prism(one, side, f"{path}prism") for one in prisms]
    if None in parts:
        left_out.append(f"{path}prism")
    elif parts:
        inward, up = (sum(part[at] for part in parts if part is not None) for at in (0, 1))
        amount, base_deg = prism_polar(side, inward, up)
        into["prism_dpt"] = Decimal(str(round(amount, 2)))
        if into["prism_dpt"]:
            into["prism_base_deg"] = round(base_deg, 2) % 360
    return rest


def _prism(said: object, side: Side, path: str) -> tuple[float, float] | None:
    """(in, up) of one prism in prism dioptres; None for one without a base that is understood."""
    if not isinstance(said, Mapping):
        return None
    amount, base = vca_number(str(said.get("amount")).strip()), str(said.get("base")).strip().lower()
    if amount is None:
        raise _refused(f"{path} has {str(said.get('amount'))[:20]!r} where its amount belongs.", path)
    if base in _BASES:
        return _BASES[base][0] * float(amount), _BASES[base][1] * float(amount)
    base_deg = vca_number(base)
    if base_deg is not None:
        return prism_by_base(side, float(amount), float(base_deg))
    return None if amount else (0.0, 0.0)


def _each_eyes_pd(
    group: Mapping[str, object], made: Sequence[Mapping[str, Value]], left_out: list[str]
) -> Mapping[str, object]:
    """What stands for the order, a binocular PD as half of it: IPD and NPD are each eye's. An eye's own counts."""
    split = dict(group)
    for name in ("pd", "npd"):
        both = vca_number(str(group.get(name)))
        if both is None or both < _BINOCULAR_FROM_MM:
            continue
        if any(_SHORT[name] in values for values in made):
            left_out.append(name)
            del split[name]
        else:
            split[name] = both / 2
    return split


def _treatments(given: Mapping[str, object], made: Sequence[dict[str, Value]], left_out: list[str]) -> None:
    """Treatments are one coating record, their names between commas."""
    names = given.get("treatments")
    if isinstance(names, list) and names and all(isinstance(one, str) for one in names):
        for values in made:
            if values.setdefault("coating", ",".join(names)) != ",".join(names):
                left_out.append("treatments")
    elif names:
        left_out.append("treatments")


def _mount(said: object, job: dict[str, Value], left_out: list[str]) -> None:
    """How the lens is held, as the kind of its edge."""
    if said is None:
        return
    word = str(said).strip()
    mount = MOUNTS.get(word, word)
    edge = _UNCUT_EDGE if mount == "uncut" else next((edge for kind, edge in _EDGES.items() if kind == mount), None)
    if edge is None or job.setdefault("edge_type", edge) != edge or mount in (FrameType.SPORT, FrameType.SAFETY):
        left_out.append("mount")


def _frame_pd(job: dict[str, Value], eyes: dict[str, dict[str, Value]]) -> None:
    a_right, a_left, dbl = eyes["right"].get("hbox_mm"), eyes["left"].get("hbox_mm"), job.get("dbl_mm")
    if isinstance(a_right, float) and isinstance(a_left, float) and isinstance(dbl, float):
        job.setdefault("frame_pd_mm", round(frame_pd_mm(a_right, a_left, dbl), 2))


def _trace(given: Mapping[str, object], find_trace: FindTrace, left_out: list[str]) -> VcaOrder:
    radii = given.get("radii")
    try:
        text = trace_text(given.get("trace"), find_trace)
    except TraceMissing as missing:
        raise _refused(f"The trace file {str(missing)[:80]} is not there.", "trace") from None
    if text is None and given.get("trace"):
        left_out.append("trace")
    if text is not None:
        if radii:
            left_out.append("radii")
        return _shape_of(text, left_out)
    if not isinstance(radii, Mapping):
        left_out += ["radii"] if radii else []
        return VcaOrder()
    left_out += [f"radii.{eye}" for eye in radii if eye not in {one.value for one in Eye}]
    of_eyes = {eye: radii[eye.value] for eye in Eye if eye.value in radii}
    return VcaOrder(radii={eye: _radii(numbers, eye.value) for eye, numbers in of_eyes.items()})


def _shape_of(text: str, left_out: list[str]) -> VcaOrder:
    file = read(bytes_of(text))
    if file.status != "ok":
        raise _refused(f"The trace cannot be used: {file.findings[0].message}", "trace")
    outlines = [trace.outline for trace in file.traces.values() if trace.outline is not None]
    if not outlines:
        left_out.append("trace")
    if any(outline.depths_mm is not None for outline in outlines):
        left_out.append("trace depths")
    drilled = [record.text.split(";") for record in file.document.all("DRILLE")]
    unread = any(one.code == "DRILL_FORM" for one in file.findings)
    if unread or any(field.strip() for fields in drilled for field in fields[_DRILL_FIELDS:]):
        left_out.append("trace drilling details")
    return order_of(file)


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
