"""What the order form shows, worked out from the draft, the catalog's offer and the rules: no state, no network."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ils_app.catalog.schemas import Choice as Offered
from ils_app.catalog.schemas import Offer
from ils_app.catalog.service import possible
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.money import Money
from ils_app.orders.service import OrderDraft, form_field, read
from ils_app.ui.choices import Choice, told_once
from ils_app.ui.fields import Option
from ils_app.ui.findings import Finding, PriceLine
from lims_client.models import Finding as Found
from lims_client.models import Price, Severity
from lims_client.rules.engine import evaluate

EYE_NAMES = {"od": "Right", "os": "Left"}
RX_PARTS = ("sphere", "cylinder", "axis", "add", "prism", "base", "prism_2", "base_2", "pd", "height")
RX_FIELDS = tuple(f"{eye}_{part}" for eye in EYE_NAMES for part in RX_PARTS)
SHARED_FIELDS = ("pd", "near_pd", "back_vertex_distance", "pantoscopic_tilt", "wrap_angle")
FRAME_FIELDS = ("frame_a", "frame_b", "frame_dbl", "frame_ed")
FIGURES = (*RX_FIELDS, *SHARED_FIELDS, *FRAME_FIELDS, "tint_density")
OTHER_FIELDS = (
    "patient_id", "practice_id", "ship_to", "ecp_id", "reference", "notes", "eye", "lens_type", "design", "material",
    "colour", "coatings", "tint", "frame_type", "frame_status", "urgency", "file", "order",
)  # fmt: skip
PROBLEM_FIELDS = (*FIGURES, *OTHER_FIELDS)
RX_CARD = {*RX_FIELDS, *SHARED_FIELDS, "eye"}
FRAME_CARD = {*FRAME_FIELDS, "frame_type", "frame_status", "trace"}

FRAME_STATUSES = (
    Option("", "Choose"),
    Option("supplied", "Comes with this order"),
    Option("to_come", "To come later"),
    Option("lab_supplies", "The lab supplies it"),
    Option("uncut", "None: lenses uncut"),
)


@dataclass(frozen=True)
class Choices:
    """Every choice of the form as it stands with the rest."""

    families: list[Choice] = field(default_factory=list)
    designs: list[Choice] = field(default_factory=list)
    materials: list[Choice] = field(default_factory=list)
    colours: list[Choice] = field(default_factory=list)
    treatments: list[Choice] = field(default_factory=list)
    tints: list[Option] = field(default_factory=list)
    frame_types: list[Option] = field(default_factory=list)
    urgencies: list[Choice] = field(default_factory=list)


@dataclass(frozen=True)
class Verdict:
    """What is said about the form: by our copy of the rules at once, by the lab a moment later."""

    findings: list[Finding] = field(default_factory=list)
    rx_findings: list[Finding] = field(default_factory=list)
    frame_findings: list[Finding] = field(default_factory=list)
    lens_findings: list[Finding] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    to_fix: int = 0
    to_confirm: int = 0
    price_lines: list[PriceLine] = field(default_factory=list)
    total: str = ""
    promised_at: str = ""
    begun: bool = False

    @property
    def count(self) -> str:
        """The findings counted, as the submit bar says it."""
        parts = [f"{self.to_fix} to fix"] if self.to_fix else []
        parts += [f"{self.to_confirm} to confirm"] if self.to_confirm else []
        return ", ".join(parts) or ("ready" if self.begun else "nothing entered yet")


def is_begun(draft: OrderDraft) -> bool:
    """Whether anything of the prescription is entered; before that nothing is called wrong."""
    return any(draft.text(name) for name in RX_FIELDS)


def values_of(draft: OrderDraft) -> dict[str, str]:
    """Every figure of the form by name, empty where nothing is written."""
    return {name: draft.written.get(name, "") for name in FIGURES}


def standard(draft: OrderDraft, offer: Offer, family: str) -> OrderDraft:
    """The draft with the family's standard lens, keeping what also goes with it."""
    if offer.rules is None:
        designs = offer.designs_of(family)
        return draft.model_copy(update={"lens_type": family, "design": designs[0].id if designs else ""})
    rules = {str(entry.id): entry for entry in offer.rules.families}[family]
    made_in = offer.rules.design[rules.design].materials
    return draft.model_copy(
        update={
            "lens_type": family,
            "design": rules.design,
            "material": draft.material if draft.material in made_in else rules.material,
            "colour": draft.colour or rules.colour,
        }
    )


