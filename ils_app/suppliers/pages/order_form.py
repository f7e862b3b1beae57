"""A purchase order while it is written: the supplier, lines one after another, sums by the server, and *send*."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import reflex as rx

from ils_app.kernel.errors import IlsError, Invalid, NotFound
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.entering import Reader
from ils_app.suppliers.order_reading import read_line
from ils_app.suppliers.service import LineDraft, PurchaseOrderDraft, PurchaseOrderView
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables
from ils_app.ui.findings import PriceLine, price_summary
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

ROW = "purchase_orders.manage"
LINE = ("description", "part_number", "quantity", "unit", "unit_price", "tax_rate")
WRITTEN = ("reference", "notes", "expected_on")
HEAD = ("supplier", "reference", "notes", "expected_on", "lines")
PAUSE_SECONDS = 0.6


@dataclass(frozen=True)
class FormLine:
    """A line that is in the order, in words; `problem` says what keeps it from being sent."""

    key: str
    description: str
    part_number: str
    quantity: str
    price: str
    tax: str
    net: str
    problem: str


class PurchaseOrderFormState(SessionState):
    """The draft this tab writes. What is typed is kept as it is typed; sums come from the server."""

    order_id: str = ""
    number: str = ""
    address: str = routes.NEW_PURCHASE_ORDER
    choices: list[fields.Option] = []
    supplier_id: str = ""
    reference: str = ""
    notes: str = ""
    expected_on: str = ""
    usual_on: str = ""
    domestic: bool = True
    lines: list[FormLine] = []
    line: dict[str, str] = dict.fromkeys(LINE, "")
    editing: str = ""  # the key of the line the fields hold
    problems: dict[str, str] = dict.fromkeys((*HEAD, *LINE), "")
    taxes: list[PriceLine] = []
    total: str = ""
    saved: str = ""
    send_error: str = ""
    busy: bool = False
    discarding: bool = False
    epoch: int = 0
    line_epoch: int = 0
    found: bool = True
    _version: int = 0
    _draft: PurchaseOrderDraft | None = None
    _typed: dict[str, str] = {}
    _rate: str = ""

    @rx.event
    @opens(ROW)
    async def load(self):
        """The draft the address names, or an empty form; what was sent is shown on its own page."""
        asked = self.router.url.query_parameters
        actor = await self._actor()
        self._begin_afresh()
        named = await suppliers.suppliers_to_choose(actor)
        self.choices = [fields.Option("", "Choose a supplier"), *(fields.Option(str(o.id), o.name) for o in named)]
        if asked.get("draft"):
            try:
                view = await suppliers.purchase_order(actor, UUID(asked["draft"]))
            except (ValueError, NotFound):
                self.found = False
                return None
            if not view.may_edit:
                return rx.redirect(routes.purchase_order(view.id))
            await self._show(view)
        elif asked.get("supplier") in {choice.value for choice in self.choices}:
            return PurchaseOrderFormState.choose("supplier", asked["supplier"])
        return None

    @rx.event
    @needs(ROW, pushed=True)
    async def refresh(self):
        """A colleague wrote in it too, or it was sent."""
        if not self.order_id:
            return None
        view = await suppliers.purchase_order(await self._actor(), UUID(self.order_id))
        if not view.may_edit:
            return rx.redirect(routes.purchase_order(view.id))
        if view.version == self._version:
            return None
        typing = await self._show(view)
        told = errors.told(
            "A colleague has changed this draft. What you are typing stays." if typing else
            "A colleague has changed this draft; you see it as it is now.", "draft_changed",
        )  # fmt: skip
        return [told, PurchaseOrderFormState.keep_typed] if typing else told

    @rx.event
    @needs(ROW)
    async def choose(self, name: str, value: str):
        """The supplier: the first choice begins the draft, a later one changes whose order it is."""
        self.problems = self.problems | {"supplier": ""}
        if value not in {choice.value for choice in self.choices if choice.value}:
            return
        actor, supplier_id = await self._actor(), UUID(value)
        self._rate = suppliers.plain((await suppliers.supplier(actor, supplier_id)).tax_rate_percent)
        if self._draft is None:
            draft = PurchaseOrderDraft(
                supplier_id=supplier_id, reference=self.reference, notes=self.notes, expected_on=self.expected_on
            )
            await self._show(await suppliers.begin_order(actor, draft))
        else:
            await self._save(self._draft.model_copy(update={"supplier_id": supplier_id}))
        return

    @rx.event(background=True, supersedes=True)
    @needs(ROW)
    async def keep_typed(self):
        """Save what was typed once the hand rests."""
        await asyncio.sleep(PAUSE_SECONDS)
        async with self:
            await self._keep_head()

    @rx.event
    @needs(ROW)
    async def edit(self, name: str, value: str):
        """Reference, notes and the day, as they are typed."""
        if name in WRITTEN:
            setattr(self, name, value)
            self.problems, self.saved = self.problems | {name: ""}, "saving…" if self._draft else ""
        return PurchaseOrderFormState.keep_typed

    @rx.event
    @needs(ROW)
    async def type_line(self, name: str, value: str):
        """A field of the line that is being written."""
        if name in LINE:
            self._typed = self._typed | {name: value}

    @rx.event
    @needs(ROW)
    async def put_line(self, form: dict[str, Any]):
        """Take the written line into the order, or put it back where it was."""
        if self._draft is None:
            self.problems = self.problems | {"supplier": "Choose the supplier first."}
            return
        written = {name: str(form.get(name, "")) for name in LINE}
        line = LineDraft(key=self.editing or uuid4().hex[:12], **{k: v[:100] if k in LINE[2:] else v[:500]
                                                                  for k, v in written.items()})  # fmt: skip
        read = Reader()
        view = await suppliers.purchase_order(await self._actor(), UUID(self.order_id))
        read_line(read, line, view.tax_treatment)
        found = {name.removeprefix(f"{line.key}_"): said for name, said in read.problems.items()}
        self.problems = self.problems | dict.fromkeys((*LINE, "lines"), "") | found
        if found:
            return
        known = [one.key for one in self._draft.lines]
        kept = [line if one.key == line.key else one for one in self._draft.lines]
        kept = kept if line.key in known else [*kept, line]
        try:
            await self._save(self._draft.model_copy(update={"lines": tuple(kept)}))
        except Invalid as error:
            self.problems = self.problems | errors.beside(error, HEAD)
            return
        self._clear_line()

    @rx.event
    @needs(ROW)
    async def change_line(self, key: str):
        """Take a line back into the fields."""
        line = next((one for one in self._draft.lines if one.key == key), None) if self._draft else None
        if line is None:
            return
        self.line = self._typed = {name: getattr(line, name) for name in LINE}
        self.editing, self.line_epoch = key, self.line_epoch + 1
        self.problems = self.problems | dict.fromkeys(LINE, "")

    @rx.event
    @needs(ROW)
    async def remove_line(self, key: str):
        """Take a line out of the order."""
        if self._draft is not None:
            lines = tuple(one for one in self._draft.lines if one.key != key)
            await self._save(self._draft.model_copy(update={"lines": lines}))
            if self.editing == key:
                self._clear_line()

    @rx.event
    @needs(ROW)
    async def leave_line(self):
        """Empty the fields; the line in the order stays as it was."""
        self._clear_line()

    @rx.event
    @needs(ROW)
    async def send(self):
        """Have it mailed; the order's page says when the mail has left."""
        self.busy = True
        yield
        try:
            await self._keep_head()
            if self._draft is None:
                self.problems = self.problems | {"supplier": "Choose the supplier first."}
                return
            if any(self._typed.get(name, "").strip() for name in ("description", "quantity", "unit_price")):
                self.problems = self.problems | {
                    "lines": "A line is written and not in the order yet: add or clear it."
                }
                return
            sent = await suppliers.send_order(await self._actor(), UUID(self.order_id), self._version)
            yield rx.redirect(routes.purchase_order(sent.id))
        except suppliers.NotReady as error:
            self._name_problems(error)
        finally:
            self.busy = False

    @rx.event
    @needs(ROW)
    async def ask_to_discard(self):
        """Ask before the draft is cancelled."""
        self.discarding = True

    @rx.event
    @needs(ROW)
    async def keep(self):
        """Go on writing."""
        self.discarding = False

    @rx.event
    @needs(ROW)
    async def discard(self):
        """Cancel the draft; its number is not used again."""
        self.discarding = False
        if self.order_id:
            await suppliers.cancel_order(await self._actor(), UUID(self.order_id))
        self.order_id = ""  # what is discarded is not followed any further
        return rx.redirect(routes.PURCHASE_ORDERS)

    def _begin_afresh(self) -> None:
        self.order_id = self.number = self.supplier_id = self.reference = self.notes = self.expected_on = ""
        self.usual_on = self.total = self.saved = self.send_error = self._rate = ""
        self.address, self.lines, self.taxes, self.domestic = routes.NEW_PURCHASE_ORDER, [], [], True
        self.problems = dict.fromkeys((*HEAD, *LINE), "")
        self._draft, self._version, self.found, self.busy, self.discarding = None, 0, True, False, False
        self.epoch += 1
        self._clear_line()

    def _clear_line(self) -> None:
        self.line = dict.fromkeys(LINE, "") | {"unit": "pcs", "tax_rate": self._rate if self.domestic else ""}
        self._typed, self.editing, self.line_epoch = {}, "", self.line_epoch + 1
        self.problems = self.problems | dict.fromkeys(LINE, "")

    async def _keep_head(self) -> None:
        if self._draft is None:
            return
        head = {"reference": self.reference[:500], "notes": self.notes[:5000], "expected_on": self.expected_on[:40]}
        if any(getattr(self._draft, name) != value for name, value in head.items()):
            await self._save(self._draft.model_copy(update=head))
        elif self.saved:
            self.saved = "draft saved"

    async def _save(self, draft: PurchaseOrderDraft) -> None:
        """Save, and show what the server makes of it; what is in the fields stays."""
        try:
            view = await suppliers.save_order(await self._actor(), UUID(self.order_id), draft, self._version)
        except suppliers.ChangedElsewhere:
            await self._show(await suppliers.purchase_order(await self._actor(), UUID(self.order_id)))
            raise
        self._take(view)
        self.saved = "draft saved"

    async def _show(self, view: PurchaseOrderView) -> bool:
        """Show a draft: the fields start with what is stored, but for those that are being typed in.

        Whether there are such; the fields are then not drawn anew, which would take the cursor out of them.
        """
        known, written = self._draft, {name: getattr(self, name) for name in WRITTEN}
        typed = {name for name in WRITTEN if known is not None and written[name] != getattr(known, name)}
        self._take(view)
        assert self._draft is not None
        for name in set(WRITTEN) - typed:
            setattr(self, name, getattr(self._draft, name))
        self.address = routes.purchase_draft(view.id)
        if not typed:
            self.epoch += 1
        if not self._rate:
            supplier = await suppliers.supplier(await self._actor(), view.supplier_id)
            self._rate = suppliers.plain(supplier.tax_rate_percent)
        if not self._typed:
            self._clear_line()
        self._watch(PurchaseOrderFormState.refresh, f"purchase-order:{view.id}")
        return bool(typed)

    def _take(self, view: PurchaseOrderView) -> None:
        assert view.draft is not None
        self._draft, self._version = view.draft, view.version
        self.order_id, self.number, self.supplier_id = str(view.id), view.number, str(view.supplier_id)
        if self.supplier_id not in {choice.value for choice in self.choices}:  # nothing more is ordered from it
            self.choices = [*self.choices, fields.Option(self.supplier_id, f"{view.supplier_name} (not active)")]
        self.domestic = view.tax_treatment is suppliers.TaxTreatment.DOMESTIC
        self.usual_on = f"{view.expected_on.day} {view.expected_on:%B %Y}" if view.expected_on else ""
        self.lines = _lines(view)
        self.taxes = [
            PriceLine("Subtotal", str(view.subtotal)),
            *(PriceLine(f"Tax {suppliers.plain(tax.rate_percent)} % on {tax.net}", str(tax.tax)) for tax in view.taxes),
        ]
        self.total, self.send_error = str(view.total), view.send_error
        self.problems = self.problems | {name: view.problems.get(name, "") for name in ("reference", "notes")}

    def _name_problems(self, error: IlsError) -> None:
        """Put a refusal's sentences where they belong; a line's stands with the line."""
        self.problems = self.problems | {name: error.fields.get(name, "") for name in HEAD}
        if error.fields and not any(self.problems[name] for name in HEAD):
            self.problems = self.problems | {"lines": "Something is wrong with a line: it says what."}


