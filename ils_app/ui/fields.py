"""Form fields that never lose a keystroke, and their messages.

Every text field is *uncontrolled*: the browser owns what is in it. `default` is the value it starts with, each change
is sent to `on_edit(name, value)`, and nothing the server answers is ever written into it. To replace what was entered
(another draft was opened, the cylinder was transposed) count up the `epoch` given to the fields: they start afresh
with their `default`. A field nobody has touched follows its `default` by itself, so a draft may arrive late.

`on_edit` is one state event for the whole form, `async def edit(self, name: str, value: str)`. Do not debounce it:
Reflex counts a debounce per handler, so the next field would swallow the last one's value. Do not mark it
`supersedes=True` for the same reason; supersede the background check it starts.

`problem` is the message for the field, empty for none (`State.problems["email"]`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx
from reflex_components_core.el.element import Element

from ils_app.ui.buttons import button, classes, icon_button


class NativeForm(Element):
    """A form the browser itself posts to a route and follows the redirect of; for signing in and out.

    >>> NativeForm.create(..., action="/auth/sign-in", method="post")
    """

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    enc_type: rx.Var[str]
    auto_complete: rx.Var[str]


def hidden_field(name: str, value: Any) -> rx.Component:
    """A value that travels with a `NativeForm`."""
    return rx.el.input(type="hidden", name=name, value=value)


def form(*content: Any, on_submit: Any, **props: Any) -> rx.Component:
    """A form of the app: `on_submit(form_data)` gets every named field as it stands at that moment.

    `auto_complete="off"`: a browser that reloads the page would put back what it remembers of the fields, over what
    they start with; a field that is to be completed says so itself.
    """
    return rx.el.form(
        *content, on_submit=on_submit, class_name="ils-form", no_validate=True, auto_complete="off", **props
    )


def field_id(name: str) -> str:
    """The element id of the field of that name."""
    return f"f-{name}"


def field_problem(name: str, text: Any, *, tone: Literal["bad", "warn"] = "bad") -> rx.Component:
    """The message beside a field; the field of that name points at it with `aria-describedby`."""
    glyph = rx.icon("circle-x" if tone == "bad" else "circle-alert", size=14, aria_hidden="true")
    return rx.el.div(
        rx.cond(text, rx.el.p(glyph, rx.el.span(text), class_name=f"ils-problem ils-ink-{tone}")),
        id=f"{field_id(name)}-problem",
        aria_live="polite",
    )


def _epoch_key(name: str, epoch: Any) -> dict[str, Any]:
    if epoch is None:
        return {}
    return {"key": rx.Var.create(f"{name}:") + epoch.to_string() if isinstance(epoch, rx.Var) else f"{name}:{epoch}"}


def _wiring(name: str, on_edit: Any, problem: Any, epoch: Any, hint: Any = None) -> dict[str, Any]:
    """The attributes all fields share: name, id, change event, message, remount key."""
    described = [f"{field_id(name)}-hint"] if hint is not None else []
    # the id goes past Reflex, which would send every field of a form a second time under it
    wired: dict[str, Any] = {"name": name, "custom_attrs": {"id": field_id(name)}, **_epoch_key(name, epoch)}
    if on_edit is not None:
        wired["on_change"] = lambda value: on_edit(name, value)
    if problem is not None:
        described.append(f"{field_id(name)}-problem")
        wired["aria_invalid"] = rx.cond(problem, "true", "false")
    if described:
        wired["aria_describedby"] = " ".join(described)
    return wired


def _labelled(label: Any, control: rx.Component, name: str, problem: Any, hint: Any, aside: Any = None) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.label(label, html_for=field_id(name)),
            aside if aside is not None else None,
            class_name="ils-label",
        ),
        control,
        rx.el.p(hint, id=f"{field_id(name)}-hint", class_name="ils-hint") if hint is not None else None,
        field_problem(name, problem) if problem is not None else None,
        class_name="ils-field",
    )


def text_field(
    name: str,
    label: Any,
    *,
    default: Any = "",
    on_edit: Any = None,
    problem: Any = None,
    hint: Any = None,
    epoch: Any = None,
    aside: Any = None,
    mono: bool = False,
    type: Literal["text", "email", "password", "tel", "url"] = "text",
    **props: Any,
) -> rx.Component:
    """One line of text. `mono` for numbers and codes; further `props` go to the input (`auto_complete`, `required`)."""
    control = rx.el.input(
        type=type,
        default_value=default,
        class_name=classes("ils-input", "ils-mono" if mono else None),
        **_wiring(name, on_edit, problem, epoch, hint),
        **props,
    )
    return _labelled(label, control, name, problem, hint, aside)


def textarea(
    name: str,
    label: Any,
    *,
    default: Any = "",
    on_edit: Any = None,
    problem: Any = None,
    hint: Any = None,
    epoch: Any = None,
    rows: int = 3,
    mono: bool = False,
    **props: Any,
) -> rx.Component:
    """Several lines of text. `mono` for data and code."""
    control = rx.el.textarea(
        default_value=default,
        rows=str(rows),
        class_name=classes("ils-input", "ils-textarea", "ils-mono" if mono else None),
        **_wiring(name, on_edit, problem, epoch, hint),
        **props,
    )
    return _labelled(label, control, name, problem, hint)


def date_field(
    name: str,
    label: Any,
    *,
    default: Any = "",
    on_edit: Any = None,
    problem: Any = None,
    hint: Any = None,
    epoch: Any = None,
    **props: Any,
) -> rx.Component:
    """A day, as `YYYY-MM-DD`, in the reader's own order of day and month."""
    control = rx.el.input(
        type="date",
        default_value=default,
        class_name="ils-input",
        **_wiring(name, on_edit, problem, epoch, hint),
        **props,
    )
    return _labelled(label, control, name, problem, hint)


