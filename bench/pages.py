"""The pages that are measured: where each is, the event it begins with, the var that shows a change; who looks on."""

from __future__ import annotations

import re

LAB, ECP = "lab@northlight.example", "ecp@harbour.example"
SESSIONS = 20
"""How many sessions a crowd of tabs shares."""
SESSION_STATE = "ils_app.ui.session.SessionState"


def event_name(*classes: str, event: str) -> str:
    """What an event is called on the socket: the states' full names from the first below Reflex's own, and its own.

    >>> event_name("ils_app.ui.session.SessionState", event="search")
    'reflex___state____state.ils_app___ui___session____session_state.search'
    """
    return ".".join(["reflex___state____state", *map(_state_name, classes), event])


def _state_name(path: str) -> str:
    module, _, name = path.rpartition(".")
    return f"{module.replace('.', '___')}____{re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower()}"


ORDERS = ("/orders", event_name(SESSION_STATE, "ils_app.orders.pages.order_list.OrdersState", event="load"), "changed")
FORM = (
    "/orders/new",
    event_name(SESSION_STATE, "ils_app.orders.pages.new_order.NewOrderState", event="load"),
    "rules_version",
)
BARE = ("/", event_name("bare.bare.Counter", event="arrive"), "value")
