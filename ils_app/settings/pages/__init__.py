"""The settings room's pages: what everybody switches for themselves, and how the lab works for its administrator."""

from ils_app.kernel.roles import Role
from ils_app.settings.pages import lab, own
from ils_app.ui import routes
from ils_app.ui.navigation import Place

PLACES = (
    Place("Settings", "settings", routes.SETTINGS, tuple(role for role in Role if role is not Role.ADMIN), order=90),
    Place("Your settings", "settings", routes.SETTINGS, (Role.ADMIN,), order=90),
    Place("Lab settings", "sliders-horizontal", routes.LAB_SETTINGS, (Role.ADMIN,), group="Administration", order=73),
)

__all__ = ["PLACES", "lab", "own"]
