"""The room itself: the way to its tables, and a topic that other rooms listen to."""

from typing import Final

from ils_app.kernel.room import Room

room: Final = Room("auth")

ORGANISATION: Final = "organisation:"
"""With its id: what listens for an organisation being called otherwise."""
