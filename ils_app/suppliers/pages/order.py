"""One purchase order: where it is, what was ordered and counted, what happened, and what this person may do."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.kernel.actor import Role
from ils_app.kernel.errors import IlsError
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.pages.order_view import order_view
from ils_app.suppliers.pages.rows import shown_status
from ils_app.suppliers.service import Happened, NoSuchPurchaseOrder, PurchaseOrderStatus, PurchaseOrderView, plain
from ils_app.ui import buttons, errors, feedback, layout, routes
from ils_app.ui.findings import PriceLine
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState
from ils_app.ui.timeline import TimelineEntry

READ, FULFIL, MANAGE = "purchase_orders.read", "purchase_orders.fulfil", "purchase_orders.manage"
ASKED = {
    "acknowledge": ("confirmed_on", "supplier_reference", "remark"), "ship": ("carrier", "tracking_number", "remark"),
    "deliver": ("delivered_on",), "receive": ("counted", "remark"), "close": ("reason",), "cancel": ("reason",),
}  # fmt: skip
"""The fields of each dialog; where goods are counted in, also one of each line's id."""
FIELDS = tuple(dict.fromkeys(name for names in ASKED.values() for name in names))
S = PurchaseOrderStatus
TONES = {S.SENT: "info", S.ACKNOWLEDGED: "info", S.IN_TRANSIT: "info", S.DELIVERED: "ok", S.CANCELLED: "bad"}


@dataclass(frozen=True)
class Line:
    """A line in words. `left` is what is still to come, without its unit."""

    id: str
    position: str
    description: str
    part_number: str
    quantity: str
    unit: str
    price: str
    tax: str
    net: str
    received: str
    left: str
    open: bool


@dataclass(frozen=True)
class Parcel:
    """A parcel in words."""

    id: str
    carrier: str
    tracking: str
    at: str
    note: str


@dataclass(frozen=True)
class Count:
    """What was counted in at one moment."""

    id: str
    at: str
    who: str
    said: str
    note: str


@dataclass(frozen=True)
class Shown:
    """An order in words."""

    id: str = ""
    number: str = ""
    status: str = "draft"
    step: str = "draft"
    reached: str = "draft"
    sending: bool = False
    send_error: str = ""
    sending_since: str = ""
    sent_to: str = ""
    supplier: str = ""
    supplier_href: str = ""
    address: str = ""
    account: str = ""
    reference: str = ""
    supplier_reference: str = ""
    notes: str = ""
    payment: str = ""
    tax_words: str = ""
    expected_on: str = ""
    confirmed_on: str = ""
    delivered_on: str = ""
    due_on: str = ""
    done: bool = False
    late: bool = False
    total: str = ""
    entered_by: str = ""
    closed_reason: str = ""
    cancel_reason: str = ""
    to_count: bool = False
    pdf_href: str = ""
    draft_href: str = ""
    may_edit: bool = False
    may_send: bool = False
    may_acknowledge: bool = False
    may_ship: bool = False
    may_deliver: bool = False
    may_receive: bool = False
    may_close: bool = False
    may_cancel: bool = False
    ours: bool = True


