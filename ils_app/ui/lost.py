"""The pages for those who are somewhere they cannot be: not found, and not allowed."""

import reflex as rx

from ils_app.ui import buttons, layout, routes
from ils_app.ui.shell import bare_page


@rx.page(route="404", title="Not found · ILS")
def not_found() -> rx.Component:
    """No page has this address."""
    return bare_page(
        layout.paragraph("The link may be incomplete, or what it led to is not there any more."),
        layout.actions(buttons.link_button("To the first page", routes.HOME, kind="primary", icon="house")),
        title="There is no such page",
    )


@rx.page(route=routes.NOT_ALLOWED, title="Not allowed · ILS")
def not_allowed() -> rx.Component:
    """This role has no business here."""
    return bare_page(
        layout.paragraph(
            "Your present role does not open this page. If you hold another role, switch to it in the top bar; "
            "otherwise ask your administrator."
        ),
        layout.actions(buttons.link_button("To the first page", routes.HOME, kind="primary", icon="house")),
        title="This page is not for your role",
    )
