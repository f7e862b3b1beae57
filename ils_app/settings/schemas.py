"""Drafts in, views out: what crosses this room's door."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from ils_app.auth.schemas import OrganisationKind
from ils_app.kernel.files import FileRef
from ils_app.kernel.roles import Role


class NotificationKind(StrEnum):
    """What a person can be told about. `account` is about their own access and cannot be switched off."""

    ORDER_RECEIVED = "order_received"
    ORDER_ON_HOLD = "order_on_hold"
    ORDER_SHIPPED = "order_shipped"
    PURCHASE_ORDER = "purchase_order"
    DOCUMENT_EXPIRY = "document_expiry"
    INVOICE = "invoice"
    PAYMENT = "payment"
    ACCOUNT = "account"


REACHES: Final[dict[NotificationKind, frozenset[Role]]] = {
    NotificationKind.ORDER_RECEIVED: frozenset({Role.ECP}),
    NotificationKind.ORDER_ON_HOLD: frozenset({Role.ECP}),
    NotificationKind.ORDER_SHIPPED: frozenset({Role.ECP}),
    NotificationKind.PURCHASE_ORDER: frozenset({Role.LAB, Role.SUPPLIER}),
    NotificationKind.DOCUMENT_EXPIRY: frozenset({Role.LAB, Role.ENGINEER, Role.SUPPLIER}),
    NotificationKind.INVOICE: frozenset({Role.ECP, Role.LAB, Role.ADMIN}),
    NotificationKind.PAYMENT: frozenset({Role.ECP, Role.LAB, Role.ADMIN}),
    NotificationKind.ACCOUNT: frozenset(Role),
}
"""Whom each kind can reach at all."""

ALWAYS: Final = frozenset({NotificationKind.ACCOUNT})
"""What nobody can switch off."""


class Theme(StrEnum):
    """How the pages look to a person: as their system says, light or dark."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Currency(StrEnum):
    """What the lab charges in: currencies with two decimals."""

    GBP = "GBP"
    EUR = "EUR"
    USD = "USD"
    AUD = "AUD"
    CAD = "CAD"
    CHF = "CHF"
    CZK = "CZK"
    DKK = "DKK"
    NOK = "NOK"
    NZD = "NZD"
    PLN = "PLN"
    SEK = "SEK"
    SGD = "SGD"
    ZAR = "ZAR"


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Letterhead(_View):
    """What stands on an organisation's documents. A name nobody set is the organisation's own."""

    organisation_id: UUID
    name: str
    address_lines: tuple[str, ...] = ()
    postcode: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    tax_number: str = ""
    company_number: str = ""
    bank_details: str = ""
    logo: FileRef | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The address as it is written on an envelope, below the name."""
        return tuple(line for line in (*self.address_lines, self.postcode, self.country) if line)

    @property
    def contacts(self) -> tuple[str, ...]:
        """Telephone, email and website, those there are."""
        return tuple(line for line in (self.phone, self.email, self.website) if line)


class LetterheadDraft(BaseModel):
    """A letterhead as somebody writes it; the logo is put and taken away on its own."""

    name: str = ""
    address_lines: tuple[str, ...] = ()
    postcode: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    tax_number: str = ""
    company_number: str = ""
    bank_details: str = ""  # where invoices are paid to, in a line as it is printed


class LetterheadView(_View):
    """A letterhead with what an editor needs: what its owner is called in ILS, and which version was read."""

    letterhead: Letterhead
    organisation_name: str
    kind: OrganisationKind
    version: int
    updated_at: datetime | None = None


ClockTime = Annotated[time, WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d(:\d\d)?$"})]
"""A time of day by the lab's own clocks; OpenAPI's `time` would carry a zone."""


class Hours(_View):
    """When the lab works on a day of the week, by its own clocks."""

    opens: ClockTime
    closes: ClockTime


Week = tuple[Hours | None, Hours | None, Hours | None, Hours | None, Hours | None, Hours | None, Hours | None]
"""Monday to Sunday; None is a day the lab is closed."""


class Holiday(_View):
    """A day the lab is closed, and why."""

    day: date
    name: str


class LabSettings(_View):
    """How the lab works."""

    order_prefix: str
    lead_time_days: int
    zone: ZoneInfo
    opening_hours: Week
    holidays: tuple[Holiday, ...]
    payment_terms_days: int
    currency: Currency


class LabView(_View):
    """How the lab works, as it is shown and sent: whose it is, the zone by its name, and which version was read."""

    lab_id: UUID | None
    order_prefix: str
    lead_time_days: int
    time_zone: str
    opening_hours: Week
    holidays: tuple[Holiday, ...]
    payment_terms_days: int
    currency: Currency
    version: int
    updated_at: datetime | None = None


class LabDraft(BaseModel):
    """How the lab is to work, as an administrator writes it; holidays are added and removed one by one."""

    order_prefix: str
    lead_time_days: int
    time_zone: str
    opening_hours: Week
    payment_terms_days: int
    currency: str


class LabToday(_View):
    """What the lab's calendar says to whoever waits for it, at this moment.

    `closed` is a sentence, empty while the lab is open. `about` is an estimate by the calendar, never a promise.
    """

    open: bool
    closed: str
    lead_time_days: int
    about: date
    estimate: str


class Picture(_View):
    """A logo as it is sent to a browser."""

    body: bytes
    media_type: str


class Preferences(_View):
    """What a person likes: how pages look, and what they are told in the app and by mail."""

    theme: Theme
    in_app: frozenset[NotificationKind]
    by_mail: frozenset[NotificationKind]
