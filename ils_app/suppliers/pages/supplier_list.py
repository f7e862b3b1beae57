"""The suppliers: found, filtered, added."""

import asyncio
from dataclasses import dataclass
from typing import Any

import reflex as rx

from ils_app.kernel.errors import IlsError
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.pages.supplier_fields import NAMES, blank, supplier_fields
from ils_app.suppliers.service import SupplierDraft, SupplierLine
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState
from ils_app.ui.tables import Page, View

NEW = "new"
VIEWS = (("active", "Active", True), ("inactive", "Not active", False), ("all", "All", None))


@dataclass(frozen=True)
class Line:
    """A supplier in words."""

    id: str
    href: str
    name: str
    account: str
    contact: str
    email: str
    lead_time: str
    open_orders: str
    active: bool


class SuppliersState(SessionState):
    """One page of suppliers, and the form of a new one."""

    rows: list[Line] = []
    views: list[View] = []
    pages: Page = Page()
    words: str = ""
    loading: bool = True
    adding: bool = False
    organisations: list[fields.Option] = []
    problems: dict[str, str] = dict.fromkeys(NAMES, "")
    epoch: int = 0
    _view: str = "active"
    _text: str = ""
    _page: int = 1

    @rx.event
    @opens("suppliers.manage")
    async def load(self):
        """The view the address names, from its first page."""
        asked = self.router.url.query_parameters.get("view", "")
        self._view = asked if asked in {key for key, *_ in VIEWS} else "active"
        self._text, self._page, self.loading, self.adding = "", 1, True, False
        self._watch(SuppliersState.refresh, "suppliers")
        await self._read()

    @rx.event
    @needs("suppliers.manage", pushed=True)
    async def refresh(self):
        """A supplier changed somewhere."""
        await self._read()

    @rx.event(background=True, supersedes=True)
    @needs("suppliers.manage")
    async def search(self, name: str, text: str):
        """Narrow the view to what is typed."""
        await asyncio.sleep(0.15)
        async with self:
            self._text, self._page = text, 1
            await self._read()

    @rx.event
    @needs("suppliers.manage")
    async def next_page(self):
        """The next page."""
        if self.pages.has_next:
            self._page += 1
            await self._read()

    @rx.event
    @needs("suppliers.manage")
    async def previous_page(self):
        """The page before."""
        if self._page > 1:
            self._page -= 1
            await self._read()

    @rx.event
    @needs("suppliers.manage")
    async def open_form(self):
        """Show the form of a new one."""
        free = await suppliers.free_organisations(await self._actor())
        self.organisations = [
            fields.Option(NEW, "A new organisation of the same name"),
            *(fields.Option(str(one.id), one.name) for one in free),
        ]
        self.problems, self.epoch, self.adding = dict.fromkeys(NAMES, ""), self.epoch + 1, True

    @rx.event
    @needs("suppliers.manage")
    async def close_form(self):
        """Put the form away."""
        self.adding = False

    @rx.event
    @needs("suppliers.manage")
    async def add(self, form: dict[str, Any]):
        """Add the supplier and go on to its page."""
        chosen = routes.id_in(str(form.get("organisation", "")))
        try:
            added = await suppliers.add_supplier(await self._actor(), SupplierDraft.read(form), organisation_id=chosen)
        except IlsError as error:
            self.problems = errors.beside(error, NAMES)
            return None
        self.adding = False
        return rx.redirect(routes.supplier(added.id))

    async def _read(self) -> None:
        actor = await self._actor()
        active = next(wanted for key, _, wanted in VIEWS if key == self._view)
        found = await suppliers.suppliers_page(actor, text=self._text, active=active, page=self._page)
        counts = await suppliers.supplier_counts(actor)
        many = {"active": counts.active, "inactive": counts.inactive, "all": counts.active + counts.inactive}
        self.rows = [_line(row) for row in found.rows]
        self.views = [
            View(key, label, routes.SUPPLIERS if key == "active" else f"{routes.SUPPLIERS}?view={key}", many[key],
                 key == self._view)
            for key, label, _ in VIEWS
        ]  # fmt: skip
        self.pages = Page.of(found)
        self.words = f"{counts.active} to order from"
        self.loading = False


def _line(row: SupplierLine) -> Line:
    return Line(
        id=str(row.id), href=routes.supplier(row.id), name=row.name, account=row.account_number or "–",
        contact=row.contact or "No order desk yet", email=row.email,
        lead_time=f"{row.lead_time_days} working {'day' if row.lead_time_days == 1 else 'days'}",
        open_orders=f"{row.open_orders} under way" if row.open_orders else "none under way", active=row.active,
    )  # fmt: skip


@page(routes.SUPPLIERS, title="Suppliers", on_load=SuppliersState.load)
def supplier_list() -> rx.Component:
    """The list and the form of a new one."""
    columns = [
        tables.Column(
            "Supplier",
            lambda row: layout.row(
                layout.strong(row.name), rx.cond(row.active, rx.fragment(), feedback.tag("not active"))
            ),
        ),
        tables.Column("Orders go to", lambda row: rx.fragment(row.contact, " ", layout.muted(row.email))),
        tables.Column("Orders", lambda row: row.open_orders),
        tables.Column("Lead time", lambda row: row.lead_time, secondary=True),
        tables.Column("Our account", lambda row: layout.mono(row.account), secondary=True),
    ]
    none = feedback.empty_state(
        "factory", "No supplier here", "Try the beginning of a name or an email, or add the first one.",
        buttons.button("Add a supplier", kind="primary", icon="plus", on_click=SuppliersState.open_form),
    )  # fmt: skip
    return frame(
        tables.list_page(
            tables.view_tabs(SuppliersState.views),
            tables.filter_bar(
                fields.search_field("find", "Name, contact, account, email", on_edit=SuppliersState.search)
            ),
            tables.data_table(
                SuppliersState.rows, columns, label="Suppliers", href=lambda row: row.href,
                loading=SuppliersState.loading, empty=none,
            ),
            tables.pager(SuppliersState.pages, on_previous=SuppliersState.previous_page,
                         on_next=SuppliersState.next_page),
        ),
        _form(),
        title="Suppliers",
        subtitle=SuppliersState.words,
        active=routes.SUPPLIERS,
        actions=buttons.button(
            "Add a supplier", kind="primary", icon="plus", shortcut="a", on_click=SuppliersState.open_form
        ),
        shortcuts=(dialogs.Shortcut("a", "Add a supplier"), *dialogs.LISTS),
    )  # fmt: skip


def _form() -> rx.Component:
    return dialogs.dialog(
        fields.form(
            layout.stack(
                supplier_fields(blank(), SuppliersState.problems, SuppliersState.epoch),
                fields.select_field(
                    "organisation", "Its people sign in for", SuppliersState.organisations, default=NEW,
                    epoch=SuppliersState.epoch, hint="An administrator invites them, under People.",
                ),
                fields.submit_button("Add the supplier"),
                gap="m",
            ),
            on_submit=SuppliersState.add,
        ),
        opened=SuppliersState.adding,
        title="A new supplier",
        on_close=SuppliersState.close_form,
        wide=True,
    )  # fmt: skip
