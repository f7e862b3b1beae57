"""The life of a card payment against localstripe in its own process, and, with a test key, on Stripe's own sandbox.

localstripe has no Checkout: the page is a double of ours before it (tests/support/localstripe.py), and what it would
charge is a real PaymentIntent of localstripe, whose own signed webhook reaches our route over HTTP. On the sandbox the
page is Stripe's, which only a person at a browser can pay; so the payment is made beside it with the same metadata.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib import parse

import httpx
import pytest
import stripe

from ils_app.billing import card_jobs, stripe_calls
from ils_app.billing import service as billing
from ils_app.billing.card_errors import StripeAway, StripeRefused
from ils_app.billing.schemas import InvoiceStatus
from ils_app.billing.transfers import TransferDraft
from ils_app.kernel import config
from ils_app.kernel.clock import today_in_lab
from tests.support.cards import ROUTE, Attempt, attempts, deliveries, entries, refunds, send, told
from tests.support.invoices import sql
from tests.support.localstripe import KEY, SESSIONS, Front, front_of, localstripe

SECRET = "whsec_" + "l" * 32
TEST_KEY = os.environ.get("STRIPE_API_KEY", "")
DECLINED = "4000000000000341"  # the one localstripe takes and then declines


@pytest.fixture(scope="module")
def behind() -> Iterator[str]:
    """localstripe."""
    with localstripe() as url:
        yield url


class Local:
    """Cards taken by localstripe, behind the front."""

    def __init__(self, front: Front, http: httpx.AsyncClient) -> None:
        self.front, self.http = front, http
        self.arrived: asyncio.Queue[int] = asyncio.Queue()

    async def pay(self, attempt: Attempt, *, good: bool = True) -> None:
        """Enter a card on the page, and wait until localstripe's event has reached our route and was answered."""
        number = "4242424242424242" if good else DECLINED
        assert await asyncio.to_thread(self.front.pay, attempt.session_id, number) is good
        assert await asyncio.wait_for(self.arrived.get(), 15) == 202


class Sandbox:
    """Cards taken by Stripe's own sandbox; its events are fetched and brought to our route, signed anew."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http, self.v1 = http, stripe.StripeClient(TEST_KEY, http_client=stripe.HTTPXClient()).v1

    async def pay(self, attempt: Attempt, *, good: bool = True) -> None:
        """Pay as the page would, and bring the event that came of it."""
        since, card = int(time.time()) - 5, "pm_card_visa" if good else "pm_card_visa_chargeDeclined"
        try:
            await self.v1.payment_intents.create_async(
                {
                    "amount": attempt.amount_minor, "currency": attempt.currency.lower(), "payment_method": card,
                    "confirm": True, "metadata": attempt.ours,
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                }
            )  # fmt: skip
        except stripe.CardError:
            assert not good
        kind = "payment_intent.succeeded" if good else "payment_intent.payment_failed"
        for _ in range(30):
            said = await self.v1.events.list_async({"type": kind, "created": {"gte": since}, "limit": 20})
            for one in said.to_dict()["data"]:
                if one["data"]["object"]["metadata"].get("ils_attempt") == str(attempt.id):
                    assert (await send(self.http, json.dumps(one).encode())).status_code == 202
                    return
            await asyncio.sleep(1)
        raise AssertionError(f"Stripe told of no {kind}")


NETWORKS = [
    "localstripe",
    pytest.param(
        "sandbox",
        marks=pytest.mark.skipif(
            not TEST_KEY.startswith(("sk_test_", "rk_test_")),
            reason="STRIPE_API_KEY is no test key: Stripe's own sandbox is not asked",
        ),
    ),
]


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lets a test set variables; the settings are read anew, and again afterwards."""
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", SECRET)
    yield
    monkeypatch.undo()
    config.current.cache_clear()


@asynccontextmanager
async def _local(behind: str, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Local]:
    """ILS with localstripe for Stripe; what it sends arrives at our own route byte for byte."""
    with front_of(behind) as front:
        monkeypatch.setenv("STRIPE_API_KEY", KEY)
        monkeypatch.setenv("STRIPE_API_BASE", front.url)
        config.current.cache_clear()
        taken = Local(front, http)
        with _listening(taken, asyncio.get_running_loop()) as url:
            front.send_events_to(url, SECRET)
            yield taken