def _lines(view: PurchaseOrderView) -> list[FormLine]:
    """Every line that was written, good or not."""
    assert view.draft is not None
    good = iter(view.lines)
    shown = []
    for line in view.draft.lines:
        said = [text for name, text in view.problems.items() if name.startswith(f"{line.key}_")]
        read = None if said or line.empty else next(good, None)
        shown.append(
            FormLine(
                key=line.key, description=line.description or "–", part_number=line.part_number,
                quantity=f"{line.quantity}\u00a0{line.unit}", price=str(read.unit_price) if read else line.unit_price,
                tax=f"{suppliers.plain(read.tax_rate_percent)}\u00a0%" if read else line.tax_rate,
                net=str(read.net) if read else "–", problem=" ".join(said),
            )
        )  # fmt: skip
    return shown


@page(routes.NEW_PURCHASE_ORDER, title="New purchase order", on_load=PurchaseOrderFormState.load)
def purchase_order_form() -> rx.Component:
    """The form, or that there is no such draft."""
    state = PurchaseOrderFormState
    missing = feedback.empty_state(
        "search-x", "There is no such draft", "It may have been cancelled, or the link may be incomplete.",
        buttons.link_button("All purchase orders", routes.PURCHASE_ORDERS),
    )  # fmt: skip
    return frame(
        layout.address(state.address),
        rx.cond(state.found, _form(), missing),
        title=rx.cond(state.number != "", layout.mono(state.number), "New purchase order"),
        subtitle=rx.fragment(
            rx.cond(state.number != "", "a draft", ""),
            rx.el.span(rx.cond(state.saved != "", " · " + state.saved, ""), role="status"),
        ),
        active=routes.PURCHASE_ORDERS,
        actions=rx.cond(state.order_id != "", buttons.button("Discard", icon="trash-2", on_click=state.ask_to_discard)),
        shortcuts=(dialogs.Shortcut("Enter", "Add the line"), dialogs.Shortcut("j k", "Down and up the lines")),
    )


