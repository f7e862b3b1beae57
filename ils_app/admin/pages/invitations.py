"""Invitations: who was asked to come, and whether they did; sent again, revoked, or written anew."""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.admin import service as admin
from ils_app.admin.pages.lines import InvitationLine, counted
from ils_app.auth import service as auth
from ils_app.kernel.errors import Conflict, Invalid
from ils_app.kernel.roles import Role
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, routes, tables, times
from ils_app.ui.choices import Choice, chip_choice
from ils_app.ui.guard import needs, opens
from ils_app.ui.page import frame, page
from ils_app.ui.session import SessionState

SIZE = 25
ENDING = "ending"
"""The view of those that end soon unaccepted; no state of its own, but what the overview counts."""
NO_PROBLEMS = dict.fromkeys(("name", "email", "organisation_id", "roles"), "")


class InvitationsState(SessionState):
    """The list, the form of a new one, and the question before one is revoked."""

    rows: list[InvitationLine] = []
    views: list[tables.View] = []
    page: tables.Page = tables.Page()
    words: str = ""
    loading: bool = True
    text: str = ""

    writing: bool = False
    problems: dict[str, str] = NO_PROBLEMS
    organisations: list[fields.Option] = []
    roles: list[Choice] = []
    kind: str = ""
    epoch: int = 0
    asking: bool = False
    asked: InvitationLine = InvitationLine()
    _state: auth.InvitationState | None = None
    _ending: bool = False
    _number: int = 1

    @rx.event
    @opens("people.manage")
    async def load(self):
        """Open the list that the address names; the form too, if it says so."""
        query = self.router.url.query_parameters
        known = {one.value for one in auth.InvitationState}
        self._state = auth.InvitationState(query["state"]) if query.get("state") in known else None
        self._ending = query.get("state") == ENDING
        self._number, self.asking, self.loading = 1, False, not self.rows
        await self._show()
        self.writing = False
        if query.get("new"):
            await self._open_form()
        self._watch(InvitationsState.refresh, "people")

    @rx.event
    @needs("people.manage", pushed=True)
    async def refresh(self):
        """One was accepted, or another administrator wrote one."""
        await self._show()

    @rx.event
    @needs("people.manage")
    async def look(self, name: str, value: str):
        """Show whom the text may mean."""
        self.text, self._number = value, 1
        await self._show()

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
    async def open_form(self):
        """Write a new one."""
        await self._open_form()

    @rx.event
    @needs("people.manage")
    async def close_form(self):
        """Put the form away."""
        self.writing = False

    @rx.event
    @needs("people.manage")
    async def pick_organisation(self, name: str, value: str):
        """Offer the roles that people of this organisation may have."""
        found = [one for one in await auth.organisations(await self._actor()) if str(one.id) == value]
        kind = found[0].kind if found else None
        self.kind = kind.value if kind else ""
        fitting = [role for role in Role if kind is not None and role in auth.ROLES_AT[kind]]
        first = next((role for role in fitting if role is not Role.ADMIN), None)
        self.roles = [Choice(role.value, role.label, default=role is first) for role in fitting]
        self.epoch += 1

    @rx.event
    @needs("people.manage")
    async def invite(self, form: dict[str, Any]):
        """Send the invitation."""
        try:
            organisation_id = UUID(str(form.get("organisation_id", "")))
        except ValueError:
            self.problems = NO_PROBLEMS | {"organisation_id": "Choose one."}
            return None
        draft = auth.InvitationDraft(
            email=str(form.get("email", "")),
            name=str(form.get("name", "")),
            organisation_id=organisation_id,
            roles=tuple(role for role in Role if form.get(f"roles.{role.value}")),
            manager=bool(form.get("manager")),
            supervisor=bool(form.get("supervisor")),
        )
        try:
            sent = await auth.invite(await self._actor(), draft)
        except (Invalid, Conflict) as refused:
            self.problems = NO_PROBLEMS | refused.fields
            return None
        self.writing = False
        await self._show()
        return errors.done(f"{sent.name} is invited. The mail is on its way.")

    @rx.event
    @needs("people.manage")
    async def send_again(self, invitation_id: str):
        """Send it again, with a new link."""
        sent = await auth.send_again(await self._actor(), UUID(invitation_id))
        await self._show()
        return errors.done(f"Sent again to {sent.email}. The link before does not work any more.")

    @rx.event
    @needs("people.manage")
    async def ask(self, invitation_id: str):
        """Ask before it is revoked."""
        if found := [line for line in self.rows if line.id == invitation_id]:
            self.asked, self.asking = found[0], True

    @rx.event
    @needs("people.manage")
    async def keep(self):
        """Revoke nothing."""
        self.asking = False

    @rx.event
    @needs("people.manage")
    async def revoke(self):
        """Have it let nobody in any more."""
        self.asking = False
        await auth.revoke(await self._actor(), UUID(self.asked.id))
        await self._show()
        return errors.done("The invitation is revoked; its link does not work any more.")

    async def _open_form(self) -> None:
        found = await auth.organisations(await self._actor())
        self.organisations = [
            fields.Option("", "Choose one"),
            *(fields.Option(str(one.id), f"{one.name} ({one.kind.value})") for one in found if one.active),
        ]
        self.roles, self.kind, self.problems, self.writing = [], "", NO_PROBLEMS, True
        self.epoch += 1

    async def _show(self) -> None:
        actor = await self._actor()
        soon = admin.SOON if self._ending else None
        found = await auth.invitations(
            actor, search=self.text, state=self._state, ending_within=soon, page=self._number, size=SIZE
        )
        self.rows, self.loading = [InvitationLine.of(one) for one in found.rows], False
        self.page = tables.Page.of(found)
        views, counts = [], {}
        for key, state in (("all", None), *((one.value, one) for one in auth.InvitationState)):
            counts[key] = (await auth.invitations(actor, state=state, size=1)).total
            href = f"{routes.INVITATIONS}?state={state.value}" if state else routes.INVITATIONS
            views.append(
                tables.View(key, key.capitalize(), href, counts[key], self._state is state and not self._ending)
            )
        ending = await auth.invitations_ending(actor, admin.SOON)
        views.insert(
            2, tables.View(ENDING, "Ending soon", f"{routes.INVITATIONS}?state={ENDING}", ending, self._ending)
        )
        self.views = views
        self.words = counted(counts["open"], "is open", "are open")


