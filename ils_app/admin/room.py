"""The room itself; it keeps no tables, and reads the kernel's facts."""

from typing import Final

from ils_app.kernel.room import Room

room: Final = Room("admin")
