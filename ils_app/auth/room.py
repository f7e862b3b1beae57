"""The room itself: the way to its tables."""

from typing import Final

from ils_app.kernel.room import Room

room: Final = Room("auth")
