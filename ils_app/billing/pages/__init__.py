"""The pages of the billing room."""

from ils_app.ui.navigation import Place

PLACES: tuple[Place, ...] = ()
