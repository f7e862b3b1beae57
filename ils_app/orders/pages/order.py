"""One order: where it is, what was ordered, what happened, and what this person may do about it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.kernel.actor import Role
from ils_app.kernel.errors import IlsError, NotFound
from ils_app.orders import service as orders
from ils_app.orders.service import NoSuchOrder, OrderStatus, OrderView
from ils_app.settings import service as settings
from ils_app.ui import buttons, dialogs, errors, feedback, fields, findings, layout, navigation, routes, times
from ils_app.ui.findings import Finding, PriceLine
from ils_app.ui.guard import needs, opens
from ils_app.ui.navigation import Beside
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState
from ils_app.ui.timeline import TimelineEntry, status_stepper, timeline
from lims_client.models import JobStatus

TONES = {
    OrderStatus.SHIPPED: "ok", OrderStatus.COMPLETED: "ok", OrderStatus.ON_HOLD: "hold", OrderStatus.CANCELLED: "bad",
    OrderStatus.IN_PRODUCTION: "info", OrderStatus.QUALITY_CHECK: "info",
}  # fmt: skip
EYES = (("od", "OD"), ("os", "OS"))
COLUMNS = ("Sphere", "Cyl", "Axis", "Add", "Prism", "PD", "Height")
JOB_WORDS = {JobStatus.READY_FOR_SHIPPING: "inspected and packed", JobStatus.ON_HOLD: "on hold"}


@dataclass(frozen=True)
class EyeLine:
    """One eye's prescription as it was written."""

    eye: str
    figures: list[str]


@dataclass(frozen=True)
class Shown:
    """An order in words."""

    id: str = ""
    number: str = ""
    status: str = "submitted"
    reached: str = "submitted"
    waiting: bool = False
    patient: str = ""
    patient_detail: str = ""
    patient_href: str = ""
    practice: str = ""
    ecp: str = ""
    reference: str = ""
    entered_for_practice: bool = False
    lens: str = ""
    eyes: list[EyeLine] = None  # type: ignore[assignment]
    frame: str = ""
    sent_as: str = ""
    board_href: str = ""
    file_name: str = ""
    notes: str = ""
    job_id: str = ""
    job_words: str = ""
    queue_position: str = ""
    station: str = ""
    due_at: str = ""
    promised_at: str = ""
    done: bool = False
    rules_version: str = ""
    price: str = ""
    reason: str = ""
    refused: bool = False
    last_error: str = ""
    next_try_at: str = ""
    carrier: str = ""
    tracking_number: str = ""
    urgency: str = ""
    frame_to_come: bool = False
    corrected_href: str = ""
    corrects_href: str = ""
    may_cancel: bool = False
    may_correct: bool = False
    may_resend: bool = False
    may_duplicate: bool = False
    sees_rx: bool = True