def _form() -> rx.Component:
    state = PurchaseOrderFormState
    came_back = feedback.callout("bad", "It could not be sent", state.send_error)
    return layout.stack(
        rx.cond(state.send_error != "", came_back),
        layout.columns(
            layout.stack(_head(), _lines_card()),
            layout.card(
                rx.cond(
                    state.total != "",
                    price_summary(state.taxes, total="Total", promised=state.total),
                    layout.muted("The sums appear with the first line."),
                ),
                fields.field_problem("lines", state.problems["lines"]),
                buttons.button(
                    "Send to the supplier", kind="primary", icon="send", busy=state.busy, on_click=state.send
                ),
                layout.muted("It is mailed with a PDF to the order desk, and is sent once the mail has left."),
                title="What it comes to", sticky=True,
            ),
            shape="main-side",
        ),
        dialogs.confirm_dialog(
            "Its number is not used again. It stays among the cancelled orders.",
            opened=state.discarding, title=rx.fragment("Discard ", state.number, "?"), confirm="Discard the draft",
            cancel="Keep it", on_confirm=state.discard, on_cancel=state.keep, danger=True,
        ),
    )  # fmt: skip


def _head() -> rx.Component:
    state, problems = PurchaseOrderFormState, PurchaseOrderFormState.problems
    return layout.card(
        layout.stack(
            layout.field_row(
                fields.select_field("supplier", "Supplier", state.choices, default=state.supplier_id,
                                    on_edit=state.choose, problem=problems["supplier"], epoch=state.epoch),
                fields.text_field("reference", "Our reference", default=state.reference, on_edit=state.edit,
                                  problem=problems["reference"], epoch=state.epoch),
                fields.date_field(
                    "expected_on", "Expected on", default=state.expected_on, on_edit=state.edit,
                    problem=problems["expected_on"], epoch=state.epoch,
                    hint=rx.cond(
                        state.usual_on != "",
                        rx.fragment("As it stands: ", state.usual_on),
                        "Left empty: by the supplier's lead time, in the lab's working days.",
                    ),
                ),
            ),
            fields.textarea("notes", "Notes on the order", default=state.notes, on_edit=state.edit,
                            problem=problems["notes"], epoch=state.epoch, rows=2),
            gap="m",
        ),
        title="From whom",
    )  # fmt: skip


