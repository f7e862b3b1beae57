"""The door of this room; the verbs stand in `reading`, `lab`, `letterheads` and `own`."""

from ils_app.settings.reading import lab, letterhead, logo, preferences, working_day_after
from ils_app.settings.schemas import (
    Currency,
    Holiday,
    Hours,
    LabSettings,
    Letterhead,
    NotificationKind,
    Preferences,
    Theme,
)

__all__ = [
    "Currency",
    "Holiday",
    "Hours",
    "LabSettings",
    "Letterhead",
    "NotificationKind",
    "Preferences",
    "Theme",
    "lab",
    "letterhead",
    "logo",
    "preferences",
    "working_day_after",
]
