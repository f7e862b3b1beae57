"""The pages of the lab room, and what it hands to the shell."""

from ils_app.kernel.actor import Role
from ils_app.lab import service as lab
from ils_app.lab.pages import board_view
from ils_app.ui import routes
from ils_app.ui.navigation import Place

PLACES = (
    Place(
        "Board", "square-kanban", routes.BOARD, (Role.LAB, Role.ENGINEER), order=12, shortcut="B",
        count=lab.jobs_on_floor,
    ),
)  # fmt: skip

__all__ = ["PLACES", "board_view"]
