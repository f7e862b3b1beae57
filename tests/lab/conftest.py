"""The lab's floor: people of each role, cards as orders would tell of them, and the real sandbox LIMS behind it all."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ils_app.catalog import service as catalog
from ils_app.kernel import lims as kernel_lims
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.clock import now
from ils_app.lab import service as lab
from ils_app.orders import service as orders
from ils_app.orders.schemas import JobCard, OrderDraft, OrderView
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft
from ils_app.practices import service as practices
from ils_app.practices.schemas import PracticeDraft, SiteDraft
from lims_client import LimsClient, Timing
from lims_client.models import JobStatus
from tests.support.sandbox_process import SandboxProcess, start_sandbox

FIGURES = {
    "od_sphere": "-2.00", "od_cylinder": "-0.50", "od_axis": "90", "od_pd": "31.5", "os_sphere": "-1.75",
    "os_pd": "31.5", "frame_a": "52", "frame_b": "36", "frame_dbl": "18", "frame_ed": "55",
}  # fmt: skip


@dataclass(frozen=True)
class Clinic:
    """A practice, one of its people, and a patient."""

    id: UUID
    actor: Actor
    patient_id: UUID


@pytest.fixture
def actor_of() -> Callable[..., Actor]:
    """Makes somebody in a role."""

    def make(role: Role, name: str = "Theo Marsh") -> Actor:
        return Actor(uuid4(), name, role, uuid4())

    return make


@pytest.fixture
def technician(actor_of: Callable[..., Actor]) -> Actor:
    """Somebody of the lab."""
    return actor_of(Role.LAB)


@pytest.fixture
def reading() -> Callable[..., JobCard]:
    """Makes what orders would say of a job: in production, due in two days, unless a test says otherwise."""

    def make(status: JobStatus = JobStatus.IN_PRODUCTION, station: str = "", **changes: object) -> JobCard:
        order_id = changes.pop("order_id", None) or uuid4()
        fields: dict[str, object] = {
            "practice_id": uuid4(), "practice_name": "Harbour Eye Care",
            "number": f"ORD-2026-{uuid4().int % 10**6:06d}", "lens": "Progressive 14 · 1.60 · AR standard",
            "urgency": "standard", "frame_to_come": False, "job_id": f"JOB-{order_id.hex[:8].upper()}",
            "lims_sequence": 1, "lims_at": now() - timedelta(hours=3), "queue_position": None,
            "due_at": now() + timedelta(days=2), "promised_at": None, "sent_at": now() - timedelta(days=1),
            "reason": "", "carrier": "", "tracking_number": "",
        }  # fmt: skip
        return JobCard(**{**fields, "order_id": order_id, "job_status": status, "station": station, **changes})

    return make


@pytest.fixture
def put(database: str, reading: Callable[..., JobCard]) -> Callable[..., Awaitable[JobCard]]:
    """Puts one such job on the floor."""

    async def place(*args: object, **changes: object) -> JobCard:
        job = reading(*args, **changes)
        await lab.put_card(job)
        return job

    return place


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox LIMS for all of these tests; jobs stand still unless a test moves them."""
    with start_sandbox(tmp_path_factory.mktemp("lims"), paused=True) as running:
        yield running


@pytest.fixture
async def lims(database: str, sandbox: SandboxProcess) -> AsyncIterator[SandboxProcess]:
    """The sandbox behind ILS's client, answering."""
    sandbox.control(outage=False, paused=True)
    client = LimsClient(base_url=sandbox.base_url, api_key=sandbox.api_key, timing=Timing(attempts=1))
    kernel_lims.use(client)
    await catalog.refresh()
    yield sandbox
    sandbox.control(outage=False)
    await kernel_lims.close()


@pytest.fixture
async def clinic(lims: SandboxProcess) -> Clinic:
    """Harbour Eye Care, with one patient."""
    practice_id = uuid4()
    site = SiteDraft(code="MAIN", name="Main site", address_lines=("1 Quay",), postcode="PL1 1AA", default=True)
    draft = PracticeDraft(id=practice_id, name="Harbour Eye Care", account_number="HARB-001", sites=(site,))
    await practices.register(draft)
    actor = Actor(uuid4(), "Olive Vance", Role.ECP, practice_id)
    patient = await patients.add(
        actor,
        PatientDraft.read({"given_name": "Małgorzata", "family_name": "Żółtaniecka", "date_of_birth": "14/03/1961"}),
    )
    return Clinic(practice_id, actor, patient.id)


@pytest.fixture
def placed(clinic: Clinic) -> Callable[..., Awaitable[OrderView]]:
    """Places an order with the LIMS and has its card made."""

    async def place(written: dict[str, str] | None = None, *, carded: bool = True, **changes: object) -> OrderView:
        draft = OrderDraft(
            patient_id=clinic.patient_id, written={**FIGURES, **(written or {})}, lens_type="single_vision",
            design="sv-sph", material="150", coatings=("hc", "ar-std"), frame_type="full_rim",
            frame_status="supplied",
        ).model_copy(update=changes)  # fmt: skip
        opened = await orders.open_draft(clinic.actor, draft)
        view = await orders.submit(clinic.actor, opened.id, draft)
        if carded:
            await lab.take_card(view.id)
        return view

    return place
