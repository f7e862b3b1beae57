"""What tests of the suppliers room share: the lab and two suppliers, in a fresh database."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from ils_app.auth import service as auth
from ils_app.kernel.actor import Actor
from ils_app.kernel.roles import Role
from ils_app.suppliers import service as suppliers
from tests.support.supplying import a_contact, a_supplier


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
