"""A practice with a patient, and the lab's LIMS as a real process behind the real client."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from ils_app.catalog import service as catalog
from ils_app.kernel import lims as kernel_lims
from ils_app.kernel.actor import Actor, Role
from ils_app.orders.schemas import OrderDraft
from ils_app.patients import service as patients
from ils_app.patients.schemas import PatientDraft
from ils_app.practices import service as practices
from ils_app.practices.schemas import PracticeDraft, SiteDraft
from lims_client import LimsClient, Timing
from tests.support.sandbox_process import SandboxProcess, start_sandbox

QUIET = {"paused": True, "latency_ms": 0, "error_rate": 0, "outage": False, "html_502": False}


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


@pytest.fixture
async def lab(database: str, sandbox: SandboxProcess) -> AsyncIterator[SandboxProcess]:
    """The sandbox behind ILS's client, as it is when nothing is wrong."""
    sandbox.control(**{name: value for name, value in QUIET.items() if name in sandbox.control()})
    client = LimsClient(
        base_url=sandbox.base_url,
        api_key=sandbox.api_key,
        webhook_secret=sandbox.webhook_secret,
        timing=Timing(attempts=1),
    )
    kernel_lims.use(client)
    await catalog.refresh()
    yield sandbox
    await kernel_lims.close()


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
