"""A practice as its page holds it: read again whenever something of it changed."""

from uuid import UUID

import reflex as rx

from ils_app.kernel.errors import NotFound
from ils_app.kernel.roles import Role
from ils_app.practices import service as practices
from ils_app.practices.errors import NotYetOpen
from ils_app.practices.pages.rows import (
    PROFILE_FIELDS,
    MemberLine,
    SiteLine,
    StaffLine,
    SupplierLine,
    profile_entry,
    started,
)
from ils_app.practices.service import KnownSupplier, Member, PracticeView
from ils_app.ui import routes
from ils_app.ui.fields import Option
from ils_app.ui.guard import needs, opens
from ils_app.ui.session import SessionState


class PracticeState(SessionState):
    """What the page shows of the practice. Its forms are states below this one."""

    name: str = ""
    letterhead: str = ""  # where whoever may changes what stands on the practice's documents
    account_number: str = ""
    profile: dict[str, str] = started(PROFILE_FIELDS)
    active: bool = True
    sites: list[SiteLine] = []
    staff: list[StaffLine] = []
    staff_words: str = ""
    members: list[MemberLine] = []
    managers: str = ""
    suppliers: list[SupplierLine] = []
    supplier_options: list[Option] = []
    account_options: list[Option] = []

    missing: bool = False
    not_open: str = ""
    own: bool = False  # the page is their own practice's
    may_write: bool = False
    may_open: bool = False

    _id: UUID | None = None
    _view: PracticeView | None = None

    @rx.event
    @opens("practices.read")
    async def load_own(self):
        """The practice of whoever works there; the others have a list of them."""
        actor = await self._actor()
        if actor.role is not Role.ECP:
            return rx.redirect(routes.PRACTICES)
        return await self._open(actor.organisation_id)

    @rx.event
    @opens("practices.read")
    async def load(self):
        """The practice of this address."""
        named = routes.id_in(self.router.url.path)
        if named is None:
            self._clear()
            self.missing = True
            return None
        return await self._open(named)

    async def _open(self, practice_id: UUID) -> None:
        """Listen, then read: what changes in between is read again."""
        self._clear()
        self._id = practice_id
        self._watch(PracticeState.refresh, practices.topic(practice_id), practices.LIST, "people")
        await self._read()

    def _clear(self) -> None:
        self._id, self._view, self.missing, self.not_open = None, None, False, ""
        self.name, self.sites, self.staff, self.members, self.suppliers = "", [], [], [], []

    @rx.event
    @needs("practices.read", pushed=True)
    async def refresh(self):
        """Something of the practice changed: show it as it is now; an open form keeps what is typed in it."""
        await self._read()

    async def _read(self) -> None:
        if self._id is None:
            return
        actor = await self._actor()
        self.own = actor.organisation_id == self._id and actor.role is Role.ECP
        self.may_open = actor.may("practices.open")
        self.may_write = self.may_open or (self.own and actor.manager)
        theirs = f"{routes.LAB_SETTINGS}?organisation={self._id}" if self.may_open else routes.SETTINGS
        self.letterhead = theirs if self.may_write else ""
        try:
            view = await practices.practice(actor, self._id)
        except NotYetOpen as waits:
            self.not_open, self.name = waits.message, self.organisation_name if self.own else "Practice"
            return
        except NotFound:
            self.missing = True
            return
        members = await practices.members(actor, self._id)
        self._show(view, members, await practices.known_suppliers(actor) if self.may_write else [])

    def _show(self, view: PracticeView, members: list[Member], known: list[KnownSupplier]) -> None:
        self._view, self.not_open, self.missing = view, "", False
        self.name, self.account_number, self.active = view.name, view.account_number, view.active
        self.profile = profile_entry(view)
        self.sites = [SiteLine.of(site) for site in view.sites]
        self.staff = [StaffLine.of(person, members) for person in view.people]
        there = sum(person.active for person in view.people)
        self.staff_words = "1 person" if there == 1 else f"{there} people"
        self.members = [MemberLine.of(member, view.people) for member in members]
        self.managers = ", ".join(member.name for member in members if member.manager)
        self.suppliers = SupplierLine.all_of(view.suppliers)
        chosen = {one.id for one in view.suppliers}
        more = [Option(str(one.id), one.name) for one in known if one.id not in chosen]
        self.supplier_options = [Option("", "Choose a supplier"), *more] if more else []
        self.account_options = [Option("", "No account"), *(Option(str(one.user_id), one.name) for one in members)]
