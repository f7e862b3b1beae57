"""Facts of the practices room; only ever added to."""

from uuid import UUID

from ils_app.kernel.events import Fact


class PracticeRegistered(Fact):
    """A practice can order from now on."""

    practice_id: UUID
    account_number: str


class PracticeChanged(Fact):
    """A practice's contacts, note or name are other than they were."""

    practice_id: UUID


class AccountNumberChanged(Fact):
    """A practice orders under another account with the lab."""

    practice_id: UUID
    old: str
    new: str


class SiteAdded(Fact):
    """Lenses can be sent to another place."""

    practice_id: UUID
    site_id: UUID


class SiteChanged(Fact):
    """A site's name or address is another."""

    practice_id: UUID
    site_id: UUID


class SiteClosed(Fact):
    """No new order is sent to this site."""

    practice_id: UUID
    site_id: UUID


class SiteReopened(Fact):
    """Orders can be sent to this site again."""

    practice_id: UUID
    site_id: UUID


class DefaultSiteChosen(Fact):
    """Lenses go here unless an order says otherwise."""

    practice_id: UUID
    site_id: UUID


class StaffAdded(Fact):
    """Somebody works at the practice."""

    practice_id: UUID
    person_id: UUID


class StaffChanged(Fact):
    """Somebody's name, profession, registration or account is another."""

    practice_id: UUID
    person_id: UUID


class StaffLeft(Fact):
    """Somebody no longer works there; what they ordered keeps their name."""

    practice_id: UUID
    person_id: UUID


class StaffReturned(Fact):
    """Somebody who had left works there again."""

    practice_id: UUID
    person_id: UUID


class PreferredSuppliersChosen(Fact):
    """The practice prefers these suppliers, the first most."""

    practice_id: UUID
    supplier_ids: tuple[UUID, ...]