class OrderState(SessionState):
    """The order this tab shows."""

    order: Shown = Shown(eyes=[])
    found: bool = False
    entries: list[TimelineEntry] = []
    price_lines: list[PriceLine] = []
    lab_findings: list[Finding] = []
    beside: list[Beside] = []  # what rooms above this one have to show of it
    cancelling: bool = False
    correcting: bool = False
    reason: str = ""
    reason_problem: str = ""
    busy: bool = False
    estimate: str = ""  # by the lab's calendar, while the lab has promised nothing
    _order_id: UUID | None = None

    @rx.event
    @opens("orders.read")
    async def load(self):
        """The order the address names; a foreign one is not found."""
        self.found, self.cancelling, self.correcting, self.busy = False, False, False, False
        self._order_id = routes.id_in(self.router.url.path)
        if self._order_id is None:
            return
        self._watch(OrderState.refresh, f"order:{self._order_id}", settings.LAB)  # first: no change is missed
        try:
            await self._read(looked=True)
        except NoSuchOrder:
            self._order_id = None  # the page itself says so

    @rx.event
    @needs("orders.read", pushed=True)
    async def refresh(self):
        """The lab, or a colleague, moved it."""
        if self._order_id is not None:
            await self._read()

    async def _read(self, *, looked: bool = False) -> None:
        actor = await self._actor()
        if self._order_id is None:
            raise NotFound
        view = await orders.order(actor, self._order_id, looked=looked)
        self.order, self.found = _shown(view), True
        unpromised = view.status is OrderStatus.SUBMITTED and view.due_at is None
        self.estimate = (await settings.lab_today(actor)).estimate if unpromised else ""
        self.price_lines = [PriceLine(one.what, str(view.price.model_copy(update={"minor": one.minor})))
                            for one in view.price_lines] if view.price else []  # fmt: skip
        self.lab_findings = [
            Finding("error" if one.severity in {"reject", "hold"} else "info", one.message, "", one.code)
            for one in view.findings
        ]
        self.entries = [
            TimelineEntry(
                id=f"{number}", at=entry.at.isoformat(), title=entry.what, who=entry.who, detail=entry.why,
                tone=TONES.get(entry.new, "idle") if entry.new else "idle", trace=entry.request_id,
                trace_href=routes.deliveries_of(entry.request_id),
            )
            for number, entry in enumerate(await orders.timeline(actor, self._order_id))
        ]  # fmt: skip
        self.beside = await navigation.beside_order(actor, self._order_id)
        self.announcement = f"{self.order.number}: {self.order.status.replace('_', ' ')}"

    @rx.event(background=True)
    @needs("orders.resend")
    async def resend(self):
        """Try the lab again now."""
        async with self:
            actor, order_id, self.busy = await self._actor(), self._order_id, True
        try:
            view = await orders.resend(actor, order_id) if order_id else None
        finally:
            async with self:
                self.busy = False
                await self._read()
        return errors.done("The lab has it.") if view and view.job_id else None

    @rx.event
    @needs("orders.cancel")
    async def ask_to_cancel(self):
        """Ask why, before the order is cancelled."""
        self.cancelling, self.reason, self.reason_problem = True, "", ""

    @rx.event
    @needs("orders.cancel")
    async def keep(self):
        """Leave the order as it is."""
        self.cancelling = self.correcting = False

    @rx.event
    @needs("orders.cancel")
    async def give_reason(self, name: str, value: str):
        """Why it is cancelled, as it is typed."""
        self.reason = value

    @rx.event(background=True)
    @needs("orders.cancel")
    async def cancel(self):
        """Cancel; *cancel requested* stands until the lab has answered."""
        async with self:
            actor, order_id, reason, self.busy = await self._actor(), self._order_id, self.reason, True
        try:
            if order_id:
                await orders.cancel(actor, order_id, reason=reason)
        except IlsError as error:
            async with self:
                self.busy, self.reason_problem = False, error.fields.get("reason", "")
                if not error.fields:  # the lab has moved on: show where it is, and the toast says the rest
                    self.cancelling = False
                    await self._read()
            if not error.fields:
                raise
            return
        async with self:
            self.busy = self.cancelling = False
            await self._read()

    @rx.event
    @needs("orders.cancel")
    async def ask_to_correct(self):
        """Ask before an order is cancelled for a corrected one; a refused one has nothing to lose."""
        if self.order.refused:
            return OrderState.correct
        self.correcting = True
        return None

    @rx.event(background=True)
    @needs("orders.cancel")
    async def correct(self):
        """Cancel and open as a corrected draft, in one act."""
        async with self:
            self.correcting = False
            actor, order_id = await self._actor(), self._order_id
        draft = await orders.cancel_and_correct(actor, order_id) if order_id else None
        return rx.redirect(routes.draft(draft.id)) if draft else None

    @rx.event
    @needs("orders.create")
    async def duplicate(self):
        """Order the same again, as a new draft."""
        draft = await orders.duplicate(await self._actor(), self._order_id) if self._order_id else None
        return rx.redirect(routes.draft(draft.id)) if draft else None


