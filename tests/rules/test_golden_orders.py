"""The shared golden orders, read from where `ILS_OPTICS_DATA` says (or beside the repository), get their decisions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lims_client.rules import Evaluation
from tests.optics.shared_data import FOLDER

FILE = FOLDER / "golden_orders.json"
ORDERS: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))["orders"] if FILE.is_file() else []

pytestmark = pytest.mark.skipif(not ORDERS, reason="no shared golden orders here")


@pytest.mark.parametrize("order", ORDERS, ids=[order["id"] for order in ORDERS])
def test_a_golden_order_gets_its_decision_its_codes_and_its_route(
    order: dict[str, Any], judge: Callable[..., Evaluation]
):
    expected, verdict = order["expect"], judge(order)
    worst = {finding.code for finding in verdict.findings if finding.severity == expected["decision"]}
    routes = {eye.value[0].upper(): route.value for eye, route in verdict.route.items()}
    wanted = expected.get("route")
    assert verdict.decision == expected["decision"]
    assert worst == set(expected.get("codes", []))
    if wanted is not None:
        assert routes == (wanted if isinstance(wanted, dict) else dict.fromkeys(routes, wanted))
