"""One supplier: terms, contacts, who of its people can sign in, what is ordered from it, and its documents."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.kernel.actor import Role
from ils_app.kernel.errors import IlsError
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.pages.rows import OrderLine, PaperLine, order_columns, order_line, paper_line
from ils_app.suppliers.pages.supplier_fields import CONTACT_NAMES, NAMES, blank, supplier_fields, typed
from ils_app.suppliers.service import ContactDraft, NoSuchSupplier, SupplierDraft, SupplierView
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

ROW = "suppliers.manage"


@dataclass(frozen=True)
class Contact:
    """Somebody at the supplier."""

    id: str = ""
    name: str = ""
    role: str = ""
    email: str = ""
    phone: str = ""
    gets_orders: bool = False


@dataclass(frozen=True)
class User:
    """Somebody of theirs who can sign in."""

    id: str
    name: str
    email: str


@dataclass(frozen=True)
class Shown:
    """A supplier in words."""

    id: str = ""
    name: str = ""
    active: bool = True
    account: str = ""
    address: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    payment: str = ""
    lead_time: str = ""
    tax: str = ""
    tax_number: str = ""
    notes: str = ""
    has_desk: bool = False
    order_href: str = ""
    orders_href: str = ""


class SupplierState(SessionState):
    """The supplier this tab shows."""

    supplier: Shown = Shown()
    found: bool = False
    contacts: list[Contact] = []
    users: list[User] = []
    orders: list[OrderLine] = []
    papers: list[PaperLine] = []
    editing: bool = False
    values: dict[str, str] = blank()
    problems: dict[str, str] = dict.fromkeys(NAMES, "")
    contact_open: bool = False
    contact: Contact = Contact()
    contact_problems: dict[str, str] = dict.fromkeys(CONTACT_NAMES, "")
    removing: bool = False
    stopping: bool = False
    epoch: int = 0
    _supplier_id: UUID | None = None
    _version: int = 0

    @rx.event
    @opens(ROW)
    async def load(self):
        """The supplier the address names."""
        self.found = self.editing = self.contact_open = self.removing = self.stopping = False
        self._supplier_id = routes.id_in(self.router.url.path)
        if self._supplier_id is None:
            return
        self._watch(SupplierState.refresh, f"supplier:{self._supplier_id}")  # first: no change is missed
        try:
            await self._read()
        except NoSuchSupplier:
            self._supplier_id = None

    @rx.event
    @needs(ROW, pushed=True)
    async def refresh(self):
        """A colleague changed it, or an order of it moved."""
        if self._supplier_id is not None:
            await self._read()

    @rx.event
    @needs(ROW)
    async def edit(self):
        """Open the form on what is stored."""
        view = await suppliers.supplier(await self._actor(), self._id())
        self.values, self._version = typed(view), view.version
        self.problems, self.epoch, self.editing = dict.fromkeys(NAMES, ""), self.epoch + 1, True

    @rx.event
    @needs(ROW)
    async def keep(self):
        """Close whatever is open and change nothing."""
        self.editing = self.contact_open = self.removing = self.stopping = False

    @rx.event
    @needs(ROW)
    async def save(self, form: dict[str, Any]):
        """Store the form."""
        try:
            await suppliers.edit_supplier(await self._actor(), self._id(), SupplierDraft.read(form), self._version)
        except IlsError as error:
            self.problems = errors.beside(error, NAMES)
            return None
        self.editing = False
        await self._read()
        return errors.done("Saved.")

    @rx.event
    @needs(ROW)
    async def open_contact(self, contact_id: str):
        """Open the form of a contact; of a new one without an id."""
        known = [one for one in self.contacts if one.id == contact_id]
        self.contact = known[0] if known else Contact(gets_orders=not self.supplier.has_desk)
        self.contact_problems, self.epoch = dict.fromkeys(CONTACT_NAMES, ""), self.epoch + 1
        self.contact_open = True

    @rx.event
    @needs(ROW)
    async def save_contact(self, form: dict[str, Any]):
        """Store the contact's form."""
        draft = ContactDraft(
            **{name: str(form.get(name, "")) for name in CONTACT_NAMES}, gets_orders=bool(form.get("gets_orders"))
        )
        actor, mine = await self._actor(), self._id()
        try:
            if self.contact.id:
                await suppliers.edit_contact(actor, mine, UUID(self.contact.id), draft)
            else:
                await suppliers.add_contact(actor, mine, draft)
        except IlsError as error:
            self.contact_problems = errors.beside(error, CONTACT_NAMES)
            return
        self.contact_open = False
        await self._read()

    @rx.event
    @needs(ROW)
    async def ask_to_remove(self):
        """Ask before a contact is forgotten."""
        self.contact_open, self.removing = False, True

    @rx.event
    @needs(ROW)
    async def remove(self):
        """Forget the contact."""
        self.removing = False
        if self.contact.id:
            await suppliers.remove_contact(await self._actor(), self._id(), UUID(self.contact.id))
        await self._read()

    @rx.event
    @needs(ROW)
    async def ask_to_stop(self):
        """Ask before nothing more is ordered from it."""
        self.stopping = True

    @rx.event
    @needs(ROW)
    async def stop(self):
        """Order nothing more from it."""
        self.stopping = False
        await suppliers.set_supplier_active(await self._actor(), self._id(), False)
        await self._read()

    @rx.event
    @needs(ROW)
    async def resume(self):
        """Order from it again."""
        await suppliers.set_supplier_active(await self._actor(), self._id(), True)
        await self._read()

    def _id(self) -> UUID:
        if self._supplier_id is None:
            raise NoSuchSupplier
        return self._supplier_id

    async def _read(self) -> None:
        actor, mine = await self._actor(), self._id()
        view = await suppliers.supplier(actor, mine)
        self.supplier, self.found = _shown(view), True
        self.contacts = [
            Contact(str(one.id), one.name, one.role, one.email, one.phone, one.gets_orders) for one in view.contacts
        ]
        reached = await suppliers.supplier_users(actor, mine)
        self.users = [User(str(one.user_id), one.name, one.email) for one in reached]
        page = await suppliers.orders_page(actor, supplier_id=mine, size=8)
        self.orders = [order_line(row, ours=True) for row in page.rows]
        papers = await suppliers.documents_page(actor, supplier_id=mine, size=8)
        self.papers = [paper_line(row, actor.role.value) for row in papers.rows]


