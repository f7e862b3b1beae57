"""One invoice as the words its page shows."""

from dataclasses import dataclass, field

from ils_app.billing.pages.rows import ENTRY_WORDS, SOURCE_WORDS, day, status_words
from ils_app.billing.papers import percent, rate_words
from ils_app.billing.service import Entry, InvoiceView
from ils_app.kernel.money import Money
from ils_app.ui import routes
from ils_app.ui.timeline import TimelineEntry

MOST_LINES = 40
"""How many lines a credit note's form names one by one; of a longer invoice it says so."""


@dataclass(frozen=True)
class ShownLine:
    """A line of the invoice, or of its sums. `left` is what a credit note may still take back of it."""

    id: str
    what: str
    rate: str
    amount: str
    left: str = ""
    creditable: bool = False


@dataclass(frozen=True)
class ShownNote:
    """A credit note."""

    id: str
    number: str
    on: str
    reason: str
    total: str
    pdf_href: str


@dataclass(frozen=True)
class Shown:
    """An invoice in words."""

    id: str = ""
    number: str = ""
    status: str = ""
    tone: str = "idle"
    practice: str = ""
    account: str = ""
    bill_to: list[str] = field(default_factory=list)
    order_number: str = ""
    order_href: str = ""
    reference: str = ""
    issued: str = ""
    tax_point: str = ""
    due: str = ""
    terms: str = ""
    net: str = ""
    total: str = ""
    paid: str = ""
    credited: str = ""
    refunded: str = ""
    balance: str = ""
    balance_plain: str = ""
    refundable_plain: str = ""
    settled: bool = False
    refund_due: bool = False
    void_reason: str = ""
    mailed_at: str = ""
    reminded_at: str = ""
    pdf_href: str = ""
    may_pay: bool = False
    may_credit: bool = False
    may_void: bool = False
    may_record_payment: bool = False
    may_refund: bool = False


def shown(view: InvoiceView, role: str) -> Shown:
    """The invoice for this role; `role` goes with the links to papers, so that they open for whoever switched it."""
    status, tone = status_words(view.status, overdue=view.overdue)
    kept = view.paid.minor - view.refunded.minor

    def of(minor: int) -> Money:
        return Money(minor=minor, currency=view.total.currency)

    def money(amount: Money) -> str:
        return str(amount) if amount.minor else ""

    return Shown(
        id=str(view.id), number=view.number, status=status, tone=tone, practice=view.practice_name,
        account=view.bill_to.account_number, bill_to=[view.practice_name, *view.bill_to.address_lines],
        order_number=view.order_number,
        order_href=routes.order(view.order_id), reference=view.reference, issued=day(view.issued_on),
        tax_point=day(view.tax_point_on), due=day(view.due_on), terms=_terms(view.terms_days), net=str(view.net),
        total=str(view.total), paid=money(view.paid), credited=money(view.credited), refunded=money(view.refunded),
        balance=str(view.balance.model_copy(update={"minor": abs(view.balance.minor)})),
        balance_plain=_plain(of(max(view.balance.minor, 0))),
        refundable_plain=_plain(of(min(kept, max(-view.balance.minor, 0)))),
        settled=view.balance.minor <= 0, refund_due=view.balance.minor < 0, void_reason=view.void_reason,
        mailed_at=view.mailed_at.isoformat() if view.mailed_at else "",
        reminded_at=view.reminded_at.isoformat() if view.reminded_at else "",
        pdf_href=f"/api/v1/invoices/{view.id}/invoice.pdf?as={role}", may_pay=view.may_pay, may_credit=view.may_credit,
        may_void=view.may_void, may_record_payment=view.may_record_payment, may_refund=view.may_refund,
    )  # fmt: skip


def lines_of(view: InvoiceView) -> list[ShownLine]:
    """The lines as issued, before tax."""
    currency = view.total.currency
    return [
        ShownLine(
            id=str(at), what=line.what, rate=rate_words(line),
            amount=str(Money(minor=line.net_minor, currency=currency)),
            left=_plain(Money(minor=left, currency=currency)), creditable=left != 0,
        )
        for at, (line, left) in enumerate(zip(view.lines, view.uncredited_minor, strict=True))
    ]  # fmt: skip


def sums_of(view: InvoiceView) -> list[ShownLine]:
    """Net, the tax of each rate, and the total."""
    currency = view.total.currency
    net = ShownLine("net", "Net", "", str(view.net))
    tax = [
        ShownLine(
            f"{rate.rate}", f"{rate.rate_name}, {percent(rate.rate_bp)}" if not rate.exempt else rate.rate_name,
            f"on {Money(minor=rate.net_minor, currency=currency)}", str(Money(minor=rate.tax_minor, currency=currency)),
        )
        for rate in view.tax
    ]  # fmt: skip
    return [net, *tax]


def notes_of(view: InvoiceView, role: str) -> list[ShownNote]:
    """The credit notes, oldest first."""
    return [
        ShownNote(
            id=str(note.id), number=note.number, on=day(note.issued_on), reason=note.reason,
            total=str(Money(minor=note.total_minor, currency=note.currency)),
            pdf_href=f"/api/v1/credit-notes/{note.id}/credit-note.pdf?as={role}",
        )
        for note in view.credit_notes
    ]  # fmt: skip


def entries_of(view: InvoiceView) -> list[TimelineEntry]:
    """What moved the balance, newest first."""
    return [_entry(entry, view.total.currency) for entry in reversed(view.entries)]


def _entry(entry: Entry, currency: str) -> TimelineEntry:
    word, tone = ENTRY_WORDS[entry.kind]
    how = SOURCE_WORDS.get(entry.source, "")
    amount = Money(minor=abs(entry.minor), currency=currency)
    detail = " · ".join(part for part in (entry.reference, entry.note) if part)
    return TimelineEntry(
        id=str(entry.id), at=entry.at.isoformat(), title=f"{word} {amount} {how}".strip(), who=entry.who, detail=detail,
        tone=tone,
    )  # fmt: skip


def _plain(amount: Money) -> str:
    """An amount as a person types it; nothing for nought."""
    return amount.plain if amount.minor else ""


def _terms(days: int) -> str:
    """How long there is to pay.

    >>> _terms(30), _terms(1), _terms(0)
    ('30 days', '1 day', 'due at once')
    """
    return f"{days} day{'s' if days != 1 else ''}" if days else "due at once"