@page(routes.INVITATIONS, title="Invitations", on_load=InvitationsState.load)
def invitations() -> rx.Component:
    """The list and its dialogs."""
    state = InvitationsState
    return frame(
        tables.list_page(
            tables.view_tabs(state.views),
            tables.filter_bar(
                fields.search_field("find", "Name, email or organisation", default=state.text, on_edit=state.look)
            ),
            tables.data_table(
                state.rows,
                [
                    tables.Column("Name", lambda row: layout.person(row.name, row.email)),
                    tables.Column("At", lambda row: row.place),
                    tables.Column("As", lambda row: row.roles),
                    tables.Column("State", lambda row: feedback.toned_badge(row.state, row.tone)),
                    tables.Column("Sent", lambda row: row.sent, secondary=True),
                    tables.Column("Ends", lambda row: rx.cond(row.open, times.ago(row.ends_at), "–"), secondary=True),
                    tables.Column("", _acts, align="end"),
                ],
                label="Invitations",
                loading=state.loading,
                empty=feedback.empty_state(
                    "mail", "No invitation here", "Invite somebody: they get a link by mail and choose their password."
                ),
            ),
            tables.pager(state.page, on_previous=state.previous, on_next=state.next),
        ),
        _form(),
        _question(),
        title="Invitations",
        subtitle=state.words,
        active=routes.INVITATIONS,
        actions=buttons.button("Invite", kind="primary", icon="mail", shortcut="i", on_click=state.open_form),
        shortcuts=(dialogs.Shortcut("i", "Invite somebody"), *dialogs.LISTS),
    )


def _acts(row: Any) -> rx.Component:
    state = InvitationsState
    return rx.cond(
        row.open,
        layout.row(
            buttons.button(
                "Send again", small=True, on_click=state.send_again(row.id), aria_label=f"Send again to {row.name}"
            ),
            buttons.button("Revoke", small=True, on_click=state.ask(row.id), aria_label=f"Revoke that of {row.name}"),
        ),
    )


def _form() -> rx.Component:
    state = InvitationsState
    return dialogs.dialog(
        fields.form(
            layout.stack(
                fields.text_field("name", "Name", problem=state.problems["name"], auto_focus=True),
                fields.text_field("email", "Email", type="email", problem=state.problems["email"], auto_complete="off"),
                fields.select_field(
                    "organisation_id",
                    "Works at",
                    state.organisations,
                    on_edit=state.pick_organisation,
                    problem=state.problems["organisation_id"],
                ),
                rx.cond(
                    state.kind != "",
                    chip_choice("roles", "Roles", state.roles, problem=state.problems["roles"], epoch=state.epoch),
                ),
                rx.cond(state.kind == "practice", fields.checkbox("manager", "Manages the practice")),
                rx.cond(state.kind == "lab", fields.checkbox("supervisor", "Supervises the lab's floor")),
                fields.submit_button("Send the invitation"),
                gap="m",
            ),
            on_submit=state.invite,
        ),
        opened=state.writing,
        title="Invite somebody",
        on_close=state.close_form,
        intro="They get a link by mail, good for seven days, and choose their own password.",
    )


def _question() -> rx.Component:
    state = InvitationsState
    return dialogs.confirm_dialog(
        rx.fragment("The link in the mail to ", state.asked.email, " does not work any more."),
        opened=state.asking,
        title=rx.fragment("Revoke the invitation of ", state.asked.name, "?"),
        confirm="Revoke it",
        on_confirm=state.revoke,
        on_cancel=state.keep,
        danger=True,
    )