def _shown(view: SupplierView) -> Shown:
    rate = f": {suppliers.plain(view.tax_rate_percent)} %" if view.tax_treatment == "domestic" else ""
    return Shown(
        id=str(view.id), name=view.name, active=view.active, account=view.account_number or "–",
        address=", ".join(filter(None, (*view.address_lines, view.postcode, view.country))) or "–",
        email=view.email or "–", phone=view.phone or "–", website=view.website or "–",
        payment=f"{view.payment_days} days, in {view.currency}",
        lead_time=f"{view.lead_time_days} working days", tax=f"{view.tax_treatment.label}{rate}",
        tax_number=view.tax_number or "–", notes=view.notes, has_desk=view.order_desk is not None,
        order_href=f"{routes.NEW_PURCHASE_ORDER}?supplier={view.id}", orders_href=routes.purchase_orders_of(view.id),
    )  # fmt: skip


@page(routes.SUPPLIER, title="Supplier", on_load=SupplierState.load)
def supplier_page() -> rx.Component:
    """The supplier, or that there is none."""
    one = SupplierState.supplier
    missing = feedback.empty_state(
        "search-x", "There is no such supplier", "The link may be incomplete.",
        buttons.link_button("All suppliers", routes.SUPPLIERS),
    )  # fmt: skip
    return frame(
        rx.cond(SupplierState.found, rx.fragment(_found(), _dialogs()), missing),
        title=rx.cond(SupplierState.found, one.name, "Supplier"),
        subtitle=rx.cond(SupplierState.found & ~one.active, "not active", ""),
        active=routes.SUPPLIERS,
        actions=rx.cond(SupplierState.found, _actions()),
        shortcuts=(dialogs.Shortcut("e", "Change what is known of it"), dialogs.Shortcut("o", "Order from it")),
    )


