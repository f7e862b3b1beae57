"""What the practices room hears: what practices and suppliers are called, and whether they are closed. Each survives a
repeat."""

from uuid import UUID

from ils_app.auth import service as auth
from ils_app.auth.events import OrganisationAccessChanged, OrganisationRenamed
from ils_app.kernel.jobs import listener
from ils_app.practices import service
from ils_app.practices.schemas import KnownSupplier
from ils_app.suppliers.events import SupplierAdded, SupplierChanged


@listener(OrganisationAccessChanged)
async def access_changed(fact: OrganisationAccessChanged) -> None:
    """The organisation was closed, or opened again."""
    await _follow(fact.organisation_id)


@listener(OrganisationRenamed)
async def renamed(fact: OrganisationRenamed) -> None:
    """The organisation is called otherwise."""
    await _follow(fact.organisation_id)


@listener(SupplierAdded)
async def supplier_added(fact: SupplierAdded) -> None:
    """A practice can prefer somebody new."""
    await service.know_supplier(KnownSupplier(id=fact.supplier_id, name=fact.name, active=fact.active), new=True)


@listener(SupplierChanged)
async def supplier_changed(fact: SupplierChanged) -> None:
    """A supplier is called otherwise, or supplies no more."""
    await service.know_supplier(KnownSupplier(id=fact.supplier_id, name=fact.name, active=fact.active))


async def _follow(organisation_id: UUID) -> None:
    """Take over what auth says now, whatever the fact said then."""
    organisation = await auth.organisation_name(organisation_id)
    await service.follow(organisation_id, name=organisation.name, active=organisation.active)