@page(routes.ORDER, title="Order", on_load=OrderState.load)
def order_page() -> rx.Component:
    """The order, or that there is none."""
    missing = feedback.empty_state(
        "search-x", "There is no such order", "It may be another practice's, or the link may be incomplete.",
        buttons.link_button("All orders", routes.ORDERS),
    )  # fmt: skip
    one = OrderState.order
    return frame(
        rx.cond(OrderState.found, _found(), missing),
        title=rx.cond(OrderState.found, layout.mono(one.number), "Order"),
        subtitle=rx.cond(OrderState.found, rx.fragment(one.patient, " · ", one.practice), ""),
        active=routes.ORDERS,
        actions=rx.cond(OrderState.found, _actions()),
        shortcuts=(dialogs.Shortcut("d", "Order the same again"),),
    )


def _actions() -> rx.Component:
    one = OrderState.order
    asking = dialogs.confirm_dialog(
        "The lab stops if it has not begun; you see its answer on the order.",
        fields.text_field("reason", "Why", on_edit=OrderState.give_reason, problem=OrderState.reason_problem),
        opened=OrderState.cancelling,
        title=rx.fragment("Cancel ", one.number, "?"),
        confirm="Cancel the order",
        cancel="Keep it",
        on_confirm=OrderState.cancel,
        on_cancel=OrderState.keep,
        danger=True,
        busy=OrderState.busy,
    )
    correcting = dialogs.confirm_dialog(
        "It is cancelled at the lab now, and a copy opens for you to mend and send.",
        opened=OrderState.correcting,
        title=rx.fragment("Cancel ", one.number, " and correct it?"),
        confirm="Cancel and correct",
        cancel="Keep it",
        on_confirm=OrderState.correct,
        on_cancel=OrderState.keep,
    )
    at_the_lab = (OrderState.role == Role.LAB) | (OrderState.role == Role.ENGINEER)
    on_the_board = buttons.link_button("On the board", one.board_href, icon="square-kanban")
    return layout.actions(
        rx.cond(at_the_lab & (one.job_id != ""), on_the_board),
        rx.cond(one.may_resend, buttons.button("Send again now", icon="send", kind="primary",
                                               on_click=OrderState.resend, busy=OrderState.busy)),
        rx.cond(one.may_correct, buttons.button(
            rx.cond(one.refused, "Open as a corrected draft", "Cancel and correct"), icon="pencil",
            on_click=OrderState.ask_to_correct)),
        rx.cond(one.may_duplicate, buttons.button("Order again", icon="copy", shortcut="d",
                                                  on_click=OrderState.duplicate)),
        rx.cond(one.may_cancel, buttons.button("Cancel", icon="ban", on_click=OrderState.ask_to_cancel)),
        asking,
        correcting,
    )  # fmt: skip


def _found() -> rx.Component:
    one = OrderState.order
    return layout.stack(
        feedback.glow(
            status_stepper(one.status, reached=one.reached, waiting=one.waiting), of=one.id + ":step",
            value=one.status + one.job_words,
        ),
        _notice(),
        layout.columns(
            layout.stack(_progress(), rx.cond(one.sees_rx, _prescription()), _lens()),
            layout.stack(_price(), layout.card(timeline(OrderState.entries), title="What happened")),
            shape="main-side",
        ),
    )  # fmt: skip


def _notice() -> rx.Component:
    one = OrderState.order
    waiting = feedback.callout(
        "warn",
        "Waiting for the lab",
        rx.fragment(one.last_error, " It is safe and will be sent by itself; next try ", times.clock(one.next_try_at)),
    )  # fmt: skip
    refused = feedback.callout(
        "bad", "The lab cannot make it as ordered", findings.finding_messages(OrderState.lab_findings),
        "Open it as a corrected draft, mend what is named, and send it.",
    )  # fmt: skip
    corrected = feedback.callout(
        "info", "A corrected order stands in its place", buttons.link("Open the corrected order", one.corrected_href)
    )
    whose = rx.cond(OrderState.role == Role.ECP, "Waiting for your frame", "Waiting for the frame")
    awaited = feedback.callout("idle", whose, "The lab's clock starts when it arrives.")
    ring = "The lab releases it. If the reason asks something of you, ring the lab."
    held = feedback.callout("hold", rx.fragment("On hold: ", one.reason), ring)
    return rx.fragment(
        rx.cond(one.waiting, waiting),
        rx.cond(one.corrected_href != "", corrected, rx.cond(one.refused & (one.status == "on_hold"), refused)),
        rx.cond((one.status == "on_hold") & ~one.refused, held),
        rx.cond(one.frame_to_come & ~one.done, awaited),
    )  # fmt: skip


