"""The room itself: the way to its tables, and the topics open pages listen to."""

from typing import Final
from uuid import UUID

from ils_app.kernel.room import Room

room: Final = Room("settings")

LAB: Final = "settings:lab"
"""The lab's own settings and holidays, and whether it is open right now."""

LETTERHEAD: Final = "settings:letterhead:"
PERSON: Final = "settings:person:"


def letterhead_topic(organisation_id: UUID) -> str:
    """What open pages listen to for this organisation's name, address and logo."""
    return f"{LETTERHEAD}{organisation_id}"


def person_topic(user_id: UUID) -> str:
    """What a person's open pages listen to for their own theme and notifications."""
    return f"{PERSON}{user_id}"
