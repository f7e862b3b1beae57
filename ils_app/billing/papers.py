"""Invoices and credit notes on paper: letterhead, bill-to, lines, tax by rate, totals, terms, how to pay. Pure.

Drawn from what was kept at issue alone, so that the same paper could be drawn again. No patient stands on them: a
line is found by the order's number and the practice's own reference.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from ils_app.billing.models import CreditNoteRow, InvoiceRow
from ils_app.billing.schemas import Line, Party, TaxLine
from ils_app.billing.views import lines_of
from ils_app.kernel import paper
from ils_app.kernel.money import Money

ROUNDING: Final = "Tax is worked out on the sum of each rate and rounded to the nearest penny or cent, halves upwards."
COLUMNS: Final = (paper.Column("What", 60), paper.Column("Tax", 18), paper.Column("Amount", 22, "right"))


def draw_invoice(row: InvoiceRow, *, logo: bytes | None, link: str, by_card: bool) -> bytes:
    """The invoice as PDF; `link` is its page, where it can be paid where cards are taken."""
    seller = Party.model_validate(row.seller)
    drawn = paper.Paper("Invoice", row.number, sender=_sender(seller, logo), made_at=row.created_at)
    drawn.parties(("Bill to", _buyer(row)))
    drawn.facts(
        ("Invoice date", written(row.issued_on)),
        ("Tax point", written(row.tax_point_on)),
        ("Account", str(row.bill_to["account_number"])),
        ("Order", row.order_number),
        ("Your reference", row.reference),
        ("Terms", f"{row.terms_days} days: due {written(row.due_on)}" if row.terms_days else "due at once"),
    )
    _lines(drawn, lines_of(row), row.currency)
    _totals(drawn, row.net_minor, row.tax, row.total_minor, row.currency, "Total due")
    drawn.words(_how_to_pay(row, seller, link if by_card else ""), title="How to pay")
    drawn.words(ROUNDING)
    return drawn.finished()


def draw_credit_note(note: CreditNoteRow, row: InvoiceRow, *, logo: bytes | None) -> bytes:
    """The credit note as PDF."""
    seller = Party.model_validate(row.seller)
    drawn = paper.Paper("Credit note", note.number, sender=_sender(seller, logo), made_at=note.created_at)
    drawn.parties(("Credit to", _buyer(row)))
    drawn.facts(
        ("Date", written(note.issued_on)),
        ("Credits invoice", f"{row.number} of {written(row.issued_on)}"),
        ("Account", str(row.bill_to["account_number"])),
        ("Order", row.order_number),
        ("Your reference", row.reference),
        ("Reason", note.reason),
    )
    _lines(drawn, tuple(Line.model_validate(one) for one in note.lines), row.currency)
    _totals(drawn, note.net_minor, note.tax, note.total_minor, row.currency, "Total credited")
    drawn.words(
        f"This reduces what is owed on {row.number}. What was paid beyond that is given back to you separately."
    )
    drawn.words(ROUNDING)
    return drawn.finished()


def written(day: date) -> str:
    """A day as a letter writes it.

    >>> written(date(2026, 3, 7))
    '7 March 2026'
    """
    return f"{day.day} {day:%B %Y}"


def rate_words(rate: Line | TaxLine) -> str:
    """A rate as it is read.

    >>> rate_words(TaxLine(rate_name="VAT", rate_bp=1750, net_minor=0, tax_minor=0))
    'VAT 17.5 %'
    """
    return rate.rate_name if rate.exempt else f"{rate.rate_name} {percent(rate.rate_bp)}"


def percent(rate_bp: int) -> str:
    """Basis points as per cent.

    >>> percent(2000), percent(1750), percent(0)
    ('20 %', '17.5 %', '0 %')
    """
    return f"{rate_bp / 100:g} %"


def _sender(seller: Party, logo: bytes | None) -> paper.Sender:
    legal = (
        f"Company number {seller.company_number}" if seller.company_number else "",
        f"Tax number {seller.tax_number}" if seller.tax_number else "",
    )
    return paper.Sender(
        name=seller.name,
        lines=seller.address_lines,
        contacts=tuple(line for line in (seller.phone, seller.email, seller.website) if line),
        legal=tuple(line for line in legal if line),
        logo=logo,
    )


def _buyer(row: InvoiceRow) -> paper.Party:
    buyer = Party.model_validate(row.bill_to)
    return paper.Party(name=buyer.name, lines=buyer.address_lines)


def _lines(drawn: paper.Paper, lines: Sequence[Line], currency: str) -> None:
    drawn.table(
        COLUMNS, [(line.what, rate_words(line), str(Money(minor=line.net_minor, currency=currency))) for line in lines]
    )


def _totals(
    drawn: paper.Paper, net: int, tax: Sequence[dict[str, object]], total: int, currency: str, label: str
) -> None:
    def money(minor: int) -> str:
        return str(Money(minor=minor, currency=currency))

    rates = [TaxLine.model_validate(one) for one in tax]
    drawn.totals(
        ("Net", money(net)),
        *((f"{rate_words(rate)} on {money(rate.net_minor)}", money(rate.tax_minor)) for rate in rates),
        (label, money(total)),
    )


def _how_to_pay(row: InvoiceRow, seller: Party, link: str) -> str:
    """`link` is where a card can be entered; empty where none is taken."""
    by = written(row.due_on)
    card = f"by card at {link}, or " if link else ""
    asked = " or ".join(line for line in (seller.phone, seller.email) if line)
    bank = f" to {seller.bank_details}" if seller.bank_details else ""
    questions = f" Questions about this invoice: {asked}." if asked else ""
    return f"Please pay by {by}: {card}by bank transfer{bank}, with {row.number} as reference.{questions}"
