"""What the forms of a practice's page share."""

from typing import Any

import reflex as rx

from ils_app.ui import feedback, fields, layout


def changed_elsewhere(theirs: Any) -> rx.Component:
    """What somebody else saved since the form was opened; empty when nobody did."""
    return rx.cond(
        theirs != "",
        feedback.callout(
            "warn", "This was changed elsewhere", layout.paragraph("It now says: ", theirs, ". Save to keep yours.")
        ),
    )


def address_fields(entry: Any, problems: Any, epoch: Any) -> rx.Component:
    """Name and address of a site."""
    given = {"epoch": epoch}
    return rx.fragment(
        fields.text_field("name", "Name of the site", default=entry["name"], problem=problems["name"], **given),
        fields.textarea("address_lines", "Address", default=entry["address_lines"], rows=3,
                        problem=problems["address_lines"], auto_complete="street-address", **given),
        layout.field_row(
            fields.text_field("postcode", "Postcode", default=entry["postcode"], problem=problems["postcode"],
                              auto_complete="postal-code", **given),
            fields.text_field("country", "Country", default=entry["country"], problem=problems["country"],
                              hint="Two letters, like GB.", auto_complete="country", **given),
        ),
    )  # fmt: skip
