"""What time it is, and what day it is in the lab."""

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

USUAL_ZONE: Final = ZoneInfo("Europe/London")
"""Where a lab is until it says otherwise."""

_lab_zone = USUAL_ZONE


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def lab_zone() -> ZoneInfo:
    """The lab's time zone, as the lab's settings have it."""
    return _lab_zone


def set_lab_zone(zone: ZoneInfo) -> None:
    """Take another zone for this process; the settings room does, at the start and whenever the lab changes it."""
    global _lab_zone
    _lab_zone = zone


def today_in_lab() -> date:
    """The calendar day at the lab; order numbers restart with its year."""
    return now().astimezone(_lab_zone).date()
