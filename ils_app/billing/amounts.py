"""The arithmetic of invoices: tax by rate, credits that add up to what was invoiced, and what a balance means. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from ils_app.billing.schemas import InvoiceStatus, Line, TaxLine

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
    sums: dict[UUID, tuple[Line, int]] = {}
    for line in lines:
        first, net = sums.get(line.rate_id, (line, 0))
        sums[line.rate_id] = (first, net + line.net_minor)
    found = [_tax_line(first, net, tax_on(net, first.rate_bp)) for first, net in sums.values()]
    return tuple(sorted(found, key=lambda one: (-one.rate_bp, one.exempt, one.rate_name)))


def credited_tax(
    invoiced: Sequence[TaxLine], lines: Sequence[Line], before: Mapping[UUID, tuple[int, int]]
) -> tuple[TaxLine, ...]:
    """The tax that a credit of these lines takes back, by rate; `before` is net and tax credited earlier, by rate.

    Rounded on what is credited altogether, so that credits of every part give back exactly the tax that was invoiced.
    """
    found = []
    for rate in taxed(lines):
        net_before, tax_before = before.get(rate.rate_id, (0, 0))
        of_invoice = next(one for one in invoiced if one.rate_id == rate.rate_id)
        net = net_before + rate.net_minor
        whole = of_invoice.tax_minor if net == of_invoice.net_minor else tax_on(net, rate.rate_bp)
        found.append(rate.model_copy(update={"tax_minor": whole - tax_before}))
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


def _tax_line(line: Line, net_minor: int, tax_minor: int) -> TaxLine:
    return TaxLine(
        rate_id=line.rate_id,
        rate_name=line.rate_name,
        rate_bp=line.rate_bp,
        exempt=line.exempt,
        net_minor=net_minor,
        tax_minor=tax_minor,
    )
