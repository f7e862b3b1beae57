"""The suppliers room's way to its tables."""

from ils_app.kernel.room import Room

room = Room("suppliers")