class PurchaseOrderState(SessionState):
    """The purchase order this tab shows."""

    order: Shown = Shown()
    found: bool = False
    lines: list[Line] = []
    sums: list[PriceLine] = []
    parcels: list[Parcel] = []
    counts: list[Count] = []
    entries: list[TimelineEntry] = []
    asking: str = ""  # which dialog is open, of those of ASKED
    problems: dict[str, str] = dict.fromkeys(FIELDS, "")
    busy: bool = False
    epoch: int = 0
    _order_id: UUID | None = None
    _version: int = 0
    _read_version: int = 0  # the version the open dialog was drawn from

    @rx.event
    @opens(READ)
    async def load(self):
        """The order the address names; a foreign one is not found."""
        self.found, self.asking, self.busy = False, "", False
        self._order_id = routes.id_in(self.router.url.path)
        if self._order_id is None:
            return
        self._watch(PurchaseOrderState.refresh, f"purchase-order:{self._order_id}")  # first: no change is missed
        try:
            await self._read()
        except NoSuchPurchaseOrder:
            self._order_id = None

    @rx.event
    @needs(READ, pushed=True)
    async def refresh(self):
        """The other side, or the mail, moved it."""
        if self._order_id is not None:
            await self._read()

    @rx.event
    @needs(FULFIL)
    async def ask(self, what: str):
        """Open a dialog: to acknowledge, ship or deliver."""
        if what in {"acknowledge", "ship", "deliver"}:
            self._open(what)

    @rx.event
    @needs(MANAGE)
    async def ask_lab(self, what: str):
        """Open a dialog of the lab's: to count in, close short or cancel."""
        if what in {"receive", "close", "cancel"}:
            self._open(what)

    @rx.event
    @needs(READ)
    async def keep(self):
        """Close the dialog and do nothing."""
        self.asking = ""

    @rx.event
    @needs(FULFIL)
    async def acknowledge(self, form: dict[str, Any]):
        """Take the order, for a day."""
        said = _said(form, "confirmed_on", "supplier_reference", "remark")
        return await self._do(suppliers.acknowledge_order, "The order is acknowledged.", **said)

    @rx.event
    @needs(FULFIL)
    async def ship(self, form: dict[str, Any]):
        """A parcel has left."""
        return await self._do(suppliers.ship_order, "The parcel is on its way.",
                              **_said(form, "carrier", "tracking_number", "remark"))  # fmt: skip

    @rx.event
    @needs(FULFIL)
    async def deliver(self, form: dict[str, Any]):
        """Everything was handed over."""
        return await self._do(suppliers.deliver_order, "The order is delivered.", **_said(form, "delivered_on"))

    @rx.event
    @needs(MANAGE)
    async def receive(self, form: dict[str, Any]):
        """Count in what arrived."""
        counted = {
            UUID(line.id): str(form.get(f"count_{line.id}", ""))
            for line in self.lines
            if line.open and self.order.may_receive
        }
        return await self._do(
            suppliers.receive_order,
            "Counted in.",
            counted,
            version=self._read_version,
            remark=str(form.get("remark", "")),
        )

    @rx.event
    @needs(MANAGE)
    async def close(self, form: dict[str, Any]):
        """The rest is not coming."""
        return await self._do(suppliers.close_order, "The order is closed.", str(form.get("reason", "")))

    @rx.event
    @needs(MANAGE)
    async def cancel(self, form: dict[str, Any]):
        """Take the order back."""
        return await self._do(suppliers.cancel_order, "The order is cancelled.", str(form.get("reason", "")))

    @rx.event
    @needs(MANAGE)
    async def send(self):
        """Try to send a draft again."""
        return await self._do(suppliers.send_order, "", self._version)

    @rx.event
    @needs(MANAGE)
    async def again(self):
        """Begin a draft with the same lines."""
        if self._order_id is None:
            raise NoSuchPurchaseOrder
        new = await suppliers.order_again(await self._actor(), self._order_id)
        return rx.redirect(routes.purchase_draft(new.id))

    def _open(self, what: str) -> None:
        self.asking, self.problems, self._read_version = what, dict.fromkeys(FIELDS, ""), self._version
        self.epoch += 1

    async def _do(self, door: Any, done: str, *args: Any, **kwargs: Any) -> Any:
        """Call a door on this order; its sentences go to the fields of the open dialog."""
        if self._order_id is None:
            raise NoSuchPurchaseOrder
        try:
            await door(await self._actor(), self._order_id, *args, **kwargs)
        except IlsError as error:
            shown = ASKED.get(self.asking, ())
            shown += tuple(line.id for line in self.lines) if self.asking == "receive" else ()
            if not set(shown) & set(error.fields):
                self.asking = ""
                await self._read()
            self.problems = dict.fromkeys(FIELDS, "") | errors.beside(error, shown)
            return None
        self.asking = ""
        await self._read()
        return errors.done(done) if done else None

    async def _read(self) -> None:
        actor = await self._actor()
        if self._order_id is None:
            raise NoSuchPurchaseOrder
        view = await suppliers.purchase_order(actor, self._order_id)
        self._version, self.found = view.version, True
        self.order = _shown(view, actor.role)
        self.lines = [_line(view, line) for line in view.lines]
        self.sums = [
            PriceLine("Subtotal", str(view.subtotal)),
            *(PriceLine(f"Tax {plain(tax.rate_percent)} % on {tax.net}", str(tax.tax)) for tax in view.taxes),
        ]
        self.parcels = [
            Parcel(str(one.id), one.carrier, one.tracking_number or "–", one.at.isoformat(), one.note)
            for one in view.shipments
        ]
        self.counts = [
            Count(str(one.id), one.at.isoformat(), one.who,
                  "; ".join(f"{plain(quantity)} {unit} {what}" for what, quantity, unit in one.counted), one.note)
            for one in view.receipts
        ]  # fmt: skip
        self.entries = [_entry(one) for one in await suppliers.order_timeline(actor, self._order_id)]
        self.announcement = f"{view.number}: {self.order.status.replace('_', ' ')}"


