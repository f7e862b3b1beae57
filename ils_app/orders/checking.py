"""What must be right before an order is placed: it can be read, the lab can make it, its questions are answered."""

from collections.abc import Sequence
from typing import Any

from ils_app.catalog import service as catalog
from ils_app.kernel import log
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.lims import CLICK_SECONDS, lims
from ils_app.orders.errors import CannotBeMade, NotConfirmed, NotReadable
from ils_app.orders.models import Order
from ils_app.orders.reading import form_field, read
from ils_app.orders.schemas import OrderDraft, Ticked
from lims_client.errors import LimsError, LimsRejected
from lims_client.models import Configuration, Decision, Finding, Severity, ValidationResult
from lims_client.rules.engine import evaluate

logger = log.get_logger(__name__)


def complete(order: Order, draft: OrderDraft, *, patient_comes: bool) -> Configuration:
    """The configuration the lab gets. Raises NotReadable for what is missing or cannot be read."""
    reading = read(draft)
    problems = dict(reading.problems)
    if order.patient_id is None and not patient_comes:
        problems["patient_id"] = "Choose the patient, or add a new one."
    if not order.ship_to:
        problems["ship_to"] = "The practice has no address to send to: add a site to the practice."
    if reading.configuration.lens_type is None and reading.configuration.design is None:
        problems["design"] = "Choose the lens."
    if problems:
        things = "One thing is" if len(problems) == 1 else f"{len(problems)} things are"
        raise NotReadable(f"{things} to be mended before this can be sent.", fields=problems)
    return reading.configuration.model_copy(
        update={
            "account_number": order.account_number,
            "ship_to": order.ship_to,
            "ecp_id": str(order.ecp_id) if order.ecp_id else None,
            "practice_id": str(order.practice_id),
            "patient_id": str(order.patient_id) if order.patient_id else None,
        }
    )


async def ask_the_lab(configuration: Configuration) -> ValidationResult | None:
    """The LIMS's verdict; None when it does not answer, which refuses nothing. Raises CannotBeMade, NotConfirmed."""
    try:
        verdict = await lims().validate_configuration(configuration, deadline_seconds=CLICK_SECONDS)
    except LimsRejected as error:
        raise CannotBeMade(error.findings, _by_field(error.findings)) from None
    except LimsError as error:
        logger.warning("validation_unanswered", error=type(error).__name__)
        await _ask_our_copy(configuration)
        return None
    if verdict.decision is Decision.REJECT:
        rejecting = [finding for finding in verdict.findings if finding.severity is Severity.REJECT]
        raise CannotBeMade(rejecting, _by_field(rejecting))
    if verdict.decision is Decision.CONFIRM:
        raise _not_confirmed(verdict.findings)
    return verdict


async def _ask_our_copy(configuration: Configuration) -> None:
    """With the lab away, its questions are still asked, from our copy of its rules. Raises NotConfirmed.

    Nothing else of the copy's verdict counts here: only the lab refuses an order.
    """
    if await catalog.current() is None:
        return
    rules = (await catalog.offered()).rules
    if rules is None:
        return
    verdict = evaluate(configuration, rules, today=today_in_lab())
    if verdict.decision is Decision.CONFIRM:
        raise _not_confirmed(verdict.findings)


def _not_confirmed(findings: Sequence[Finding]) -> NotConfirmed:
    asking = [finding for finding in findings if finding.severity is Severity.CONFIRM]
    return NotConfirmed("Confirm what the rules ask about, then send.", fields=_by_field(asking))


def _by_field(findings: Any) -> dict[str, str]:
    by_field: dict[str, str] = {}
    for finding in findings:
        name = form_field(finding.field) or "order"
        by_field[name] = f"{by_field[name]} {finding.message}" if name in by_field else finding.message
    return by_field


def question(tick: Ticked, verdict: ValidationResult | None) -> str:
    """What was confirmed, in the rules' own words where they are at hand."""
    found = (one.message for one in verdict.findings if one.code == tick.code) if verdict else iter(())
    return next(found, tick.code)
