"""Requests for accounts: who asks, what they wrote, and the decision beside the list."""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.admin import service as admin
from ils_app.admin.pages import requests_view
from ils_app.admin.pages.lines import RequestLine, counted
from ils_app.auth import service as auth
from ils_app.kernel.errors import Conflict, Invalid, NotFound
from ils_app.kernel.roles import Role
from ils_app.ui import errors, fields, routes, tables
from ils_app.ui.choices import Choice
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import page
from ils_app.ui.session import SessionState

SIZE = 25
NEW = ("name", "account_number", "phone", "site_code", "site_name", "address", "postcode", "country")
NO_PROBLEMS = dict.fromkeys((*NEW, "role", "organisation_id", "reason"), "")


class RequestsState(SessionState):
    """Who waits, the request that is open, and what its form needs."""

    rows: list[RequestLine] = []
    page: tables.Page = tables.Page()
    words: str = ""
    loading: bool = True

    opened: bool = False
    request: RequestLine = RequestLine()
    plain: bool = False  # an account that was added as pending: where and as what is settled
    roles: list[Choice] = []
    places: list[Choice] = []
    organisations: list[fields.Option] = []
    role: str = ""
    where: str = ""  # "known" or "new"
    epoch: int = 0
    problems: dict[str, str] = NO_PROBLEMS
    problem: str = ""
    rejecting: bool = False
    _number: int = 1
    _user_id: UUID | None = None

    @rx.event
    @opens("people.manage")
    async def load(self):
        """Open the list, and the request that the address names."""
        asked = self.router.url.query_parameters.get("person", "")
        self._user_id = routes.id_in(asked)
        self._number, self.loading, self.rejecting = 1, not self.rows, False
        await self._show()
        await self._show_request(fresh=True)
        self._watch(RequestsState.refresh, "people")

    @rx.event
    @needs("people.manage", pushed=True)
    async def refresh(self):
        """Somebody asked, or another administrator decided."""
        await self._show()
        await self._show_request()

    @rx.event
    @needs("people.manage")
    async def previous(self):
        """The page before."""
        self._number = max(1, self._number - 1)
        await self._show()

    @rx.event
    @needs("people.manage")
    async def next(self):
        """The page after."""
        self._number += 1
        await self._show()

    @rx.event
    @needs("people.manage")
    async def pick_role(self, name: str, value: str):
        """Offer the organisations whose people may be this."""
        if value in {role.value for role in admin.KIND_OF}:
            self.role = value
            await self._offer_places()

    @rx.event
    @needs("people.manage")
    async def pick_place(self, name: str, value: str):
        """At an organisation there is, or at a new one."""
        self.where = value if value in ("known", "new") else self.where

    @rx.event
    @needs("people.manage")
    async def admit(self, form: dict[str, Any]):
        """Let them in, as the form says."""
        said = {name: str(form.get(name, "")) for name in NEW}
        new = admin.NewPlace(**said) if self.where == "new" else None
        admission = admin.Admission(
            role=Role(self.role),
            manager=bool(form.get("manager")),
            organisation_id=None if new else routes.id_in(str(form.get("organisation_id", ""))),
            new=new,
        )
        try:
            view = await admin.admit(await self._actor(), self._chosen(), admission)
        except (Invalid, Conflict) as refused:
            self.problems = NO_PROBLEMS | refused.fields
            self.problem = "" if set(refused.fields) & set(NO_PROBLEMS) else refused.message
            return None
        return await self._decided(f"{view.name} can sign in now.")

    @rx.event
    @needs("people.manage")
    async def approve(self):
        """Let somebody in whose account was added as pending."""
        view = await auth.approve(await self._actor(), self._chosen())
        return await self._decided(f"{view.name} can sign in now.")

    @rx.event
    @needs("people.manage")
    async def ask_reject(self):
        """Ask why they are turned down."""
        self.rejecting, self.problems = True, NO_PROBLEMS

    @rx.event
    @needs("people.manage")
    async def keep(self):
        """Decide later."""
        self.rejecting = False

    @rx.event
    @needs("people.manage")
    async def reject(self, form: dict[str, Any]):
        """Turn them down, with a reason they read."""
        try:
            view = await auth.reject(await self._actor(), self._chosen(), str(form.get("reason", "")))
        except Invalid as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return None
        return await self._decided(f"{view.name}'s request is turned down.")

    async def _decided(self, words: str) -> Any:
        self._user_id, self.rejecting, self.problem = None, False, ""
        await self._show()
        await self._show_request()
        return [errors.done(words), rx.redirect(routes.REQUESTS)]

    def _chosen(self) -> UUID:
        if self._user_id is None:
            raise NotFound
        return self._user_id

    async def _show(self) -> None:
        actor = await self._actor()
        found = await auth.people(
            actor, status=auth.PersonStatus.PENDING, oldest_first=True, page=self._number, size=SIZE
        )
        self.rows = [RequestLine.of(one, href=f"{routes.REQUESTS}?person={one.user_id}") for one in found.rows]
        self.page = tables.Page.of(found)
        self.words, self.loading = counted(found.total, "waits for you", "wait for you"), False

    async def _show_request(self, *, fresh: bool = False) -> None:
        """The request beside the list; its form begins afresh only when it was opened, not under the hand."""
        try:
            view = await auth.person(await self._actor(), self._user_id) if self._user_id else None
        except NotFound:
            view = None
        self.opened = view is not None and view.status is auth.PersonStatus.PENDING
        if view is None or not self.opened:
            return
        self.request, self.plain = RequestLine.of(view), view.wish is None
        if fresh and view.wish is not None:
            self.role = view.wish.role.value
            self.roles = [Choice(role.value, role.label, default=role is view.wish.role) for role in admin.KIND_OF]
            self.problems, self.problem = NO_PROBLEMS, ""
            await self._offer_places()

    async def _offer_places(self) -> None:
        kind = admin.KIND_OF[Role(self.role)]
        found = [one for one in await auth.organisations(await self._actor(), kind=kind) if one.active]
        alike = self.request.organisation.casefold()
        known = next((one for one in found if one.name.casefold() == alike), None)
        self.organisations = [
            fields.Option("", "Choose one"),
            *(fields.Option(str(one.id), one.name) for one in found),
        ]
        self.where = "known" if known else "new"
        self.places = [
            Choice("known", f"One of the {kind.value}s there are", note=f"{len(found)}", default=known is not None),
            Choice("new", f"A new {kind.value}", default=known is None),
        ]
        self.epoch += 1


@page(routes.REQUESTS, title="Requests", on_load=RequestsState.load)
def requests() -> rx.Component:
    """The list, and the decision beside it."""
    return requests_view.requests_page(RequestsState)