def _actions() -> rx.Component:
    one = SupplierState.supplier
    return layout.actions(
        rx.cond(
            one.active,
            buttons.link_button("New order", one.order_href, kind="primary", icon="plus", shortcut="o"),
        ),
        buttons.button("Edit", icon="pencil", shortcut="e", on_click=SupplierState.edit),
        rx.cond(
            one.active,
            buttons.button("Stop ordering", icon="ban", on_click=SupplierState.ask_to_stop),
            buttons.button("Order from it again", icon="rotate-ccw", on_click=SupplierState.resume),
        ),
    )


def _found() -> rx.Component:
    one = SupplierState.supplier
    stopped = feedback.callout(
        "idle", "Nothing more is ordered from this supplier",
        "What is under way goes on, and its people still see their orders.",
    )  # fmt: skip
    no_desk = feedback.callout(
        "warn", "Nobody gets orders yet", "Mark one contact with an email address; orders are mailed there.",
        action=buttons.button("Add a contact", small=True, on_click=SupplierState.open_contact("")),
    )  # fmt: skip
    return layout.stack(
        rx.cond(one.active, rx.fragment(), stopped),
        rx.cond(one.active & ~one.has_desk, no_desk),
        layout.columns(
            layout.stack(_contacts(), _orders(), _papers()),
            layout.stack(_terms(), _users()),
            shape="main-side",
        ),
    )


def _terms() -> rx.Component:
    one = SupplierState.supplier
    return layout.card(
        layout.facts(
            ("Our account", layout.mono(one.account)),
            ("Payment", one.payment),
            ("Lead time", one.lead_time),
            ("Tax", one.tax),
            ("Tax number", layout.mono(one.tax_number)),
            ("Address", one.address),
            ("Email", one.email),
            ("Telephone", one.phone),
            ("Website", one.website),
        ),
        rx.cond(one.notes != "", layout.paragraph(one.notes)),
        title="Terms and address",
    )


def _contacts() -> rx.Component:
    columns = [
        tables.Column(
            "Name",
            lambda row: layout.row(
                layout.strong(row.name), rx.cond(row.gets_orders, feedback.tag("gets orders", "ok"), rx.fragment())
            ),
        ),
        tables.Column("Role", lambda row: row.role),
        tables.Column("Email", lambda row: row.email),
        tables.Column("Telephone", lambda row: row.phone, secondary=True),
        tables.Column(
            "",
            lambda row: buttons.button(
                "Edit", small=True, on_click=SupplierState.open_contact(row.id), aria_label=f"Edit {row.name}"
            ),
            align="end",
        ),
    ]
    none = feedback.empty_state("contact", "No contact yet", "Add whom orders are mailed to.")
    return layout.card(
        tables.data_table(SupplierState.contacts, columns, label="Contacts", empty=none, dense=True),
        title="Contacts",
        aside=buttons.button("Add", icon="plus", small=True, on_click=SupplierState.open_contact(""),
                             aria_label="Add a contact"),
        flush=True,
    )  # fmt: skip


def _orders() -> rx.Component:
    return layout.card(
        tables.data_table(
            SupplierState.orders, order_columns(with_supplier=False), label="Purchase orders",
            href=lambda row: row.href, dense=True,
            empty=feedback.empty_state("clipboard-list", "Nothing ordered yet", "Orders of this supplier come here."),
        ),
        title="Latest orders",
        aside=buttons.link("All of its orders", SupplierState.supplier.orders_href),
        flush=True,
    )  # fmt: skip


