"""The rule engine: a configuration and a rule set in, the verdict out; pure, and the same wherever it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from lims_client.models import Configuration, Decision, Eye, Finding, Price, Severity, ValidationResult
from lims_client.rules.account import AccountStanding, check_account
from lims_client.rules.blanks import check_blanks, routes
from lims_client.rules.centration import centration, check_centration
from lims_client.rules.combination import check_combination
from lims_client.rules.confirmed import is_confirmed
from lims_client.rules.edges import check_edges
from lims_client.rules.framing import check_frame
from lims_client.rules.history import EarlierOrder, check_history
from lims_client.rules.limits import RouteName
from lims_client.rules.mount import check_mount
from lims_client.rules.order import read
from lims_client.rules.powers import check_powers
from lims_client.rules.pricing import check_price, price_of
from lims_client.rules.prism import check_prism
from lims_client.rules.ruleset import Rules
from lims_client.rules.service import promised_date, service_days, stations
from lims_client.rules.traced import TraceReader, traced_frame
from lims_client.rules.treatment import check_treatments

SENT_BY = time(17, 0)
"""The hour, at the lab, by which a promised day is kept."""

_WORST_FIRST = (Severity.REJECT, Severity.HOLD, Severity.CONFIRM, Severity.WARN, Severity.INFO)
_DECISIONS = {
    Severity.REJECT: Decision.REJECT,
    Severity.HOLD: Decision.HOLD,
    Severity.CONFIRM: Decision.CONFIRM,
    Severity.WARN: Decision.WARN,
    Severity.INFO: Decision.ACCEPT,
}


@dataclass(frozen=True)
class Evaluation:
    """The verdict on a configuration. `stations` is the way of the slower lens through the lab."""

    decision: Decision
    findings: tuple[Finding, ...]
    route: Mapping[Eye, RouteName]
    price: Price | None
    estimated_lead_time_hours: int
    promised_date: date | None
    stations: tuple[str, ...]
    rules_version: str

    def to_validation(self, zone: ZoneInfo) -> ValidationResult:
        """The body of `POST /validation`; a promised day ends at five o'clock in the lab's zone."""
        promised = None
        if self.promised_date is not None and self.decision is not Decision.REJECT:
            promised = datetime.combine(self.promised_date, SENT_BY, tzinfo=zone)
        names = {eye.value: route.value for eye, route in self.route.items()}
        one = set(names.values())
        return ValidationResult.model_validate(
            {
                "is_valid": self.decision is not Decision.REJECT,
                "decision": self.decision,
                "findings": self.findings,
                "price": self.price,
                "route": one.pop() if len(one) == 1 else names,
                "estimated_lead_time": self.estimated_lead_time_hours,
                "promised_date": promised,
                "rules_version": self.rules_version or None,
            }
        )


def evaluate(
    configuration: Configuration,
    rules: Rules,
    *,
    account: AccountStanding | None = None,
    today: date | None = None,
    earlier: Iterable[EarlierOrder] = (),
    trace_reader: TraceReader | None = None,
) -> Evaluation:
    """Judge a configuration by a rule set.

    `account` is what the lab's books say; without it nothing is said about the account. `today` is the day at the lab;
    without it there is no promised date. `earlier` are the patient's orders so far, from the books of whoever asks;
    `trace_reader` reads the trace, and without one the engine keeps to the box. Never raises, whatever a well-typed
    configuration holds. A confirm finding that the ECP has ticked stays in the list (with `confirmed` true) and no
    longer counts in the decision.
    """
    order = read(configuration, rules, traced_frame(configuration, trace_reader))
    centres = centration(order)
    by_eye = routes(order, centres)
    price = price_of(order)
    said = (
        *check_combination(order),
        *check_powers(order),
        *check_prism(order),
        *check_centration(order),
        *check_treatments(order),
        *check_mount(order),
        *check_frame(order),
        *check_blanks(order, centres),
        *check_edges(order, centres, by_eye),
        *(order.shape.findings if order.shape is not None else ()),
        *check_history(order, earlier, today),
        *check_account(account, price),
        *check_price(order),
    )
    findings = tuple(
        sorted((_stamped(one, configuration, rules) for one in said), key=lambda one: _WORST_FIRST.index(one.severity))
    )
    counted = [one.severity for one in findings if not (one.model_extra or {}).get("confirmed")]
    days = service_days(order, by_eye)
    slower = RouteName.SURFACED if RouteName.SURFACED in by_eye.values() else next(iter(by_eye.values()))
    return Evaluation(
        decision=_DECISIONS[min(counted, key=_WORST_FIRST.index, default=Severity.INFO)],
        findings=findings,
        route=by_eye,
        price=price,
        estimated_lead_time_hours=24 * days,
        promised_date=None if today is None else promised_date(order, days, today),
        stations=stations(order, slower),
        rules_version=rules.version,
    )


def _stamped(said: Finding, configuration: Configuration, rules: Rules) -> Finding:
    severity = rules.severities.get(said.code, said.severity)
    changes: dict[str, object] = {"severity": severity, "rule_version": rules.version or None}
    if severity is Severity.CONFIRM and is_confirmed(configuration, said.code, said.eye):
        changes["confirmed"] = True
    return said.model_copy(update=changes)
