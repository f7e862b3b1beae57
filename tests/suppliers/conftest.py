"""What tests of the suppliers room share: the lab and two suppliers, in a fresh database."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from ils_app.auth import hashing
from ils_app.auth import service as auth
from ils_app.kernel import mail_provider
from ils_app.kernel.actor import Actor
from ils_app.kernel.live import EVERYTHING
from ils_app.kernel.roles import Role
from ils_app.settings import reading as settings_reading
from ils_app.suppliers import service as suppliers
from tests.support.supplying import Carrier, a_contact, a_supplier, an_order


@pytest.fixture(autouse=True)
async def _fresh_memory(database: str) -> None:
    """Each test has its own database, so what this process remembers of another's must go."""
    await settings_reading.hear([EVERYTHING])


@pytest.fixture
async def lab_id(database: str) -> UUID:
    """The lab."""
    return (await auth.create_organisation(name="Northlight Lab", kind=auth.OrganisationKind.LAB)).id


@pytest.fixture
def theo(lab_id: UUID) -> Actor:
    """Somebody at the lab."""
    return Actor(uuid4(), "Theo Brandt", Role.LAB, lab_id)


@pytest.fixture
def make_supplier(theo: Actor) -> Callable[..., Awaitable[suppliers.SupplierView]]:
    """Adds a supplier with an order desk."""

    async def make(name: str = "Lumen Blanks", **fields: str) -> suppliers.SupplierView:
        added = await suppliers.add_supplier(theo, a_supplier(name=name, **fields))
        desk = a_contact() if name == "Lumen Blanks" else a_contact(email="desk@elsewhere.example")
        return await suppliers.add_contact(theo, added.id, desk)

    return make


@pytest.fixture
async def lumen(make_supplier: Callable[..., Awaitable[suppliers.SupplierView]]) -> suppliers.SupplierView:
    """A supplier."""
    return await make_supplier()


@pytest.fixture
async def other(make_supplier: Callable[..., Awaitable[suppliers.SupplierView]]) -> suppliers.SupplierView:
    """Another."""
    return await make_supplier("Glasswork Zürich", currency="EUR", tax_treatment="reverse_charge", email="")


@pytest.fixture
def marco(lumen: suppliers.SupplierView) -> Actor:
    """Somebody at the supplier."""
    return Actor(uuid4(), "Marco Bell", Role.SUPPLIER, lumen.id)


@pytest.fixture
def anna(other: suppliers.SupplierView) -> Actor:
    """Somebody at the other supplier."""
    return Actor(uuid4(), "Anna Keller", Role.SUPPLIER, other.id)


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Carrier:
    """The way mail leaves by."""
    one = Carrier()
    monkeypatch.setattr(mail_provider, "chosen", lambda: one)
    return one


@pytest.fixture
def sent(
    theo: Actor, lumen: suppliers.SupplierView, carrier: Carrier, work_off: Callable[[], Awaitable[None]]
) -> Callable[..., Awaitable[suppliers.PurchaseOrderView]]:
    """Writes an order and has it mailed."""

    async def send(*lines: suppliers.LineDraft, supplier_id: UUID = lumen.id) -> suppliers.PurchaseOrderView:
        begun = await suppliers.begin_order(theo, an_order(supplier_id, *lines))
        await suppliers.send_order(theo, begun.id, begun.version)
        await work_off()
        return await suppliers.purchase_order(theo, begun.id)

    return send


@pytest.fixture
def signed_up(monkeypatch: pytest.MonkeyPatch) -> Callable[[UUID, str], Awaitable[Actor]]:
    """Adds an account; argon2 at a hundredth of its cost."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    monkeypatch.setattr(hashing, "hasher", cheap)

    async def add(organisation_id: UUID, role: str) -> Actor:
        view = await auth.create_user(
            email=f"{uuid4().hex}@example.test", name=f"A {role}", password="violet-meniscus-42",
            organisation_id=organisation_id, roles=(Role(role),),
        )  # fmt: skip
        return Actor(view.user_id, view.name, Role(role), organisation_id)

    return add
