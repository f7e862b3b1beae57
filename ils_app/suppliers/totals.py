"""What a purchase order comes to: exact, in minor units, by the server alone.

A line is quantity × unit price, rounded to a whole minor unit. Tax is reckoned on the sum of the lines of one rate and
rounded once a rate, as it stands on a supplier's invoice. Halves are rounded away from zero, as on paper.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ils_app.suppliers.words import TaxTreatment

WHOLE = Decimal(1)


@dataclass(frozen=True)
class Priced:
    """A line, as far as money goes. `tax_rate_percent` is 20 for twenty per cent."""

    quantity: Decimal
    unit_price_minor: int
    tax_rate_percent: Decimal


@dataclass(frozen=True)
class TaxLine:
    """The tax of one rate, and what it is reckoned on."""

    rate_percent: Decimal
    net_minor: int
    tax_minor: int


@dataclass(frozen=True)
class Totals:
    """What an order comes to. `total_minor` is `subtotal_minor` and every tax of `taxes`, which go by rising rate."""

    subtotal_minor: int
    taxes: tuple[TaxLine, ...]

    @property
    def tax_minor(self) -> int:
        """All tax."""
        return sum(one.tax_minor for one in self.taxes)

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return self.subtotal_minor + self.tax_minor


def line_net_minor(quantity: Decimal, unit_price_minor: int) -> int:
    """Quantity × unit price in minor units, a half rounded up.

    >>> line_net_minor(Decimal("2.5"), 333), line_net_minor(Decimal("0.001"), 499)
    (833, 0)
    """
    return int((quantity * unit_price_minor).quantize(WHOLE, ROUND_HALF_UP))


def tax_of_minor(net_minor: int, rate_percent: Decimal) -> int:
    """The tax on a sum in minor units, a half rounded up.

    >>> tax_of_minor(1003, Decimal("5"))
    50
    """
    return int((net_minor * rate_percent / 100).quantize(WHOLE, ROUND_HALF_UP))


def totals(lines: Iterable[Priced], treatment: TaxTreatment) -> Totals:
    """Subtotal, tax by rate and total. Where the supplier charges no tax, none is reckoned whatever a line says."""
    by_rate: dict[Decimal, int] = defaultdict(int)
    for line in lines:
        rate = line.tax_rate_percent.normalize() if treatment is TaxTreatment.DOMESTIC else Decimal(0)
        by_rate[rate] += line_net_minor(line.quantity, line.unit_price_minor)
    taxed = sorted((rate, net) for rate, net in by_rate.items() if rate)
    return Totals(
        subtotal_minor=sum(by_rate.values()),
        taxes=tuple(TaxLine(rate, net, tax_of_minor(net, rate)) for rate, net in taxed),
    )


def plain(value: Decimal) -> str:
    """A quantity or a rate without zeros nobody wrote.

    >>> plain(Decimal("20.000")), plain(Decimal("1200.000")), plain(Decimal("5.50"))
    ('20', '1200', '5.5')
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