def time_field(
    name: str, spoken_label: str, *, default: Any = "", on_edit: Any = None, epoch: Any = None, **props: Any
) -> rx.Component:
    """A time of day, as `HH:MM`, in a row that says beside it what it is of; `spoken_label` names it by itself."""
    return rx.el.input(
        type="time",
        default_value=default,
        aria_label=spoken_label,
        class_name="ils-input",
        **_wiring(name, on_edit, None, epoch),
        **props,
    )


@dataclass(frozen=True)
class Option:
    """One entry of a `select_field`."""

    value: str
    label: str
    disabled: bool = False


def select_field(
    name: str,
    label: Any,
    options: rx.Var[list[Option]] | Sequence[Option],
    *,
    default: Any = "",
    on_edit: Any = None,
    problem: Any = None,
    hint: Any = None,
    epoch: Any = None,
    **props: Any,
) -> rx.Component:
    """One of a list, as the system's own select: quick by keyboard, right on a phone."""
    control = rx.el.select(
        rx.foreach(options, lambda option: rx.el.option(option.label, value=option.value, disabled=option.disabled)),
        default_value=default,
        class_name="ils-input ils-select",
        **_wiring(name, on_edit, problem, epoch, hint),
        **props,
    )
    return _labelled(label, control, name, problem, hint)


def _tick(
    name: str, label: Any, default: Any, on_edit: Any, epoch: Any, hint: Any, switch: bool, props: Any
) -> rx.Component:
    wired = _wiring(name, None, None, epoch, hint)
    if on_edit is not None:
        wired["on_change"] = lambda checked: on_edit(name, checked)
    if switch:
        wired["role"] = "switch"
    box = rx.el.input(
        type="checkbox",
        default_checked=default,
        class_name="ils-switch" if switch else "ils-checkbox",
        **wired,
        **props,
    )
    return rx.el.div(
        rx.el.label(box, rx.el.span(label), html_for=field_id(name), class_name="ils-tick"),
        rx.el.p(hint, id=f"{field_id(name)}-hint", class_name="ils-hint") if hint is not None else None,
        class_name="ils-field",
    )


def checkbox(
    name: str,
    label: Any,
    *,
    default: Any = False,
    on_edit: Any = None,
    epoch: Any = None,
    hint: Any = None,
    **props: Any,
) -> rx.Component:
    """Yes or no, as part of a form; `on_edit(name, checked)` gets a bool."""
    return _tick(name, label, default, on_edit, epoch, hint, False, props)


def switch(
    name: str,
    label: Any,
    *,
    default: Any = False,
    on_edit: Any = None,
    epoch: Any = None,
    hint: Any = None,
    **props: Any,
) -> rx.Component:
    """On or off, with effect at once; `on_edit(name, checked)` gets a bool."""
    return _tick(name, label, default, on_edit, epoch, hint, True, props)


def search_field(
    name: str, label: str, *, on_edit: Any, default: Any = "", epoch: Any = None, **props: Any
) -> rx.Component:
    """A field that filters what is below it while typing; `label` is its placeholder and its name."""
    return rx.el.div(
        rx.icon("search", size=15, aria_hidden="true"),
        rx.el.input(
            type="search",
            default_value=default,
            placeholder=label,
            aria_label=label,
            auto_complete="off",
            class_name="ils-search-input",
            **_wiring(name, on_edit, None, epoch),
            **props,
        ),
        class_name="ils-search",
    )


def file_drop(
    upload_id: str, label: Any, *, on_drop: Any, accept: Mapping[str, Sequence[str]] | None = None, hint: Any = None
) -> rx.Component:
    """A place to drop or pick a file. `on_drop(files)` is a Reflex upload handler; the server checks size and kind."""
    zone = rx.upload.root(
        rx.icon("file-up", size=18, aria_hidden="true"),
        rx.el.span(label, class_name="ils-strong"),
        rx.el.span(hint, class_name="ils-muted") if hint is not None else rx.fragment(),
        id=upload_id,
        accept={kind: list(endings) for kind, endings in accept.items()} if accept else None,
        multiple=False,
        on_drop=on_drop,
        class_name="ils-drop",
        border="",
        padding="",
    )
    zone.children[0].children[0].custom_attrs["aria-label"] = label  # Reflex gives the hidden input no name
    return zone


def submit_button(
    label: Any,
    *,
    busy: rx.Var[bool] | None = None,
    disabled: Any = False,
    detail: Any = None,
    wide: bool = True,
    **props: Any,
) -> rx.Component:
    """Sends the form it stands in; Cmd or Ctrl with Enter presses it from any field of the page.

    `detail` stands at its end ("1 to fix, 1 to confirm"). After it was pressed, the first field with a problem gets
    the focus.
    """
    return button(
        label,
        kind="primary",
        type="submit",
        busy=busy,
        disabled=disabled,
        detail=detail,
        shortcut="mod+enter",
        data_submit="true",
        data_wide="true" if wide else "false",
        **props,
    )


def password_field(name: str, label: Any, *, problem: Any = None, current: bool = True, **props: Any) -> rx.Component:
    """A password, with a button that shows it. `current`: the existing one, else a new one."""
    shown = icon_button("eye", "Show password", data_reveal=field_id(name), aria_pressed="false")
    control = rx.el.div(
        rx.el.input(
            type="password",
            class_name="ils-input",
            auto_complete="current-password" if current else "new-password",
            **_wiring(name, None, problem, None),
            **props,
        ),
        shown,
        class_name="ils-with-button",
    )
    return _labelled(label, control, name, problem, None)