@pytest.fixture
async def local(behind, http, setting, monkeypatch) -> AsyncIterator[Local]:
    """Cards taken by localstripe."""
    async with _local(behind, http, monkeypatch) as taken:
        yield taken


@pytest.fixture(params=NETWORKS)
async def network(request, behind, http, setting, monkeypatch) -> AsyncIterator[Local | Sandbox]:
    """Whoever takes the cards."""
    if request.param == "sandbox":
        monkeypatch.setenv("STRIPE_API_KEY", TEST_KEY)
        config.current.cache_clear()
        yield Sandbox(http)
        return
    async with _local(behind, http, monkeypatch) as taken:
        yield taken


class _listening:
    """A port on loopback that hands what arrives to our app, headers and bytes as they came."""

    def __init__(self, network: Local, loop: asyncio.AbstractEventLoop) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                passed = network.http.post(
                    ROUTE, content=body, headers={"stripe-signature": self.headers["stripe-signature"]}
                )
                answer = asyncio.run_coroutine_threadsafe(passed, loop).result(20)
                self.send_response(answer.status_code)
                self.end_headers()
                loop.call_soon_threadsafe(network.arrived.put_nowait, answer.status_code)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}/"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


async def opened(house, issued, database) -> Attempt:
    page = await billing.pay_by_card(house.ecp, issued.id)
    attempt = attempts(database, issued.id)[-1]
    assert page.url.startswith("https://checkout.stripe.com/")
    assert attempt.session_id.startswith("cs_test_")
    return attempt


async def test_a_card_pays_an_invoice_and_part_and_then_the_rest_goes_back(taxed, issued, network, work_off, database):
    attempt = await opened(taxed, issued, database)
    await network.pay(attempt)
    await work_off()
    assert (await billing.invoice(taxed.ecp, issued.id)).status is InvoiceStatus.PAID
    assert entries(database, issued.id) == [("payment", -5_459)]
    for minor in (1_000, 4_459):
        await billing.refund_card(taxed.technician, issued.id, minor, reason="Broken on arrival")
        await work_off()
    assert refunds(database) == [("lab", "succeeded", 1_000), ("lab", "succeeded", 4_459)]
    assert entries(database, issued.id)[1:] == [("refund", 1_000), ("refund", 4_459)]
    assert attempts(database, issued.id)[0].state == "refunded"
    (paid,) = attempts(database, issued.id)
    settings = config.current()
    way = stripe_calls.at(settings.stripe_api_key.get_secret_value(), settings.stripe_api_base)
    known = await way.refunds(paid.payment_intent)
    assert sorted(one.amount for one in known) == [1_000, 4_459]


async def test_a_declined_card_tells_both_sides_and_the_next_one_pays(taxed, issued, network, work_off, database):
    attempt = await opened(taxed, issued, database)
    await network.pay(attempt, good=False)
    await work_off()
    assert (await billing.invoice(taxed.ecp, issued.id)).status is InvoiceStatus.OPEN
    (failed,) = attempts(database, issued.id)
    assert (failed.state, failed.live) == ("failed", True)
    assert failed.decline
    assert len([key for key in told(database) if key.startswith("card-failed")]) == 2
    assert await opened(taxed, issued, database) == failed
    if isinstance(network, Local):  # one payment at localstripe takes one card; Stripe's page would use it again
        await network.pay(attempt)
        await work_off()
        assert (await billing.invoice(taxed.ecp, issued.id)).status is InvoiceStatus.PAID


async def test_a_page_for_another_amount_is_closed_at_stripe_too(taxed, issued, network, database):
    old = await opened(taxed, issued, database)
    part = TransferDraft(minor=2_000, reference="BACS 1", on=today_in_lab())
    await billing.record_transfer(taxed.technician, issued.id, part)
    new = await opened(taxed, issued, database)
    assert (new.amount_minor, new.session_id != old.session_id) == (3_459, True)
    settings = config.current()
    way = stripe_calls.at(settings.stripe_api_key.get_secret_value(), settings.stripe_api_base)
    assert (await way.session(old.session_id)).status == "expired"
    assert (await way.session(new.session_id)).status == "open"
    with pytest.raises(StripeRefused):
        await way.expire(old.session_id)
    with pytest.raises(StripeRefused, match="resource_missing"):
        await way.session("cs_test_nobody")


