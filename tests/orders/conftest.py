"""A practice with a patient, and the lab's LIMS as a real process behind the real client."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select, text
from standardwebhooks import Webhook

from ils_app.catalog import service as catalog
from ils_app.kernel import inbox
from ils_app.kernel import lims as kernel_lims
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.events import EventRow
from ils_app.kernel.room import Room
from ils_app.orders import service as orders
from ils_app.orders.api import app
from ils_app.orders.schemas import OrderDraft, OrderView
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft
from ils_app.practices import service as practices
from ils_app.practices.schemas import PracticeDraft, SiteDraft
from lims_client import LimsClient, Timing
from tests.support.sandbox_process import SandboxProcess, start_sandbox

QUIET = {"paused": True, "latency_ms": 0, "error_rate": 0, "outage": False, "outage_mode": "503"}


@dataclass(frozen=True)
class Clinic:
    """A practice, one of its people, and a patient."""

    id: UUID
    actor: Actor
    patient_id: UUID


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox LIMS for all of these tests; jobs stand still unless a test moves them."""
    with start_sandbox(tmp_path_factory.mktemp("lims"), paused=True) as running:
        yield running


class Wire(httpx.AsyncBaseTransport):
    """The way to the LIMS, which a test may cut: at a refused connection, at the answer, or for as long as it likes."""

    def __init__(self) -> None:
        self._way = httpx.AsyncHTTPTransport(verify=False)
        self.cut = False
        self.lose_answers_of = ""
        self.hold_answers_of = ""
        self.held, self.let_go = asyncio.Event(), asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request there and, unless a test says otherwise, its answer back."""
        if self.cut:
            raise httpx.ConnectError("refused", request=request)
        answer = await self._way.handle_async_request(request)
        path = request.url.path
        if self.lose_answers_of and path.endswith(self.lose_answers_of):
            await answer.aclose()
            raise httpx.ReadError("cut off", request=request)
        if self.hold_answers_of and path.endswith(self.hold_answers_of):
            self.held.set()
            await self.let_go.wait()
        return answer

    async def close(self) -> None:
        """Close the connections; the clients that share this way leave it open."""
        await self._way.aclose()


@pytest.fixture
def wire() -> Wire:
    """The way between ILS and the LIMS in this test."""
    return Wire()


@pytest.fixture
async def lab(database: str, sandbox: SandboxProcess, wire: Wire) -> AsyncIterator[SandboxProcess]:
    """The sandbox behind ILS's client, as it is when nothing is wrong."""
    sandbox.control(**QUIET)
    kernel_lims.use(client_of(sandbox, wire))
    await catalog.refresh()
    yield sandbox
    await kernel_lims.close()
    await wire.close()


def client_of(sandbox: SandboxProcess, wire: "Wire") -> LimsClient:
    """ILS's client of the sandbox, asking once, so that a test waits for nothing."""
    return LimsClient(
        base_url=sandbox.base_url,
        api_key=sandbox.api_key,
        webhook_secret=sandbox.webhook_secret,
        timing=Timing(attempts=1),
        transport=wire,
    )


@pytest.fixture
def forget_failures(lab: SandboxProcess, wire: "Wire") -> Callable[[], None]:
    """Puts a new client in place of one whose breaker has opened."""
    return lambda: kernel_lims.use(client_of(lab, wire))


@pytest.fixture
def clinic_of(lab: SandboxProcess) -> Callable[..., object]:
    """Registers a practice with its account at the lab and one patient."""

    async def make(account: str = "HARB-001", name: str = "Harbour Eye Care") -> Clinic:
        practice_id = uuid4()
        site = SiteDraft(code="MAIN", name="Main site", address_lines=("1 Quay",), postcode="PL1 1AA", default=True)
        await practices.register(PracticeDraft(id=practice_id, name=name, account_number=account, sites=(site,)))
        actor = Actor(uuid4(), "Olive Vance", Role.ECP, practice_id)
        patient = await patients.add(
            actor, PatientDraft.read({"given_name": "Margaret", "family_name": "Jones", "date_of_birth": "14/03/1961"})
        )
        return Clinic(practice_id, actor, patient.id)

    return make


@pytest.fixture
async def clinic(clinic_of: Callable[..., object]) -> Clinic:
    """Harbour Eye Care."""
    return await clinic_of()


@pytest.fixture
def technician() -> Actor:
    """Somebody of the lab."""
    return Actor(uuid4(), "Theo Lab", Role.LAB, uuid4())


@pytest.fixture
def engineer() -> Actor:
    """A principal engineer, who sees every order."""
    return Actor(uuid4(), "Edda Engineer", Role.ENGINEER, uuid4())


@pytest.fixture
def admin() -> Actor:
    """An administrator, who sees no prescription."""
    return Actor(uuid4(), "Ada Admin", Role.ADMIN, uuid4())


