"""A field that finds while typing: arrows move through the finds, Enter takes one, by keyboard alone.

The field is uncontrolled like every other (`ui/fields.py`); the keys are worked in `assets/ils.js`. Enter presses the
option that is marked, else the first.
"""

from collections.abc import Callable
from typing import Any

import reflex as rx

from ils_app.ui.fields import _labelled, _wiring

# Below its field on a phone too, where the finds of the top bar's search take the whole screen.
_BELOW = {"position": "absolute", "left": "-1px", "right": "-1px", "top": "calc(100% + 6px)", "min_width": "0"}


def combobox(
    name: str,
    label: Any,
    hits: rx.Var[list[Any]],
    *,
    on_edit: Any,
    on_pick: Callable[[Any], Any],
    title: Callable[[Any], Any],
    detail: Callable[[Any], Any],
    kind: Callable[[Any], Any],
    on_enter: Any = None,
    last: Any = None,
    last_shown: Any = False,
    on_last: Any = None,
    placeholder: str = "",
    problem: Any = None,
    hint: Any = None,
    said: Any = "",
    epoch: Any = None,
    **props: Any,
) -> rx.Component:
    """A labelled field and the finds below it.

    `on_edit(text)` fills `hits`; `on_pick(hit)` answers the event of taking one. `title`, `detail` and `kind` draw a
    hit. `last` is one more entry after the hits ("Add as a new patient"), there while `last_shown`, with its event
    `on_last`. `on_enter` hears Enter before an option is pressed, for what was typed faster than it was found. `said`
    is spoken to screen readers.
    """
    listed = rx.el.div(
        rx.foreach(hits, lambda hit, place: _option(name, place, on_pick(hit), title(hit), detail(hit), kind(hit))),
        rx.cond(last_shown, _last(name, last, on_last)) if last is not None else None,
        role="listbox",
        id=f"{name}-hits",
        aria_label=f"{label}: found",
        class_name="ils-hits",
        style=_BELOW,
    )
    some = (hits.length() > 0) | last_shown
    keys = {"on_key_down": lambda key, held: _on_enter(key, held, on_enter)} if on_enter is not None else {}
    wired = _wiring(name, None, problem, epoch, hint)
    control = rx.el.div(
        rx.icon("search", size=15, aria_hidden="true"),
        rx.el.input(
            type="text",
            default_value="",
            placeholder=placeholder,
            auto_complete="off",
            spell_check=False,
            role="combobox",
            aria_expanded=rx.cond(some, "true", "false"),
            aria_controls=f"{name}-hits",
            aria_autocomplete="list",
            class_name="ils-search-input",
            on_change=on_edit,
            **wired,
            **keys,
            **props,
        ),
        rx.cond(some, listed),
        rx.el.span(said, role="status", class_name="ils-hidden"),
        class_name="ils-search",
        data_combobox="true",
    )
    return _labelled(label, control, name, problem, hint)


def _option(name: str, place: Any, pick: Any, title: Any, detail: Any, kind: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(title, class_name="ils-strong"),
        rx.el.span(detail, class_name="ils-muted ils-clip"),
        rx.el.span(kind, class_name="ils-hit-kind ils-mono"),
        role="option",
        id=rx.Var.create(f"{name}-hit-") + place.to_string(),
        aria_selected="false",
        class_name="ils-hit",
        on_click=pick,
    )


def _last(name: str, words: Any, pick: Any) -> rx.Component:
    return rx.el.div(
        rx.icon("plus", size=14, aria_hidden="true"),
        rx.el.span(words),
        role="option",
        id=f"{name}-hit-last",
        aria_selected="false",
        class_name="ils-hit",
        on_click=pick,
    )


def _on_enter(key: rx.Var[str], held: Any, event: Any) -> Any:
    plain = (key == "Enter") & ~held["ctrl_key"] & ~held["meta_key"]
    return rx.cond(plain, event.prevent_default, rx.noop())
