"""A purchase order on paper: whose order, from whom, what, for how much. Pure."""

from datetime import date, datetime
from typing import Final

from ils_app.kernel.paper import Column, Paper, Party, Sender
from ils_app.settings.schemas import Letterhead
from ils_app.suppliers.order_schemas import LineView, PurchaseOrderView
from ils_app.suppliers.totals import plain
from ils_app.suppliers.words import TaxTreatment

COLUMNS: Final = (
    Column("#", 7), Column("Description", 40), Column("Your part", 16), Column("Quantity", 14, "right"),
    Column("Price", 13, "right"), Column("Tax", 9, "right"), Column("Net", 14, "right"),
)  # fmt: skip
DRAFT_WORDS: Final = "This is a draft. It is no order until the supplier has it by mail."


def sender_of(letterhead: Letterhead, logo: bytes | None) -> Sender:
    """The lab as it stands on its paper."""
    legal = (
        f"Company number {letterhead.company_number}" if letterhead.company_number else "",
        f"Tax number {letterhead.tax_number}" if letterhead.tax_number else "",
    )
    return Sender(
        name=letterhead.name, lines=letterhead.lines, contacts=letterhead.contacts,
        legal=tuple(filter(None, legal)), logo=logo,
    )  # fmt: skip


def order_pdf(order: PurchaseOrderView, sender: Sender, made_at: datetime) -> bytes:
    """The PDF. A draft says that it is one."""
    paper = Paper("Purchase order", order.number, sender=sender, made_at=made_at)
    if order.written:
        paper.words(DRAFT_WORDS)
    address = (*order.supplier_address, *filter(None, (order.sent_to_name,)))
    paper.parties(
        ("Supplier", Party(order.supplier_name, address)),
        ("Buyer, and where to deliver", Party(sender.name, sender.lines)),
    )
    paper.facts(
        ("Date", _day(made_at.date())),
        ("Expected on", _day(order.expected_on)),
        ("Our account with you", order.account_number),
        ("Our reference", order.reference),
        ("Payment", f"{order.payment_days} days from your invoice" if order.payment_days else "on receipt"),
        ("Currency", order.total.currency),
    )
    paper.table(COLUMNS, [_row(order, line) for line in order.lines], empty="No line yet.")
    taxes = [(f"Tax {plain(one.rate_percent)} % on {one.net}", str(one.tax)) for one in order.taxes]
    paper.totals(("Subtotal", str(order.subtotal)), *taxes, ("Total", str(order.total)))
    paper.words(_tax_words(order.tax_treatment))
    paper.words(order.notes, title="Notes")
    paper.words(f"Please write {order.number} on your delivery note and on your invoice.")
    return paper.finished()


def _row(order: PurchaseOrderView, line: LineView) -> list[str]:
    taxed = order.tax_treatment is TaxTreatment.DOMESTIC
    return [
        str(line.position), line.description, line.part_number, f"{plain(line.quantity)} {line.unit}",
        str(line.unit_price), f"{plain(line.tax_rate_percent)} %" if taxed else "–", str(line.net),
    ]  # fmt: skip


def _tax_words(treatment: TaxTreatment) -> str:
    return {
        TaxTreatment.REVERSE_CHARGE: "Reverse charge: the buyer accounts for the tax. Please charge none.",
        TaxTreatment.NONE: "No tax is due on this order.",
    }.get(treatment, "")


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else ""
