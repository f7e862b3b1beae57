"""The admin room's pages: the dashboard, requests for accounts, invitations, the audit."""

from ils_app.admin.pages import audit, home, invitations, requests
from ils_app.auth import service as auth
from ils_app.kernel.actor import Role
from ils_app.ui import routes
from ils_app.ui.navigation import Place

ADMIN = (Role.ADMIN,)
GROUP = "Administration"


PLACES = (
    Place("Overview", "layout-dashboard", routes.ADMIN, ADMIN, order=10),
    Place("Requests", "user-check", routes.REQUESTS, ADMIN, group=GROUP, order=68, count=auth.waiting, topic="people"),
    Place("Invitations", "mail", routes.INVITATIONS, ADMIN, group=GROUP, order=71),
    Place("Audit", "scroll-text", routes.AUDIT, ADMIN, group=GROUP, order=79),
)

__all__ = ["PLACES", "audit", "home", "invitations", "requests"]