def _progress() -> rx.Component:
    one = OrderState.order
    return layout.card(
        layout.facts(
            ("Job", rx.cond(one.job_id != "", layout.mono(one.job_id), "not yet")),
            ("At the lab", rx.cond(one.job_words != "", one.job_words, "–")),
            ("Queue place", rx.cond(one.queue_position != "", one.queue_position, "–")),
            ("Promised", rx.cond(OrderState.estimate != "", _estimate(),
                                 times.due(one.due_at, promised=one.promised_at, done=one.done))),
            ("Tracking", rx.cond(one.tracking_number != "",
                                 rx.fragment(one.carrier, " ", layout.mono(one.tracking_number)), "–")),
        ),
        title="Where it is",
        aside=rx.cond(one.urgency != "standard", feedback.tag(one.urgency, "warn")),
    )  # fmt: skip


def _estimate() -> rx.Component:
    return layout.row("nothing yet", feedback.tag("estimate"), layout.muted(OrderState.estimate))


def _prescription() -> rx.Component:
    one = OrderState.order
    head = rx.el.tr(rx.el.th("Eye", scope="col"), *[rx.el.th(name, scope="col") for name in COLUMNS])
    rows = rx.foreach(
        one.eyes,
        lambda eye: rx.el.tr(
            rx.el.th(eye.eye, scope="row"), rx.foreach(eye.figures, lambda value: rx.el.td(layout.mono(value)))
        ),
    )
    table = rx.el.table(rx.el.thead(head), rx.el.tbody(rows), aria_label="Prescription", class_name="ils-rx-table")
    return layout.card(
        rx.el.div(
            table, role="region", aria_label="Prescription, by eye", tab_index=0, class_name="ils-rx-frame"
        ),  # scrolls on a phone
        layout.facts(
            ("Patient", rx.fragment(one.patient, " ", layout.muted(one.patient_detail))),
            ("Sent to the lab as", rx.cond(one.sent_as != "", layout.mono(one.sent_as), "written")),
            ("Your reference", one.reference),
            ("Ordered by", rx.fragment(one.ecp, rx.cond(one.entered_for_practice, " (entered by the lab)", ""))),
        ),
        title="Prescription as written",
    )


def _lens() -> rx.Component:
    one = OrderState.order
    trace = buttons.download_link(one.file_name, f"/api/v1/orders/{one.id}/trace")
    return layout.card(
        layout.facts(
            ("Lens", one.lens),
            ("Frame", rx.cond(one.frame != "", layout.mono(one.frame), "–")),
            ("Trace file", rx.cond(one.file_name != "", trace, "none")),
            ("Note to the lab", rx.cond(one.notes != "", one.notes, "–")),
            ("Rules", rx.fragment("version ", one.rules_version)),
        ),
        title="Lens and frame",
    )


def _price() -> rx.Component:
    one = OrderState.order
    return layout.card(
        rx.cond(
            one.price != "",
            findings.price_summary(OrderState.price_lines, total=one.price, promised=times.day(one.due_at)),
            layout.muted("The lab names the price when it has the order."),
        ),
        rx.cond(one.price != "", layout.muted("Before tax; the invoice adds it.")),
        rx.foreach(
            OrderState.beside,
            lambda found: layout.row(
                found.label, buttons.link(layout.mono(found.text), found.href), layout.muted(found.detail)
            ),
        ),
        title="Price and promise",
    )


