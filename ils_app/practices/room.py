"""The practices room's way to its tables, and what its pages listen to."""

from uuid import UUID

from ils_app.kernel.room import Room

LIST = "practices"
"""The topic of the list of practices: one was opened, renamed or changed."""

PRACTICE = "practice:"

room = Room("practices")


def topic(practice_id: UUID) -> str:
    """What open pages listen to for changes of this practice: profile, sites, roster, suppliers."""
    return f"{PRACTICE}{practice_id}"