def _said(form: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: str(form.get(name, "")) for name in names}


def _day(value: Any) -> str:
    return value.isoformat() if value else ""


def _shown(view: PurchaseOrderView, role: Role) -> Shown:
    ours = role is not Role.SUPPLIER
    reached = S.ACKNOWLEDGED if view.acknowledged_at else S.SENT if view.sent_at else S.DRAFT
    may = {name: getattr(view, name) for name in Shown.__dataclass_fields__ if name.startswith("may_")}
    return Shown(
        id=str(view.id), number=view.number, status=shown_status(view, ours=ours), step=view.status.value,
        reached=(reached if view.status is S.CANCELLED else view.status).value, sending=view.sending,
        send_error=view.send_error, sending_since=_day(view.sending_since),
        sent_to=" · ".join(filter(None, (view.sent_to_name, view.sent_to))),
        supplier=view.supplier_name, supplier_href=routes.supplier(view.supplier_id),
        address=", ".join(view.supplier_address) or "–", account=view.account_number or "–",
        reference=view.reference or "–", supplier_reference=view.supplier_reference or "–", notes=view.notes,
        payment=f"{view.payment_days} days", tax_words=view.tax_treatment.label,
        expected_on=_day(view.expected_on), confirmed_on=_day(view.confirmed_on),
        delivered_on=_day(view.delivered_on), due_on=_day(view.due_on),
        done=view.status in {S.DELIVERED, S.CANCELLED}, late=view.late, total=str(view.total),
        entered_by=view.entered_by_name, closed_reason=view.closed_reason, cancel_reason=view.cancel_reason,
        to_count=view.to_count, pdf_href=routes.purchase_order_paper(view.id, role.value),
        draft_href=routes.purchase_draft(view.id), ours=ours, **may,
    )  # fmt: skip


def _line(view: PurchaseOrderView, line: Any) -> Line:
    taxed = view.tax_treatment is suppliers.TaxTreatment.DOMESTIC
    return Line(
        id=str(line.id or line.position), position=str(line.position), description=line.description,
        part_number=line.part_number, quantity=f"{plain(line.quantity)}\u00a0{line.unit}", unit=line.unit,
        price=str(line.unit_price), tax=f"{plain(line.tax_rate_percent)}\u00a0%" if taxed else "–", net=str(line.net),
        received=plain(line.received), left=plain(line.remaining), open=line.remaining > 0,
    )  # fmt: skip


def _entry(one: Happened) -> TimelineEntry:
    tone = TONES.get(one.new, "idle") if one.new else "bad" if one.what == "Could not be sent" else "idle"
    return TimelineEntry(id=str(one.id), at=one.at.isoformat(), title=one.what, who=one.who, detail=one.why, tone=tone)


@page(routes.PURCHASE_ORDER, title="Purchase order", on_load=PurchaseOrderState.load)
def purchase_order_page() -> rx.Component:
    """The order, or that there is none."""
    state = PurchaseOrderState
    missing = feedback.empty_state(
        "search-x", "There is no such purchase order", "The link may be incomplete.",
        buttons.link_button("All purchase orders", routes.PURCHASE_ORDERS),
    )  # fmt: skip
    content, actions = order_view(state)
    return frame(
        rx.cond(state.found, content, missing),
        title=rx.cond(state.found, layout.mono(state.order.number), "Purchase order"),
        subtitle=rx.cond(state.found & state.order.ours, state.order.supplier, ""),
        active=routes.PURCHASE_ORDERS,
        actions=rx.cond(state.found, actions),
    )
