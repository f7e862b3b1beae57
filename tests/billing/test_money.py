"""Money is never lost or made: whatever is invoiced, paid, credited, refunded or voided, in any order, adds up."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ils_app.billing import ledger
from ils_app.billing import service as billing
from ils_app.billing.room import room
from ils_app.billing.schemas import InvoiceStatus, InvoicesView, SupplyKind
from ils_app.billing.service import CreditPart, TransferDraft
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import IlsError
from tests.support.invoices import House, a_rate, a_shipped_order, sql

S = InvoiceStatus
WORDS = ("Right lens", "Hard coat", "Glazing: full rim", "Rush")
STEPS = ("card", "card again", "transfer", "credit", "credit all", "refund card", "refund transfer", "void")
RATES_BP = (1750, 1750, 2000, 0)  # of the words above
PRICES = st.tuples(st.lists(st.integers(1, 5_000), min_size=1, max_size=4), st.integers(0, 4_999))
WALK = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(1, 9_000)), min_size=4, max_size=16)


@dataclass
class Model:
    """What a careful clerk would have in the book of one invoice."""

    id: UUID
    practice: int
    total: int
    net_left: list[int]
    rates_bp: list[int]
    paid: int = 0
    credited: int = 0
    credited_net: dict[int, int] = field(default_factory=dict)
    refunded: int = 0
    void: bool = False
    cards: list[tuple[str, int]] = field(default_factory=list)

    @property
    def owed(self) -> int:
        """What the practice still owes; below nought the lab owes it."""
        return self.total - self.credited - (self.total if self.void else 0) - self.paid + self.refunded

    @property
    def untouched(self) -> bool:
        """Whether nothing has happened to it since its issue."""
        return not (self.void or self.paid or self.credited or self.refunded)

    @property
    def creditable(self) -> bool:
        """Whether anything is left that can be taken back."""
        return not self.void and self.credited < self.total

    def gross_of(self, taken: list[int]) -> int:
        """What taking this back comes to with its tax: at each rate, on all that is taken back by then."""
        more = 0
        for rate in {rate for rate, net in zip(self.rates_bp, taken, strict=True) if net}:
            before = self.credited_net.get(rate, 0)
            net = sum(one for other, one in zip(self.rates_bp, taken, strict=True) if other == rate)
            more += net + half_up(before + net, rate) - half_up(before, rate)
        return more

    @property
    def status(self) -> S:
        """How it stands, in a clerk's words."""
        if self.owed < 0:
            return S.OVERPAID
        if self.owed > 0:
            return S.PART_PAID if self.paid > self.refunded else S.OPEN
        if self.paid > self.refunded:
            return S.PAID
        return S.VOID if self.void else S.CREDITED


VOID_THEN_PAID = [("void", 0, 1), ("card", 0, 50), ("credit", 0, 10), ("credit all", 0, 1)]


DISCOUNT_CREDITED_AROUND = [("credit", 0, 800), ("credit all", 0, 1), ("credit", 0, 200)]
MORE_THAN_OWED = [("transfer", 0, 9_000), ("transfer", 0, 10), ("void", 0, 1), ("credit all", 0, 1)]


@example(prices=[([100], 0)], walk=VOID_THEN_PAID)
@example(prices=[([1_000], 200)], walk=DISCOUNT_CREDITED_AROUND)
@example(prices=[([1_000], 0)], walk=MORE_THAN_OWED)
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(prices=st.lists(PRICES, min_size=1, max_size=3), walk=WALK)
async def test_money_is_never_lost_or_made(prices, walk, database, house):
    if not await billing.tax_rates(house.admin):
        await a_rate(house, SupplyKind.LENSES, 1750)
        await a_rate(house, SupplyKind.GLAZING, 2000)
        await a_rate(house, SupplyKind.SERVICE, 0, name="Exempt", exempt=True)
    before = [await owed_by(house, place) for place in (0, 1)]
    book = [await issued(house, place % 2, *priced) for place, priced in enumerate(prices)]
    for number, (step, which, amount) in enumerate(walk):
        one = book[which % len(book)]
        await act(house, one, step, amount, f"{one.id}:{number}")
        await agrees(house, one)
    for one in book:
        await agrees(house, one)
    for place in (0, 1):
        mine = sum(one.owed for one in book if one.practice == place and one.owed > 0)
        assert await owed_by(house, place) == before[place] + mine
    (entries,) = sql(database, "SELECT sum(minor) FROM billing.entry")
    (balances,) = sql(database, "SELECT sum(balance_minor) FROM billing.invoice")
    assert entries == balances
    (notes,) = sql(database, "SELECT coalesce(sum(total_minor), 0) FROM billing.credit_note")
    (credits,) = sql(database, "SELECT coalesce(-sum(minor), 0) FROM billing.entry WHERE kind = 'credit'")
    assert notes == credits
    counts = await billing.counts(house.technician)
    counted = dict(sql(database, "SELECT status, count(*) FROM billing.invoice GROUP BY status"))
    assert counts.of(InvoicesView.ALL) == sum(counted.values())
    assert counts.of(InvoicesView.OPEN) == counted.get("open", 0) + counted.get("part_paid", 0)
    assert counts.of(InvoicesView.PAID) == counted.get("paid", 0)
    assert counts.of(InvoicesView.REFUND_DUE) == counted.get("overpaid", 0)


