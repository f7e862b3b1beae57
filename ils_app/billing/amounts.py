"""The arithmetic of invoices: tax by rate, credits that add up to what was invoiced, and what a balance means. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ils_app.billing.schemas import InvoiceStatus, Line, Rate, TaxLine

BASIS = 10_000


def tax_on(net_minor: int, rate_bp: int) -> int:
    """The tax on a net amount, in minor units: half a penny or more is a penny (half up, away from nought).

    >>> tax_on(1250, 2000), tax_on(1, 2000), tax_on(3, 1750), tax_on(-3, 1750)
    (250, 0, 1, -1)
    """
    size = (2 * abs(net_minor) * rate_bp + BASIS) // (2 * BASIS)
    return -size if net_minor < 0 else size


def taxed(lines: Iterable[Line]) -> tuple[TaxLine, ...]:
    """The tax by rate, worked out on the sum of each rate's lines and rounded there; the highest rate first."""
    sums: dict[Rate, int] = {}
    for line in lines:
        sums[line.rate] = sums.get(line.rate, 0) + line.net_minor
    return tuple(
        TaxLine(rate_name=name, rate_bp=rate_bp, exempt=exempt, net_minor=net, tax_minor=tax_on(net, rate_bp))
        for (rate_bp, exempt, name), net in sorted(sums.items(), key=lambda one: (-one[0][0], *one[0][1:]))
    )


def credited_tax(
    invoiced: Sequence[TaxLine], lines: Sequence[Line], before: Mapping[Rate, tuple[int, int]]
) -> tuple[TaxLine, ...]:
    """The tax that a credit of these lines takes back, by rate; `before` is net and tax credited earlier, by rate.

    Rounded on what is credited altogether, so that credits of every part give back exactly the tax that was invoiced.
    """
    found = []
    for one in taxed(lines):
        net_before, tax_before = before.get(one.rate, (0, 0))
        of_invoice = next(each for each in invoiced if each.rate == one.rate)
        net = net_before + one.net_minor
        whole = of_invoice.tax_minor if net == of_invoice.net_minor else tax_on(net, one.rate_bp)
        found.append(one.model_copy(update={"tax_minor": whole - tax_before}))
    return tuple(found)


def status_of(*, invoiced: int, credited: int, voided: int, paid: int, refunded: int) -> InvoiceStatus:
    """What the sums of an invoice's entries, each a size without sign, make of it."""
    taken, owed = paid - refunded, invoiced - credited - voided - (paid - refunded)
    if owed < 0:
        return InvoiceStatus.OVERPAID
    if owed == 0:
        if taken > 0:
            return InvoiceStatus.PAID
        return InvoiceStatus.VOID if voided else InvoiceStatus.CREDITED
    return InvoiceStatus.PART_PAID if taken > 0 else InvoiceStatus.OPEN


def minor_of(text: str) -> int:
    """An amount of money as somebody writes it, in minor units. Raises ValueError for what is none.

    Takes a currency's sign and commas between thousands; a point or comma before one or two last figures is decimal.

    >>> minor_of("£1,234.50"), minor_of("12,5"), minor_of(" 48 "), minor_of("1,234")
    (123450, 1250, 4800, 123400)
    """
    plain = text.strip().lstrip("£€$").strip().replace("\u00a0", "").replace(" ", "")
    found = re.fullmatch(r"(-?)(\d{1,3}(?:,\d{3})+|\d{1,9})(?:[.,](\d{1,2}))?", plain)
    if found is None:
        raise ValueError(text)
    size = int(found[2].replace(",", "")) * 100 + int((found[3] or "0").ljust(2, "0"))
    return -size if found[1] else size