async def test_killed_between_the_call_and_its_record_the_page_is_the_same_one(taxed, issued, local, database):
    local.front.lose[f"POST {SESSIONS}"] = 1 + stripe_calls.RETRIES
    with pytest.raises(StripeAway):
        await billing.pay_by_card(taxed.ecp, issued.id)
    assert attempts(database, issued.id)[0].session_id is None
    assert len(local.front.sessions) == 1
    attempt = await opened(taxed, issued, database)
    assert list(local.front.sessions) == [attempt.session_id]


async def test_killed_between_the_call_and_its_record_the_money_goes_back_once(
    taxed, issued, local, work_off, database
):
    attempt = await opened(taxed, issued, database)
    await local.pay(attempt)
    await work_off()
    await billing.refund_card(taxed.technician, issued.id, 1_000, reason="Broken on arrival")
    ((refund_id,),) = sql(database, "SELECT id FROM billing.card_refund")
    local.front.lose["POST /v1/refunds"] = 1 + stripe_calls.RETRIES
    with pytest.raises(StripeAway):
        await card_jobs.send_refund(str(refund_id))
    assert refunds(database) == [("lab", "pending", 1_000)]
    local.front._answered.clear()  # the key is forgotten, as after a day
    await work_off()
    assert refunds(database) == [("lab", "succeeded", 1_000)]
    assert len([one for one in local.front.requests if one == ("POST", "/v1/refunds")]) == 1 + stripe_calls.RETRIES
    (paid,) = attempts(database, issued.id)
    way = stripe_calls.at(KEY, local.front.url)
    assert [one.amount for one in await way.refunds(paid.payment_intent)] == [1_000]


async def test_two_cards_on_one_page_of_two_browsers_pay_it_once_and_the_other_goes_back(
    taxed, issued, local, work_off, database
):
    first = await opened(taxed, issued, database)
    sql(database, "UPDATE billing.card_attempt SET live = false")
    second = await opened(taxed, issued, database)
    await asyncio.gather(local.pay(first), local.pay(second))
    await work_off()
    assert (await billing.invoice(taxed.ecp, issued.id)).balance.minor == 0
    assert refunds(database) == [("surplus", "succeeded", 5_459)]
    assert {state for state, _ in await deliveries()} == {"applied"}


async def test_nothing_that_names_a_person_goes_to_stripe(taxed, issued, local, work_off, database):
    attempt = await opened(taxed, issued, database)
    await local.pay(attempt)
    await work_off()
    await billing.refund_card(taxed.technician, issued.id, 1_000, reason="Olive wanted it back")
    await work_off()
    (session,) = local.front.sessions.values()
    assert session["metadata"] == attempt.ours
    assert session["amount_total"] == issued.balance.minor
    said = parse.unquote_plus(" ".join(local.front.bodies)).lower()
    assert issued.number.lower() in said
    people = (taxed.ecp, taxed.technician, taxed.admin)
    names = [word for one in people for word in (*one.name.split(), str(one.user_id), str(one.organisation_id))]
    mails = [mail for (mail,) in sql(database, "SELECT email FROM auth.person")]
    for name in (*(one for one in names if len(one) > 2), *mails, "Harbour", "HARB-001", issued.reference, "wanted"):
        assert not re.search(rf"\b{re.escape(name.lower())}\b", said), name


@pytest.mark.parametrize(
    "wrong", [{"payment_method_types": ["card"]}, {"expires_at": "soon"}, {"mode": ["payment"]}, {"amount": 5}]
)
async def test_a_wrong_name_or_type_of_a_parameter_is_refused_by_the_library_s_own_types(
    taxed, issued, local, monkeypatch, wrong
):
    right = stripe_calls.session_params
    monkeypatch.setattr(stripe_calls, "session_params", lambda *a, **k: {**right(*a, **k), **wrong})
    with pytest.raises(StripeRefused, match="parameter_invalid"):
        await billing.pay_by_card(taxed.ecp, issued.id)
