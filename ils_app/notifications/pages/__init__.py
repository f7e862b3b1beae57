"""The notifications room's pages: the bell of every page, everything one was told, and the administrators' mails."""

from ils_app.kernel.actor import Role
from ils_app.notifications import service as notifications
from ils_app.notifications.pages import centre, mails
from ils_app.notifications.pages.bell import arrived, bell
from ils_app.notifications.room import MAILS
from ils_app.ui import routes
from ils_app.ui.navigation import Place

PLACES = (
    Place(
        "Mail",
        "send",
        routes.MAILS,
        (Role.ADMIN,),
        group="Administration",
        order=74,
        count=notifications.mails_given_up,
        topic=MAILS,
    ),
)

__all__ = ["PLACES", "arrived", "bell", "centre", "mails"]
