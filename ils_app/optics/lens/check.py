"""An order judged without a server: the same engine and rules as the LIMS's, on orders with short names or as sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ils_app.optics.lens.shape import read_trace
from ils_app.optics.vca.named import FindTrace, TraceMissing, trace_text
from lims_client.models import Configuration, Decision, Finding, Severity
from lims_client.rules import AccountStanding, EarlierOrder, Evaluation, Rules, evaluate
from lims_client.rules.short_names import from_short_names

LONG_AGO = timedelta(days=365)
_UNREADABLE_ORDER = (ValueError, TypeError, AttributeError, KeyError, ArithmeticError)


def check(order: Any, rules: Rules, today: date, find_trace: FindTrace) -> dict[str, Any]:
    """The answer on one order: its decision, findings and route, in plain values.

    `find_trace` gives the bytes of a trace file an order names. An order that cannot be read is rejected with
    `ORDER_UNREADABLE`; nothing is raised.
    """
    named = {"id": order["id"]} if isinstance(order, Mapping) and "id" in order else {}
    missing: list[Finding] = []
    try:
        configuration, standing = _read(order, rules, find_trace, missing)
        earlier = _earlier(order, rules, today)
    except _UNREADABLE_ORDER as error:
        return {**named, "decision": "reject", "findings": [_plain(_unreadable(error))], "route": None}
    verdict = evaluate(configuration, rules, account=standing, today=today, earlier=earlier, trace_reader=read_trace)
    decision = verdict.decision
    if missing and decision is Decision.ACCEPT:
        decision = Decision.WARN
    return {
        **named,
        "decision": decision.value,
        "findings": [_plain(one) for one in (*verdict.findings, *missing)],
        "route": route_of(verdict),
    }


def route_of(verdict: Evaluation) -> str | dict[str, str]:
    """One name when both lenses go the same way, else by eye (`R`, `L`)."""
    by_eye = {eye.value[0].upper(): route.value for eye, route in verdict.route.items()}
    names = set(by_eye.values())
    return names.pop() if len(names) == 1 else by_eye


def _read(
    order: Any, rules: Rules, find_trace: FindTrace, missing: list[Finding]
) -> tuple[Configuration, AccountStanding | None]:
    if not isinstance(order, Mapping):
        raise TypeError("an order is a JSON object")
    if "prescription" in order:
        return Configuration.model_validate({name: value for name, value in order.items() if name != "id"}), None
    return from_short_names({**order, "trace": _trace(order.get("trace"), find_trace, missing)}, rules)


def _trace(said: Any, find_trace: FindTrace, missing: list[Finding]) -> str | None:
    """The text of the order's trace; a file that is not there is said and done without."""
    try:
        return trace_text(said, find_trace)
    except TraceMissing as name:
        message = f"The trace file {str(name)[:80]} is not there."
    missing.append(
        Finding(code="TRC_NONE", severity=Severity.WARN, message=message,
                field="trace", fix="Give the folder it is in, or leave the trace out.")
    )  # fmt: skip
    return None


def _earlier(order: Any, rules: Rules, today: date) -> list[EarlierOrder]:
    """`previous`: the patient's last order or several, with short names, each with its `date` (a year ago without)."""
    said = order.get("previous") or []
    found = []
    for one in said if isinstance(said, list) else [said]:
        day = date.fromisoformat(one["date"]) if one.get("date") else today - LONG_AGO
        old = from_short_names({**order, "right": None, "left": None, "trace": None, **one}, rules)[0]
        found.append(EarlierOrder(old, day, one.get("number") or one.get("id")))
    return found


def _unreadable(error: Exception) -> Finding:
    said = str(error).replace("\n", " ")[:300]
    return Finding(code="ORDER_UNREADABLE", severity=Severity.REJECT, message=f"The order cannot be read: {said}.",
                   field="order", fix="Write it as in the examples.")  # fmt: skip


def _plain(one: Finding) -> dict[str, Any]:
    plain = {
        "code": one.code,
        "severity": one.severity.value,
        "eye": None if one.eye is None else one.eye.value,
        "field": one.field,
        "message": one.message,
        "fix": one.fix,
        "ruleVersion": one.rule_version,
    }
    return plain | ({"confirmed": True} if (one.model_extra or {}).get("confirmed") else {})
