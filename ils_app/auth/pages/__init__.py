"""The auth room's pages: signing in, one's own account, and what administrators keep."""

from ils_app.auth.pages import account, links, organisations, people, sessions, setup, sign_in, sign_up
from ils_app.kernel.roles import Role
from ils_app.ui import routes
from ils_app.ui.navigation import Place

ADMIN = (Role.ADMIN,)

PLACES = (
    Place("Your account", "circle-user", routes.ACCOUNT, (Role.SUPPLIER,), order=60),
    Place("People", "users", routes.PEOPLE, ADMIN, group="Administration", order=70),
    Place("Organisations", "building-2", routes.ORGANISATIONS, ADMIN, group="Administration", order=71),
    Place("Sessions", "monitor-smartphone", routes.SESSIONS, ADMIN, group="Administration", order=72),
)

__all__ = ["PLACES", "account", "links", "organisations", "people", "sessions", "setup", "sign_in", "sign_up"]
