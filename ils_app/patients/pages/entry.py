"""The fields of a patient, and whom a new one looks like: drawn once, used by the page and by the picker."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from ils_app.patients.pages.rows import PatientLine
from ils_app.ui import feedback, fields, layout


def patient_fields(
    defaults: rx.Var[dict[str, str]],
    problems: rx.Var[dict[str, str]],
    *,
    on_edit: Any,
    epoch: Any,
    prefix: str = "",
    auto_focus: bool = False,
    **props: Any,
) -> rx.Component:
    """Given name, family name, date of birth, reference. `prefix` stands before the fields' names in a larger form."""

    def one(name: str, label: str, **more: Any) -> rx.Component:
        return fields.text_field(
            f"{prefix}{name}",
            label,
            default=defaults[name],
            problem=problems[name],
            on_edit=on_edit,
            epoch=epoch,
            auto_complete="off",
            **more,
            **props,
        )

    return layout.stack(
        layout.field_row(
            one("given_name", "Given name", auto_focus=auto_focus),
            one("family_name", "Family name"),
        ),
        layout.field_row(
            one("date_of_birth", "Date of birth", mono=True, hint="Like 14/03/1961 or 14 Mar 1961"),
            one("reference", "Your reference", mono=True, hint="If your practice has one"),
        ),
        gap="m",
    )


def alike_callout(
    alike: rx.Var[list[PatientLine]], *, take: Callable[[Any], rx.Component], insist: rx.Component
) -> rx.Component:
    """Whom a new patient looks like: each can be taken instead (`take(line)`), or the new one added all the same."""

    def line(patient: Any) -> rx.Component:
        who = layout.person(patient.name, rx.fragment(patient.number, " · ", patient.detail))
        return layout.row(who, take(patient), spread=True)

    return rx.cond(
        alike.length() > 0,
        feedback.callout(
            "warn",
            "You may already have this patient",
            layout.stack(rx.foreach(alike, line), gap="s"),
            action=insist,
        ),
    )


def problems_of(found: dict[str, str]) -> dict[str, str]:
    """A sentence, or nothing, for every field."""
    return {name: found.get(name, "") for name in ("given_name", "family_name", "date_of_birth", "reference")}


__all__ = ["alike_callout", "patient_fields", "problems_of"]
