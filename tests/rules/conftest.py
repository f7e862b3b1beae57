"""The reference rules, an order that is right in every way, and how to judge one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from lims_client.models import Configuration
from lims_client.rules import Evaluation, Rules, evaluate, reference_rules
from lims_client.rules.short_names import from_short_names

MONDAY = date(2026, 11, 23)

GOOD: dict[str, Any] = {
    "right": {"sph": -2.0, "cyl": 0, "pd": 31.5},
    "left": {"sph": -1.75, "cyl": 0, "pd": 31.5},
    "design": "sv-sph",
    "material": "150",
    "colour": "clear",
    "treatments": ["hc", "ar-std"],
    "frame": {"A": 52, "B": 36, "DBL": 18, "ED": 55},
    "mount": "full",
}
GOOD_PROGRESSIVE: dict[str, Any] = GOOD | {
    "right": {"sph": 1.0, "cyl": 0, "add": 2.0, "pd": 31.5, "fh": 18},
    "left": {"sph": 1.0, "cyl": 0, "add": 2.0, "pd": 31.5, "fh": 18},
    "design": "pal-plus",
    "material": "160",
}


@pytest.fixture(scope="session")
def rules() -> Rules:
    return reference_rules()


@pytest.fixture(scope="session")
def good() -> dict[str, Any]:
    return GOOD


@pytest.fixture(scope="session")
def progressive() -> dict[str, Any]:
    return GOOD_PROGRESSIVE


@pytest.fixture(scope="session")
def changed() -> Callable[..., dict[str, Any]]:
    """An order with changes; `right__pd=63` reaches into an eye or the frame, `None` takes a value away."""

    def change(order: dict[str, Any], **changes: Any) -> dict[str, Any]:
        order = deepcopy(order)
        for name, value in changes.items():
            outer, _, inner = name.partition("__")
            target = order.setdefault(outer, {}) if inner else order
            target[inner or outer] = value
            if value is None:
                del target[inner or outer]
        return order

    return change


@pytest.fixture(scope="session")
def judge(rules: Rules) -> Callable[..., Evaluation]:
    """The verdict on an order with short names, or on a configuration, on a Monday."""

    def judge(order: dict[str, Any] | Configuration, with_rules: Rules = rules) -> Evaluation:
        account = None
        if not isinstance(order, Configuration):
            order, account = from_short_names(order, with_rules)
        return evaluate(order, with_rules, account=account, today=MONDAY)

    return judge