def choices_of(draft: OrderDraft, offer: Offer) -> Choices:
    """Every choice with its price, lead time and, where it cannot be had with the rest, its reason."""
    reasons = possible(offer, read(draft).configuration)
    chosen = {draft.lens_type, draft.design, draft.material, draft.colour, draft.urgency, *draft.coatings}

    def shown(one: Offered, note: str) -> Choice:
        reason = reasons.get(one.id, "")
        return Choice(one.id, one.name, note, bool(reason), reason, one.is_new, one.id in chosen)

    def lens_price(design: str, material: str) -> str:
        minor = offer.lens_price_minor(design, material)
        return str(Money(minor=minor, currency=offer.currency)) + " a lens" if minor is not None else ""

    designs = offer.designs_of(draft.lens_type) if draft.lens_type else offer.designs
    return Choices(
        families=told_once([shown(one, "") for one in offer.families]),
        designs=[shown(one, lens_price(one.id, draft.material) or _lead(one)) for one in designs],
        materials=[shown(one, lens_price(draft.design, one.id)) for one in offer.materials],
        colours=told_once([shown(one, _extra(one, offer)) for one in offer.colours]),
        treatments=told_once([shown(one, _extra(one, offer)) for group in offer.treatments for one in group.choices]),
        tints=[Option("", "None"), *(Option(one.id, one.name, one.id in reasons) for one in offer.tints)],
        frame_types=[Option("", "Choose"), *(_frame_option(one, reasons) for one in offer.frame_types)],
        urgencies=told_once([shown(one, _extra(one, offer)) for one in offer.urgencies]),
    )


def judged_here(draft: OrderDraft, offer: Offer) -> Verdict:
    """Our own copy of the rules, at once; the lab's word follows and counts."""
    if not is_begun(draft) or offer.rules is None:
        return said([], draft, None, "")
    verdict = evaluate(read(draft).configuration, offer.rules, today=today_in_lab())
    promised = verdict.promised_date.isoformat() if verdict.promised_date else ""
    return said(verdict.findings, draft, verdict.price, promised)


CHOICES = tuple(Choices.__dataclass_fields__)
SAID = ("findings", "rx_findings", "frame_findings", "lens_findings", "problems", "count", "price_lines", "total",
        "promised_at")  # fmt: skip


def shown(draft: OrderDraft, offer: Offer) -> dict[str, Any]:
    """What the draft and the rules say at once, without asking the lab, by the names the page has for it."""
    choices, verdict = choices_of(draft, offer), judged_here(draft, offer)
    fit = sum(not one.disabled for one in choices.designs) * sum(not one.disabled for one in choices.materials)
    return {
        **{name: getattr(choices, name) for name in CHOICES},
        **{name: getattr(verdict, name) for name in SAID},
        "fitting": f"{fit} of {len(choices.designs) * len(choices.materials)} fit" if choices.designs else "",
        "rules_version": offer.rules_version,
    }


def new_rules(offer: Offer) -> str:
    """How an open form is told of this version."""
    return f"The lab published new rules, version {offer.rules_version}."


def said(findings: Iterable[Found], draft: OrderDraft, price: Price | None, promised_at: str) -> Verdict:
    """The findings, wherever they come from, as the form shows them beside their fields and in its column."""
    unread = read(draft).problems
    shown = [Finding("error", text, name, f"unread:{name}") for name, text in unread.items()]
    confirmed = {(tick.code, tick.eye) for tick in draft.confirmations}
    for finding in findings:
        name = form_field(finding.field)
        if name in unread:
            continue  # one mistake, one sentence
        eye = finding.eye.value if finding.eye else None
        done = (finding.code, eye) in confirmed
        shown.append(Finding(_severity(finding), finding.message, name, f"{finding.code}:{eye or ''}", done))
    shown.sort(key=lambda one: ("error", "confirm", "info").index(one.severity))
    problems = dict.fromkeys(PROBLEM_FIELDS, "")
    for one in shown:
        if one.severity == "error" and one.field in problems and not problems[one.field]:
            problems[one.field] = one.text
    cards = {"rx": RX_CARD, "frame": FRAME_CARD}
    in_cards = set().union(*cards.values())
    return Verdict(
        findings=shown,
        rx_findings=[one for one in shown if one.field in RX_CARD],
        frame_findings=[one for one in shown if one.field in FRAME_CARD],
        lens_findings=[one for one in shown if one.field and one.field not in in_cards],
        problems=problems,
        to_fix=sum(one.severity == "error" for one in shown),
        to_confirm=sum(one.severity == "confirm" and not one.confirmed for one in shown),
        price_lines=_price_lines(price),
        total=str(Money(minor=price.total_minor, currency=price.currency)) if price else "",
        promised_at=promised_at,
        begun=is_begun(draft),
    )


def with_problems(verdict: Verdict, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields' messages after a refusal of the door, which names them itself."""
    return {**verdict.problems, **{name: text for name, text in fields.items() if name in verdict.problems}}


def _severity(finding: Found) -> str:
    return {Severity.REJECT: "error", Severity.CONFIRM: "confirm"}.get(finding.severity, "info")


def _price_lines(price: Price | None) -> list[PriceLine]:
    lines: Sequence = price.lines if price else ()
    currency = price.currency if price else "GBP"
    return [PriceLine(line.what, str(Money(minor=line.minor, currency=currency))) for line in lines]


def _lead(one: Offered) -> str:
    days = round((one.lead_time_hours or 0) / 24)
    return f"{days} days" if days > 1 else "1 day" if days == 1 else ""


def _extra(one: Offered, offer: Offer) -> str:
    """What a choice adds to the price: a lens for colours and treatments, as their heading says."""
    return f"+{Money(minor=one.price_minor, currency=offer.currency)}" if one.price_minor else ""


def _frame_option(one: Offered, reasons: Mapping[str, str]) -> Option:
    reason = reasons.get(one.id, "")
    return Option(one.id, f"{one.name}: {reason}" if reason else one.name, bool(reason))
