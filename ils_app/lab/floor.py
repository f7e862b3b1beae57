"""The floor as data: which stages the board has, which stations lie in each, and where a job may be sent by hand.

Another lab's floor is another `FLOOR`; nothing else names a stage or a station. Codes of stations are the LIMS's.
"""

from dataclasses import dataclass, field
from typing import Final

from lims_client.models import JobStatus

QUEUED, MAKING, CHECK, PACKED, SHIPPED, COMPLETED, FAILED, HELD, CANCELLED = (
    JobStatus.QUEUED, JobStatus.IN_PRODUCTION, JobStatus.QUALITY_CHECK, JobStatus.READY_FOR_SHIPPING,
    JobStatus.SHIPPED, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.ON_HOLD, JobStatus.CANCELLED,
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """A column of the board: the statuses it holds and, where the LIMS tells one, the stations.

    `stations` maps the LIMS's code to the floor's own word. A stage without stations takes what no other claims;
    `if_empty` False leaves it out of the board while nothing stands in it.
    """

    key: str
    label: str
    status: JobStatus
    stations: dict[str, str] = field(default_factory=dict)
    if_empty: bool = True


FLOOR: Final = (
    Stage("queued", "Queued", QUEUED),
    Stage("making", "In production", MAKING, if_empty=False),
    Stage(
        "preparing",
        "Preparation",
        MAKING,
        {"ENTRY": "Entry", "PICK": "Picking", "TRACE": "Tracing", "TAPE": "Taping", "BLOCK": "Blocking"},
    ),
    Stage(
        "surfacing",
        "Surfacing",
        MAKING,
        {
            "GEN": "Generator", "POLISH": "Polishing", "ENGRAVE": "Engraving", "DEBLOCK": "Deblocking",
            "CLEAN": "Cleaning", "QC1": "Check after surfacing",
        },
    ),
    Stage("coating", "Coating", MAKING, {"HC": "Hard coat", "TINT": "Tint", "AR": "AR", "QC2": "Check after coating"}),
    Stage("edging", "Edging", MAKING, {"EDGE": "Edging", "DRILL": "Drilling", "MOUNT": "Mounting"}),
    Stage("inspection", "Inspection", CHECK, {"QC": "Inspection"}),
    Stage("packed", "Packed", PACKED, {"SHIP": "Packed"}),
)  # fmt: skip
SHIPPED_STAGE: Final = "shipped"
GONE: Final = "gone"

LABELS: Final = {stage.key: stage.label for stage in FLOOR} | {SHIPPED_STAGE: "Shipped", GONE: "Off the floor"}
STATIONS: Final = {code: word for stage in FLOOR for code, word in stage.stations.items()}
HALTED: Final = frozenset({HELD, FAILED})

STATUS_WORDS: Final = {
    QUEUED: "queued", MAKING: "in production", CHECK: "in inspection", PACKED: "packed", SHIPPED: "shipped",
    COMPLETED: "completed", FAILED: "failed", HELD: "on hold", CANCELLED: "cancelled",
}  # fmt: skip

BY_HAND: Final[dict[JobStatus, tuple[JobStatus, ...]]] = {
    QUEUED: (MAKING,),
    MAKING: (CHECK,),
    CHECK: (PACKED, MAKING),
    PACKED: (SHIPPED, CHECK),
    SHIPPED: (COMPLETED,),
    FAILED: (MAKING,),
}
"""Where a technician may send a job, the usual way first. The LIMS has the last word."""

MOVE_WORDS: Final[dict[tuple[JobStatus, JobStatus], str]] = {
    (QUEUED, MAKING): "Start production",
    (MAKING, CHECK): "To inspection",
    (CHECK, PACKED): "Passed: pack",
    (CHECK, MAKING): "Back to production",
    (PACKED, SHIPPED): "Ship",
    (PACKED, CHECK): "Back to inspection",
    (SHIPPED, COMPLETED): "Mark delivered",
    (FAILED, MAKING): "Back to production",
}


def stage_of(status: JobStatus, station: str = "") -> str | None:
    """The stage a job stands in; None for a halted one, which stays where it stood.

    >>> stage_of(MAKING, "AR"), stage_of(MAKING), stage_of(CHECK), stage_of(CANCELLED), stage_of(HELD)
    ('coating', 'making', 'inspection', 'gone', None)
    """
    if status in HALTED:
        return None
    if status is SHIPPED:
        return SHIPPED_STAGE
    here = [stage for stage in FLOOR if stage.status is status]
    named = next((stage for stage in here if station in stage.stations), None)
    plain = next((stage for stage in here if not stage.stations), None)
    found = named or plain or (here[0] if here else None)
    return found.key if found else GONE


def skipped(stage: str, to: JobStatus) -> tuple[str, ...]:
    """The stages a job in production would miss if it were sent to `to` by hand from `stage`.

    Where the LIMS tells no stations nobody knows, and none is named.

    >>> skipped("surfacing", CHECK), skipped("edging", CHECK), skipped("making", CHECK), skipped("inspection", PACKED)
    (('Coating', 'Edging'), (), (), ())
    """
    stations = [one for one in FLOOR if one.status is MAKING and one.stations]
    place = next((at for at, one in enumerate(stations) if one.key == stage), None)
    return () if to is not CHECK or place is None else tuple(one.label for one in stations[place + 1 :])


def led_by_lims(stage: Stage, seen: JobStatus | None) -> bool:
    """Whether only the LIMS brings a job seen as `seen` into this stage: its status, or a station further down.

    >>> [led_by_lims(stage, QUEUED) for stage in FLOOR if stage.key in ("preparing", "surfacing", "inspection")]
    [False, True, False]
    """
    way = [one for one in FLOOR if one.status is stage.status and one.stations]
    return stage.status is seen or stage in way[1:]


def station_word(station: str) -> str:
    """The floor's word for a station; the LIMS's own code where we have none."""
    return STATIONS.get(station, station)
