"""What time it is, and what day it is in the lab."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LAB_ZONE = ZoneInfo("Europe/London")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today_in_lab() -> date:
    """The calendar day at the lab; order numbers restart with its year."""
    return now().astimezone(LAB_ZONE).date()
