"""Money is never lost or made: what an order comes to is exact, whatever it holds."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ils_app.suppliers.totals import Priced, line_net_minor, plain, tax_of_minor, totals
from ils_app.suppliers.words import TaxTreatment

quantities = st.decimals(min_value="0.001", max_value="999999.999", places=3)
prices = st.integers(min_value=0, max_value=10**10)
rates = st.sampled_from([Decimal(rate) for rate in ("0", "5", "5.5", "7.7", "19", "20", "20.000", "25")])
lines = st.lists(st.builds(Priced, quantities, prices, rates), max_size=40)


def rounded(exact: Fraction) -> int:
    """A half away from zero, by whole numbers only."""
    return (exact.numerator * 2 + exact.denominator) // (exact.denominator * 2)


@given(quantities, prices)
def test_a_line_is_quantity_times_price_rounded_half_up(quantity, price):
    assert line_net_minor(quantity, price) == rounded(Fraction(quantity) * price)


@given(prices, rates)
def test_tax_is_the_rate_of_the_sum_rounded_half_up(net, rate):
    assert tax_of_minor(net, rate) == rounded(Fraction(net) * Fraction(rate) / 100)


@given(lines)
def test_the_total_is_every_line_and_every_tax_and_nothing_else(wanted):
    sums = totals(wanted, TaxTreatment.DOMESTIC)
    assert sums.subtotal_minor == sum(line_net_minor(one.quantity, one.unit_price_minor) for one in wanted)
    assert sums.total_minor == sums.subtotal_minor + sum(tax.tax_minor for tax in sums.taxes)
    assert all(isinstance(amount, int) for amount in (sums.subtotal_minor, sums.tax_minor, sums.total_minor))


@given(lines)
def test_each_rate_is_taxed_once_on_the_sum_of_its_own_lines(wanted):
    sums = totals(wanted, TaxTreatment.DOMESTIC)
    by_rate = {}
    for one in wanted:
        net = line_net_minor(one.quantity, one.unit_price_minor)
        by_rate[Fraction(one.tax_rate_percent)] = by_rate.get(Fraction(one.tax_rate_percent), 0) + net
    by_rate.pop(Fraction(0), None)
    assert [Fraction(tax.rate_percent) for tax in sums.taxes] == sorted(by_rate)
    assert {Fraction(tax.rate_percent): tax.net_minor for tax in sums.taxes} == by_rate
    for tax in sums.taxes:
        exact = Fraction(tax.net_minor) * Fraction(tax.rate_percent) / 100
        assert abs(tax.tax_minor - exact) <= Fraction(1, 2)


@given(lines, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_no_sum(wanted, chance):
    mixed = list(wanted)
    chance.shuffle(mixed)
    assert totals(mixed, TaxTreatment.DOMESTIC) == totals(wanted, TaxTreatment.DOMESTIC)


@given(lines, st.sampled_from([TaxTreatment.REVERSE_CHARGE, TaxTreatment.NONE]))
def test_where_the_supplier_charges_no_tax_none_is_reckoned(wanted, treatment):
    sums = totals(wanted, treatment)
    assert sums.taxes == ()
    assert sums.total_minor == totals(wanted, TaxTreatment.DOMESTIC).subtotal_minor


@given(st.decimals(min_value=0, max_value=10**6, places=3))
def test_a_number_is_shown_without_zeros_nobody_wrote_and_means_the_same(value):
    assert Decimal(plain(value)) == value
    assert not plain(value).endswith(".")
