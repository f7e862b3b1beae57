"""A lab with two practices, its rates of tax, and orders that leave it without any LIMS having to run."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from ils_app.auth import hashing
from ils_app.auth.session_cache import cache
from ils_app.billing import api, stand_in
from ils_app.billing import service as billing
from ils_app.kernel.live import EVERYTHING
from ils_app.settings import reading as settings_reading
from tests.support import invoices
from tests.support.invoices import House

Work = Callable[[], Awaitable[None]]


@pytest.fixture(autouse=True)
async def _fresh_memory(database: str) -> None:
    """Each test has its own database, so what this process remembers of another's must go."""
    cache.clear()
    await settings_reading.hear([EVERYTHING])


@pytest.fixture(autouse=True)
def _cheap_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm at a hundredth of the cost."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    monkeypatch.setattr(hashing, "hasher", cheap)


@pytest.fixture
async def house(database: str) -> House:
    """The lab and two practices; no rate of tax yet."""
    return await invoices.a_house()


@pytest.fixture
async def taxed(house: House) -> House:
    """The same with 20 % on everything."""
    await invoices.a_rate(house)
    return house


@pytest.fixture
async def issued(taxed: House) -> billing.InvoiceView:
    """An invoice of the first practice over 54.59: 45.49 and 20 % of it."""
    invoice_id = await billing.issue_for_order(await invoices.a_shipped_order(taxed.ecp))
    assert invoice_id
    return await billing.invoice(taxed.ecp, invoice_id)


@pytest.fixture
async def http(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """The room's own routes, where Stripe's events arrive; the stand-in sends its own there too."""
    transport = httpx.ASGITransport(app=api.app)
    monkeypatch.setattr(stand_in, "transport", transport)
    async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as client:
        yield client