async def issued(house: House, place: int, prices: list[int], discount: int) -> Model:
    """An invoice of one of the practices over these lines less a discount on the first, as the clerk enters it."""
    ecp = (house.ecp, house.other_ecp)[place]
    lines, less = tuple(zip(WORDS, prices, strict=False)), min(discount, prices[0] - 1)
    invoice_id = await billing.issue_for_order(await a_shipped_order(ecp, lines, total=sum(prices) - less))
    assert invoice_id
    invoice = await billing.invoice(ecp, invoice_id)
    assert invoice.net.minor == sum(prices) - less
    charged, rates = [*prices, -less], [*RATES_BP[: len(prices)], RATES_BP[0]]
    if not less:
        charged, rates = charged[:-1], rates[:-1]
    one = Model(invoice_id, place, invoice.total.minor, charged, rates)
    assert one.gross_of(charged) == one.total
    return one


def half_up(net_minor: int, rate_bp: int) -> int:
    """Tax as a clerk rounds it: half a penny is a penny, either way."""
    exact = Decimal(net_minor) * rate_bp / 10_000
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


async def act(house: House, one: Model, step: str, amount: int, name: str) -> None:
    """Do one thing to an invoice, and to the clerk's book what should come of it."""
    if step == "card":
        assert await paid_by_card(one.id, amount, name)
        one.paid += amount
        one.cards.append((name, amount))
    elif step == "card again":
        for reference, minor in one.cards:
            assert not await paid_by_card(one.id, minor, reference)
    elif step == "transfer":
        surplus = await billing.record_transfer(house.technician, one.id, transfer(amount, name))  # it has moved
        assert surplus.minor == amount - min(amount, max(one.owed, 0))
        one.paid += amount
    elif step == "refund card":
        async with room.unit_of_work() as uow:  # what has left is recorded, whoever sent it
            assert await ledger.record_refund(uow, one.id, amount, reference=name)
        one.refunded += amount
    elif step == "refund transfer":
        back = billing.record_transfer_refund(house.technician, one.id, transfer(amount, name))
        if await done(back, amount <= one.paid - one.refunded):
            one.refunded += amount
    elif step == "void":
        if await done(billing.void(house.technician, one.id, "By mistake"), one.untouched or one.void):
            one.void = True
    else:
        await credit(house, one, None if step == "credit all" else amount)


async def credit(house: House, one: Model, amount: int | None) -> None:
    """Take back a part of the dearest line, or all that is left."""
    if amount is None:
        parts, may = None, one.creditable
        taken = list(one.net_left)
    else:
        at = one.net_left.index(max(one.net_left))
        parts = [CreditPart(position=at, net_minor=amount)]
        taken = [amount if place == at else 0 for place in range(len(one.net_left))]
        may = one.creditable and amount <= min(one.net_left[at], sum(one.net_left))
        may = may and one.gross_of(taken) <= one.total - one.credited
    note = await done(billing.issue_credit_note(house.technician, one.id, "Why", parts), may)
    if note:
        assert (note.net_minor, note.total_minor) == (sum(taken), one.gross_of(taken))
        for rate, net in zip(one.rates_bp, taken, strict=True):
            one.credited_net[rate] = one.credited_net.get(rate, 0) + net
        one.net_left = [left - gone for left, gone in zip(one.net_left, taken, strict=True)]
        one.credited += note.total_minor
        if not any(one.net_left):
            assert one.credited == one.total


async def done(doing, may: bool):
    """The answer of a door that must take it, or that must refuse it."""
    try:
        answer = await doing
    except IlsError:
        assert not may
        return None
    assert may
    return answer or True


async def agrees(house: House, one: Model) -> None:
    """The invoice says what the clerk's book says, to both sides; the other practice is told there is none."""
    ecp, other = (house.ecp, house.other_ecp) if one.practice == 0 else (house.other_ecp, house.ecp)
    view = await billing.invoice(ecp, one.id)
    assert (view.status, view.balance.minor) == (one.status, one.owed)
    assert (view.paid.minor, view.credited.minor, view.refunded.minor) == (one.paid, one.credited, one.refunded)
    assert sum(entry.minor for entry in view.entries) == one.owed
    assert 0 <= one.credited <= one.total
    lab = await billing.invoice(house.technician, one.id)
    assert (lab.may_credit, lab.may_void, lab.may_record_payment) == (one.creditable, one.untouched, True)
    assert lab.may_refund == (one.paid > one.refunded)
    try:
        await billing.invoice(other, one.id)
    except billing.NoSuchInvoice:
        return
    raise AssertionError("another practice read it")


async def owed_by(house: House, place: int) -> int:
    """What a practice owes altogether, as it is told."""
    figures = await billing.figures((house.ecp, house.other_ecp)[place])
    return sum(money.minor for money in figures.outstanding)


async def paid_by_card(invoice_id: UUID, minor: int, reference: str) -> bool:
    async with room.unit_of_work() as uow:
        return await ledger.record_payment(uow, invoice_id, minor, source="card", reference=reference)


def transfer(minor: int, reference: str) -> TransferDraft:
    return TransferDraft(minor=minor, reference=reference[-80:], on=today_in_lab())