def _papers() -> rx.Component:
    columns = [
        tables.Column("Document", lambda row: layout.strong(row.title)),
        tables.Column("Kind", lambda row: row.kind),
        tables.Column("Valid", lambda row: feedback.toned_badge(row.state, row.tone)),
        tables.Column(
            "",
            lambda row: buttons.download_link("Download", row.href, aria_label=f"Download {row.title}"),
            align="end",
        ),
    ]
    return layout.card(
        tables.data_table(
            SupplierState.papers, columns, label="Documents", dense=True,
            empty=feedback.empty_state("file-badge", "No document yet", "The supplier puts them up when signed in."),
        ),
        title="Documents",
        aside=buttons.link("The whole library", routes.DOCUMENTS),
        flush=True,
    )  # fmt: skip


def _users() -> rx.Component:
    listed = rx.foreach(SupplierState.users, lambda user: layout.person(user.name, user.email))
    invite = rx.cond(
        SupplierState.role == Role.ADMIN,
        buttons.link("Invite its people", routes.INVITATIONS),
        layout.muted("An administrator invites them."),
    )
    none = layout.muted("Nobody of this supplier can sign in yet. Orders reach it by mail all the same.")
    return layout.card(
        layout.stack(rx.cond(SupplierState.users.length() > 0, layout.stack(listed, gap="s"), none), invite, gap="m"),
        title="Who can sign in",
    )


def _dialogs() -> rx.Component:
    one = SupplierState.supplier
    return rx.fragment(
        dialogs.dialog(
            fields.form(
                layout.stack(
                    supplier_fields(SupplierState.values, SupplierState.problems, SupplierState.epoch),
                    fields.submit_button("Save"),
                    gap="m",
                ),
                on_submit=SupplierState.save,
            ),
            opened=SupplierState.editing, title=rx.fragment("Change ", one.name), on_close=SupplierState.keep,
            wide=True,
        ),
        _contact_form(),
        dialogs.confirm_dialog(
            "Orders that were mailed there stay as they are.",
            opened=SupplierState.removing, title=rx.fragment("Forget ", SupplierState.contact.name, "?"),
            confirm="Forget the contact", on_confirm=SupplierState.remove, on_cancel=SupplierState.keep, danger=True,
        ),
        dialogs.confirm_dialog(
            "No new order can be sent to it. What is under way goes on, and its people still see their orders.",
            opened=SupplierState.stopping, title=rx.fragment("Stop ordering from ", one.name, "?"),
            confirm="Stop ordering", on_confirm=SupplierState.stop, on_cancel=SupplierState.keep, danger=True,
        ),
    )  # fmt: skip


def _contact_form() -> rx.Component:
    contact, problems, epoch = SupplierState.contact, SupplierState.contact_problems, SupplierState.epoch
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.text_field("name", "Name", default=contact.name, problem=problems["name"], epoch=epoch),
                fields.text_field("role", "What they do there", default=contact.role, problem=problems["role"],
                                  epoch=epoch),
                layout.field_row(
                    fields.text_field("email", "Email", default=contact.email, problem=problems["email"],
                                      epoch=epoch, type="email"),
                    fields.text_field("phone", "Telephone", default=contact.phone, problem=problems["phone"],
                                      epoch=epoch, type="tel"),
                ),
                fields.checkbox("gets_orders", "Purchase orders are mailed to this address",
                                default=contact.gets_orders, epoch=epoch, hint="One contact at a time."),
                layout.row(
                    fields.submit_button("Save the contact", wide=False),
                    rx.cond(contact.id != "", buttons.button("Forget", kind="quiet", icon="trash-2",
                                                             on_click=SupplierState.ask_to_remove)),
                    spread=True,
                ),
                gap="m",
            ),
            on_submit=SupplierState.save_contact,
        ),
        opened=SupplierState.contact_open,
        title=rx.cond(contact.id != "", contact.name, "A new contact"),
        on_close=SupplierState.keep,
    )  # fmt: skip