@pytest.fixture
def good(clinic: Clinic) -> Callable[..., OrderDraft]:
    """A draft the lab can make, with what a test changes in it."""

    def make(written: dict[str, str] | None = None, **changes: object) -> OrderDraft:
        figures = {
            "od_sphere": "-2.00", "od_cylinder": "-0.50", "od_axis": "90", "od_pd": "31.5",
            "os_sphere": "-1.75", "os_pd": "31.5",
            "frame_a": "52", "frame_b": "36", "frame_dbl": "18", "frame_ed": "55",
        }  # fmt: skip
        draft = OrderDraft(
            patient_id=clinic.patient_id, written={**figures, **(written or {})}, lens_type="single_vision",
            design="sv-sph", material="150", coatings=("hc", "ar-std"), frame_type="full_rim",
            frame_status="supplied",
        )  # fmt: skip
        return draft.model_copy(update=changes)

    return make


@pytest.fixture
def placed(clinic: Clinic, good: Callable[..., OrderDraft]) -> Callable[..., Awaitable[OrderView]]:
    """Places an order the lab can make, or whatever draft is given, and answers it."""

    async def place(draft: OrderDraft | None = None, actor: Actor | None = None) -> OrderView:
        draft = draft or good()
        opened = await orders.open_draft(actor or clinic.actor, draft)
        return await orders.submit(actor or clinic.actor, opened.id, draft)

    return place


@pytest.fixture
def emitted(database: str) -> Callable[[], Awaitable[list[str]]]:
    """The facts of the orders room so far, by name."""

    async def facts() -> list[str]:
        async with Room("kernel").read() as session:
            rows = (await session.execute(select(EventRow).order_by(EventRow.id))).scalars()
            return [row.name for row in rows if row.name.startswith("Order")]

    return facts


@pytest.fixture
def jobs_of(lab: SandboxProcess) -> Callable[[UUID], list[dict[str, Any]]]:
    """The lab's jobs for a practice; every test has practices of its own."""

    def jobs(practice_id: UUID) -> list[dict[str, Any]]:
        found, cursor = [], ""
        while cursor is not None:
            page = lab.call("GET", f"jobs?limit=500&cursor={cursor}" if cursor else "jobs?limit=500").json()
            found, cursor = [*found, *page["jobs"]], page.get("nextCursor")
        return [job for job in found if job.get("practiceId") == str(practice_id)]

    return jobs


@pytest.fixture
async def nobody(lab: SandboxProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the room's HTTP door who has not signed in."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ils.test") as client:
        yield client


@pytest.fixture
def signed(lab: SandboxProcess) -> Callable[..., dict[str, str]]:
    """The headers with which the LIMS sends a body, by Standard Webhooks' own library."""

    def headers(body: bytes, *, delivery_id: str | None = None, at: datetime | None = None) -> dict[str, str]:
        delivery_id, at = delivery_id or f"msg_{uuid4().hex}", at or datetime.now(UTC)
        signature = Webhook(lab.webhook_secret).sign(delivery_id, at, body.decode())
        return {
            "webhook-id": delivery_id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature,
            "content-type": "application/json",
        }  # fmt: skip

    return headers


@pytest.fixture
def hear(nobody: httpx.AsyncClient, signed: Callable[..., dict[str, str]]) -> Callable[..., Awaitable[httpx.Response]]:
    """Delivers a status webhook as the LIMS does: `await hear({"jobId": …, "newStatus": …})`."""

    async def deliver(said: dict[str, Any], *, delivery_id: str | None = None) -> httpx.Response:
        body = json.dumps(said).encode()
        headers = signed(body, delivery_id=delivery_id)
        return await nobody.post("/api/webhooks/lims-status", content=body, headers=headers)

    return deliver


@pytest.fixture
def tell_lims(lab: SandboxProcess, hear: Callable[..., Awaitable[httpx.Response]]) -> Callable[[str], Awaitable[None]]:
    """Delivers the job's last change as the LIMS words it, and works it at once."""

    async def deliver(job_id: str) -> None:
        job = lab.call("GET", f"jobs/{job_id}").raise_for_status().json()
        last = job["history"][-1]
        said = {name: value for name, value in job.items() if name not in ("history", "status")}
        said |= {"newStatus": job["status"], "previousStatus": last.get("previousStatus")}
        assert (await hear(said)).status_code == 202
        for delivery in await inbox.deliveries(state=inbox.DeliveryState.WAITING):
            await orders.apply_status(delivery.id)

    return deliver


@pytest.fixture
def sql(database: str) -> Callable[..., Awaitable[list[Any]]]:
    """Runs a statement on the database behind the room's back, and commits; answers its rows."""

    async def run(statement: str, **values: Any) -> list[Any]:
        async with Room("orders").unit_of_work() as uow:
            result = await uow.session.execute(text(statement), values)
            return list(result.all()) if result.returns_rows else []

    return run
