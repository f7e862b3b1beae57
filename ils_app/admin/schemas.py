"""Drafts in, views out: what crosses this room's door."""

from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ils_app.kernel.roles import Role


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Area(StrEnum):
    """Whose facts: a room of ILS, in the words of who reads the audit."""

    AUTH = "auth"
    SETTINGS = "settings"
    NOTIFICATIONS = "notifications"
    PRACTICES = "practices"
    PATIENTS = "patients"
    CATALOG = "catalog"
    ORDERS = "orders"
    LAB = "lab"
    SUPPLIERS = "suppliers"
    BILLING = "billing"
    ENGINEERING = "engineering"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        """As it is shown."""
        return _AREAS.get(self, self.value.capitalize())


_AREAS = {
    Area.AUTH: "Accounts",
    Area.NOTIFICATIONS: "Notifications and mail",
    Area.LAB: "Lab floor",
    Area.SUPPLIERS: "Suppliers and purchase orders",
    Area.BILLING: "Invoices and payments",
    Area.ENGINEERING: "Rules and deliveries",
    Area.ADMIN: "Administration",
}


PEOPLE = "people"
"""What a form or an address says for `by_people`."""


class AuditFilter(BaseModel):
    """Which acts: by whom (a name or email), about what (a name, an order's number, an id), of which area, when."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    who: str = ""
    about: str = ""
    area: Area | None = None
    since: date | None = None  # the lab's calendar days, both included
    until: date | None = None
    by_people: bool = False  # without what ILS did by itself

    @classmethod
    def read(
        cls, *, who: str = "", about: str = "", area: str = "", since: str = "", until: str = "", by: str = ""
    ) -> Self:
        """The filter in what a form or an address says; what is no area and no day is left out."""
        return cls(
            who=who,
            about=about,
            area=Area(area) if area in {one.value for one in Area} else None,
            since=_day(since),
            until=_day(until),
            by_people=by == PEOPLE,
        )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


class AuditEntry(_View):
    """One act, in words. `details` holds everything the fact says; of a patient only that there is one."""

    id: int
    at: datetime
    who: str
    who_id: UUID | None
    role: Role | None
    what: str
    area: Area | None
    name: str
    href: str
    request_id: str
    details: tuple[tuple[str, str], ...]


class AuditPage(_View):
    """A page of the audit, the newest first; `next_cursor` is None on the last."""

    rows: tuple[AuditEntry, ...]
    next_cursor: str | None


class Count(_View):
    """A number of the dashboard."""

    key: str
    number: int


class Overview(_View):
    """What needs an administrator now."""

    waiting: int  # people who ask for an account
    ending_invitations: int
    practices_to_open: int
    suspended: int
    on_hold: int
    waiting_for_lab: int
    lab_silent_since: datetime | None
    failed_deliveries: int
    unmatched_deliveries: int
    failed_jobs: int
    mails_given_up: int
    overdue_invoices: int
    late_purchase_orders: int
    unsent_purchase_orders: int  # whose mail to the supplier came back


class NewPlace(BaseModel):
    """An organisation that is made as somebody is let in; all but the name is for a practice, so that it can order."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: str
    account_number: str = ""
    phone: str = ""
    site_code: str = ""
    site_name: str = ""
    address: str = ""  # a line each
    postcode: str = ""
    country: str = "GB"


class Admission(BaseModel):
    """How somebody who signed up is let in: as what, and at an organisation there is or at a new one."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    role: Role
    manager: bool = False
    organisation_id: UUID | None = None
    new: NewPlace | None = None
