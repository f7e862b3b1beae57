"""`check ORDER.json [--json]`: whether an order can be made, by the rules the reference LIMS publishes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ils_app.optics.findings import OpticsError
from ils_app.optics.json_text import parse
from ils_app.optics.lens.check import check
from ils_app.optics.lens.traces_folder import TracesFolder
from lims_client.rules import Rules, RulesError, load_rules, reference_rules

_UNREADABLE = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    parser.add_argument("order", type=Path, metavar="ORDER.json", help="one order, a list, or {orders: […]}")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.add_argument("--rules", type=Path, metavar="RULES.json", help="another rule set than the reference one")
    parser.add_argument("--traces", type=Path, metavar="DIR", help="where named trace files are; beside the order else")
    parser.add_argument("--today", type=date.fromisoformat, metavar="DATE", help="the day to judge on")


def run(options: argparse.Namespace) -> int:
    """Print {decision, findings, route}, for each order. 0 when answered, 2 when a file cannot be read."""
    try:
        said = parse(options.order.read_bytes())
        rules = _rules(options.rules)
    except (OSError, ValueError, OpticsError) as error:
        print(f"cannot be read: {error}", file=sys.stderr)
        return _UNREADABLE
    today = options.today or datetime.now(UTC).date()
    traces = TracesFolder(options.traces or options.order.parent)
    answer = answered(said, rules, today, traces)
    print(json.dumps(answer, ensure_ascii=False, indent=1) if options.json else in_words(answer))
    return 0


def answered(said: Any, rules: Rules, today: date, traces: TracesFolder) -> Any:
    """One answer for one order; a list for a list; `{orders: […]}` for a file of that shape."""
    if isinstance(said, list):
        return [check(one, rules, today, traces.bytes_of) for one in said]
    if isinstance(said, Mapping) and isinstance(said.get("orders"), list):
        return {"orders": answered(said["orders"], rules, today, traces)}
    return check(said, rules, today, traces.bytes_of)


def in_words(answer: Any) -> str:
    """The answers as lines to read."""
    if isinstance(answer, Mapping) and "orders" in answer:
        answer = answer["orders"]
    lines = []
    for one in answer if isinstance(answer, list) else [answer]:
        lines.append(" ".join(str(part) for part in (one.get("id"), one["decision"], one["route"] or "") if part))
        lines += [f"  {said['severity']:8}{said['code']}: {said['message']}" for said in one["findings"]]
    return "\n".join(lines)


def _rules(path: Path | None) -> Rules:
    if path is None:
        return reference_rules()
    read = parse(path.read_bytes())
    try:
        return load_rules(read.get("rules", read), version=str(read.get("version", "")))
    except (RulesError, AttributeError) as error:
        raise ValueError(f"{path}: {error}") from error