def _lines_card() -> rx.Component:
    state = PurchaseOrderFormState
    columns = [
        tables.Column(
            "What",
            lambda row: rx.fragment(
                layout.strong(row.description), " ", layout.muted(row.part_number),
                rx.cond(row.problem != "", rx.el.div(row.problem, class_name="ils-problem ils-ink-bad")),
            ),
        ),
        tables.Column("Quantity", lambda row: layout.mono(row.quantity), align="end"),
        tables.Column("Price", lambda row: layout.mono(row.price), align="end"),
        tables.Column("Tax", lambda row: layout.mono(row.tax), align="end", secondary=True),
        tables.Column("Net", lambda row: layout.mono(row.net), align="end"),
        tables.Column(
            "",
            lambda row: layout.row(
                buttons.icon_button("pencil", f"Edit {row.description}", on_click=state.change_line(row.key)),
                buttons.icon_button("trash-2", f"Remove {row.description}", on_click=state.remove_line(row.key)),
            ),
            align="end",
        ),
    ]  # fmt: skip
    return layout.card(
        tables.data_table(
            state.lines, columns, label="Lines", row_id=lambda row: row.key, dense=True,
            empty=feedback.empty_state("list-plus", "No line yet", "Write the first one below; Enter adds it."),
        ),
        layout.card_part(_line_form()),
        title="What is ordered",
        flush=True,
    )  # fmt: skip


def _line_form() -> rx.Component:
    state = PurchaseOrderFormState

    def text(name: str, label: str, **more: Any) -> rx.Component:
        return fields.text_field(
            name, label, default=state.line[name], on_edit=state.type_line, problem=state.problems[name],
            epoch=state.line_epoch, **more,
        )  # fmt: skip

    figures: dict[str, Any] = {"mono": True, "input_mode": "decimal"}
    return fields.form(
        layout.stack(
            layout.field_row(
                text("description", "What is ordered"), text("part_number", "Their part number", mono=True)
            ),
            layout.field_row(
                text("quantity", "Quantity", **figures),
                text("unit", "Unit"),
                text("unit_price", "Unit price", **figures),
                rx.cond(state.domestic, text("tax_rate", "Tax, per cent", **figures)),
                narrow=True,
            ),
            layout.row(
                buttons.button(
                    rx.cond(state.editing != "", "Put the line back", "Add the line"), icon="plus", type="submit"
                ),
                rx.cond(state.editing != "", buttons.button("Leave it as it was", kind="quiet",
                                                            on_click=state.leave_line)),
            ),
            gap="s",
        ),
        on_submit=state.put_line,
    )  # fmt: skip
