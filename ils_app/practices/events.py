"""Facts of the practices room; only ever added to."""

from uuid import UUID

from ils_app.kernel.events import Fact


class PracticeRegistered(Fact):
    """A practice can order from now on."""

    sentence = "{practice_id} can order under account {account_number}"

    practice_id: UUID
    account_number: str


class PracticeChanged(Fact):
    """A practice's contacts, note or name are other than they were."""

    sentence = "The profile of {practice_id} was changed"

    practice_id: UUID


class AccountNumberChanged(Fact):
    """A practice orders under another account with the lab."""

    sentence = "{practice_id} orders under account {new} instead of {old}"

    practice_id: UUID
    old: str
    new: str


class SiteAdded(Fact):
    """Lenses can be sent to another place."""

    sentence = "A site was added to {practice_id}"

    practice_id: UUID
    site_id: UUID


class SiteChanged(Fact):
    """A site's name or address is another."""

    sentence = "A site of {practice_id} was changed"

    practice_id: UUID
    site_id: UUID


class SiteClosed(Fact):
    """No new order is sent to this site."""

    sentence = "A site of {practice_id} was closed"

    practice_id: UUID
    site_id: UUID


class SiteReopened(Fact):
    """Orders can be sent to this site again."""

    sentence = "A site of {practice_id} was opened again"

    practice_id: UUID
    site_id: UUID


class DefaultSiteChosen(Fact):
    """Lenses go here unless an order says otherwise."""

    sentence = "{practice_id} chose where its lenses go"

    practice_id: UUID
    site_id: UUID


class StaffAdded(Fact):
    """Somebody works at the practice."""

    sentence = "Somebody was added to the staff of {practice_id}"

    practice_id: UUID
    person_id: UUID


class StaffChanged(Fact):
    """Somebody's name, profession, registration or account is another."""

    sentence = "Somebody of the staff of {practice_id} was changed"

    practice_id: UUID
    person_id: UUID


class StaffLeft(Fact):
    """Somebody no longer works there; what they ordered keeps their name."""

    sentence = "Somebody left the staff of {practice_id}"

    practice_id: UUID
    person_id: UUID


class StaffReturned(Fact):
    """Somebody who had left works there again."""

    sentence = "Somebody returned to the staff of {practice_id}"

    practice_id: UUID
    person_id: UUID


class PreferredSuppliersChosen(Fact):
    """The practice prefers these suppliers, the first most."""

    sentence = "{practice_id} chose the suppliers it prefers"

    practice_id: UUID
    supplier_ids: tuple[UUID, ...]
