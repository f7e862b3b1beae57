"""Facts of the practices room; only ever added to."""

from uuid import UUID

from ils_app.kernel.events import Fact


class PracticeRegistered(Fact):
    """A practice can order from now on."""

    sentence = "{practice_id} can order, under account {account_number}"

    practice_id: UUID
    account_number: str


class PracticeChanged(Fact):
    """A practice's contacts, note or name are other than they were."""

    sentence = "The profile of {practice_id} was changed"

    practice_id: UUID


class AccountNumberChanged(Fact):
    """A practice orders under another account with the lab."""

    sentence = "The account number of {practice_id} was changed from {old} to {new}"

    practice_id: UUID
    old: str
    new: str


class SiteAdded(Fact):
    """Lenses can be sent to another place."""

    sentence = "Site {code} of {practice_id} was added"

    practice_id: UUID
    site_id: UUID
    code: str


class SiteChanged(Fact):
    """A site's name or address is another."""

    sentence = "Site {code} of {practice_id} was changed"

    practice_id: UUID
    site_id: UUID
    code: str


class SiteClosed(Fact):
    """No new order is sent to this site."""

    sentence = "Site {code} of {practice_id} was closed"

    practice_id: UUID
    site_id: UUID
    code: str


class SiteReopened(Fact):
    """Orders can be sent to this site again."""

    sentence = "Site {code} of {practice_id} was opened again"

    practice_id: UUID
    site_id: UUID
    code: str


class DefaultSiteChosen(Fact):
    """Lenses go here unless an order says otherwise."""

    sentence = "Lenses of {practice_id} go to site {code} by default"

    practice_id: UUID
    site_id: UUID
    code: str


class StaffAdded(Fact):
    """Somebody works at the practice."""

    sentence = "Somebody was added to the roster of {practice_id}"

    practice_id: UUID
    person_id: UUID


class StaffChanged(Fact):
    """Somebody's name, profession, registration or account is another."""

    sentence = "Somebody of the roster of {practice_id} was changed"

    practice_id: UUID
    person_id: UUID


class StaffLeft(Fact):
    """Somebody no longer works there; what they ordered keeps their name."""

    sentence = "Somebody of the roster of {practice_id} left"

    practice_id: UUID
    person_id: UUID


class StaffReturned(Fact):
    """Somebody who had left works there again."""

    sentence = "Somebody of the roster of {practice_id} came back"

    practice_id: UUID
    person_id: UUID


class PreferredSuppliersChosen(Fact):
    """The practice prefers these suppliers, the first most."""

    sentence = "{practice_id} chose the suppliers it prefers"

    practice_id: UUID
    supplier_ids: tuple[UUID, ...]