def _shown(view: OrderView) -> Shown:
    written: dict[str, Any] = dict(view.draft.written) if view.draft else {}
    frame_parts = [(name.upper(), written.get(f"frame_{name}", "")) for name in ("a", "b", "dbl", "ed")]
    held_from = OrderStatus.IN_PRODUCTION if view.job_id else OrderStatus.SUBMITTED
    halted = view.status in {OrderStatus.ON_HOLD, OrderStatus.CANCELLED}
    return Shown(
        id=str(view.id), number=view.number,
        status="cancel_requested" if view.cancel_requested else view.status,
        reached=held_from if halted else view.status, waiting=view.waiting, patient=view.patient_name,
        patient_detail=view.patient_number, patient_href=routes.patient(view.patient_id) if view.patient_id else "",
        practice=view.practice_name, ecp=view.ecp_name or "–", reference=view.reference or "–",
        entered_for_practice=view.entered_for_practice, lens=view.lens,
        eyes=[EyeLine(label, _eye(view, eye)) for eye, label in EYES],
        frame=" · ".join(filter(None, (*_frame_words(view), *(f"{n} {value}" for n, value in frame_parts if value)))),
        file_name=view.draft.file.name if view.draft and view.draft.file else "",
        sent_as=_minus_form(view),
        board_href=f"{routes.BOARD}?job={view.id}",
        notes=view.draft.notes if view.draft else "", job_id=view.job_id,
        job_words=JOB_WORDS.get(view.job_status, view.job_status.replace("_", " ")) if view.job_status else "",
        queue_position=str(view.queue_position or ""), station=view.station,
        due_at=view.due_at.isoformat() if view.due_at else "",
        promised_at=view.promised_at.isoformat() if view.promised_at else "",
        done=view.status in {OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CANCELLED},
        rules_version=view.rules_version or "–", price=str(view.price) if view.price else "", reason=view.reason,
        refused=view.refused, last_error=view.last_error,
        next_try_at=view.next_try_at.isoformat() if view.next_try_at else "", carrier=view.carrier,
        tracking_number=view.tracking_number, urgency=view.urgency, frame_to_come=view.frame_to_come,
        corrected_href=routes.order(view.corrected_by) if view.corrected_by else "",
        corrects_href=routes.order(view.corrects) if view.corrects else "", may_cancel=view.may_cancel,
        may_correct=view.may_correct, may_resend=view.may_resend, may_duplicate=view.may_duplicate,
        sees_rx=view.draft is not None,
    )  # fmt: skip


def _frame_words(view: OrderView) -> tuple[str, str]:
    """How the frame holds the lens, and where it is."""
    if view.draft is None:
        return "", ""
    where = {"supplied": "comes with the order", "to_come": "to come", "lab_supplies": "the lab supplies it"}
    return view.draft.frame_type.replace("_", " "), where.get(view.draft.frame_status, view.draft.frame_status)


def _minus_form(view: OrderView) -> str:
    """How the lab has the powers where that is not how they were written: minus cylinders."""
    powers = view.prescription or {}
    lines = []
    for eye, label in EYES:
        sphere, cylinder, axis = (powers.get(f"{eye}{part}") for part in ("Sphere", "Cylinder", "Axis"))
        plus = view.draft is not None and view.draft.text(f"{eye}_cylinder").startswith("+")
        if plus and cylinder is not None:
            lines.append(f"{label} {sphere:+.2f} {cylinder:+.2f} × {axis:.0f}")
    return " · ".join(lines)


def _eye(view: OrderView, eye: str) -> list[str]:
    """One eye's figures as they were written; an eye that was not ordered says what it gets instead."""
    written = dict(view.draft.written) if view.draft else {}
    wanted = {"both": ("od", "os"), "right": ("od",), "left": ("os",)}[view.draft.eye if view.draft else "both"]
    if eye not in wanted:
        return ["balance lens" if view.draft and view.draft.balance else "not ordered", *[""] * (len(COLUMNS) - 1)]
    prisms = [
        f"{written[f'{eye}_prism{suffix}']} {written.get(f'{eye}_base{suffix}', '')}".strip()
        for suffix in ("", "_2")
        if written.get(f"{eye}_prism{suffix}")
    ]
    plain = {
        part: written.get(f"{eye}_{part}", "") or "–" for part in ("sphere", "cylinder", "axis", "add", "pd", "height")
    }
    return [plain["sphere"], plain["cylinder"], plain["axis"], plain["add"], " + ".join(prisms) or "–", plain["pd"],
            plain["height"]]  # fmt: skip
