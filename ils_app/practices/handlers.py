"""What the practices room hears: what a practice's organisation is called and whether it is closed. Each survives a
repeat."""

from uuid import UUID

from ils_app.auth import service as auth
from ils_app.auth.events import OrganisationAccessChanged, OrganisationRenamed
from ils_app.kernel.jobs import listener
from ils_app.practices import service


@listener(OrganisationAccessChanged)
async def access_changed(fact: OrganisationAccessChanged) -> None:
    """The organisation was closed, or opened again."""
    await _follow(fact.organisation_id)


@listener(OrganisationRenamed)
async def renamed(fact: OrganisationRenamed) -> None:
    """The organisation is called otherwise."""
    await _follow(fact.organisation_id)


async def _follow(organisation_id: UUID) -> None:
    """Take over what auth says now, whatever the fact said then."""
    organisation = await auth.organisation_name(organisation_id)
    await service.follow(organisation_id, name=organisation.name, active=organisation.active)
