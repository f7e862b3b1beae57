"""The room itself: the way to its tables."""

from typing import Final
from uuid import UUID

from ils_app.kernel.room import Room

room: Final = Room("notifications")

MAILS: Final = "mails"
"""What the administrators' page of mails listens to."""


def topic(user_id: UUID) -> str:
    """What every open tab of a person listens to for news."""
    return f"notifications:{user_id}"
