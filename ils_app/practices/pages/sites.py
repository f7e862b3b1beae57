"""Where the practice's lenses are sent."""

from typing import Any
from uuid import UUID

import reflex as rx

from ils_app.kernel.errors import Conflict, Invalid
from ils_app.practices import service as practices
from ils_app.practices.errors import ChangedElsewhere
from ils_app.practices.pages.rows import SITE_FIELDS, lines_of, problems, site_entry
from ils_app.practices.pages.shapes import address_fields, changed_elsewhere
from ils_app.practices.pages.state import PracticeState
from ils_app.practices.service import SiteChange, SiteDraft, SiteView
from ils_app.ui import buttons, dialogs, errors, feedback, fields, layout, tables
from ils_app.ui.guard import needs


class SitesState(PracticeState):
    """The form of one site, new or known."""

    writing_site: bool = False
    known_site: bool = False
    site: dict[str, str] = site_entry(None)
    site_problems: dict[str, str] = problems(SITE_FIELDS)
    site_theirs: str = ""
    site_epoch: int = 0
    _site_id: UUID | None = None
    _site_version: int = 0

    @rx.event
    @needs("practices.write")
    async def new_site(self):
        """An empty form."""
        self._begin_site(None)

    @rx.event
    @needs("practices.write")
    async def edit_site(self, site_id: str):
        """The form of a site there is."""
        sites = self._view.sites if self._view else ()
        for site in sites:
            if str(site.id) == site_id:
                self._begin_site(site)

    @rx.event
    @needs("practices.write")
    async def close_form(self):
        """Put the form away."""
        self.writing_site = False

    @rx.event
    @needs("practices.write")
    async def save_site(self, form: dict[str, Any]):
        """Add or change the site, over what someone else saved once that has been shown."""
        assert self._id
        self.site_problems = problems(SITE_FIELDS)
        actor, entered = await self._actor(), {**form, "address_lines": lines_of(form)}
        try:
            if self._site_id is None:
                await practices.add_site(actor, self._id, SiteDraft.read(entered))
            else:
                change = SiteChange.read(entered)
                await practices.edit_site(actor, self._id, self._site_id, change, self._site_version)
        except ChangedElsewhere as refused:
            now = refused.current
            self.site_theirs, self._site_version = f"{now.name}, {now.address}", now.version
            return None
        except (Invalid, Conflict) as refused:
            self.site_problems = errors.beside(refused, SITE_FIELDS)
            return None
        self.writing_site = False
        await self._read()
        return errors.done("The site is saved.")

    @rx.event
    @needs("practices.write")
    async def close_site(self, site_id: str):
        """Send nothing new to a site."""
        assert self._id
        await practices.close_site(await self._actor(), self._id, UUID(site_id))
        await self._read()
        return errors.done("The site is closed. Orders already placed keep it.")

    @rx.event
    @needs("practices.write")
    async def reopen_site(self, site_id: str):
        """Let orders be sent to a site again."""
        assert self._id
        await practices.reopen_site(await self._actor(), self._id, UUID(site_id))
        await self._read()
        return errors.done("The site is open again.")

    @rx.event
    @needs("practices.write")
    async def make_default(self, site_id: str):
        """Send lenses here unless an order says otherwise."""
        assert self._id
        await practices.choose_default_site(await self._actor(), self._id, UUID(site_id))
        await self._read()
        return errors.done("Lenses go there unless an order says otherwise.")

    def _begin_site(self, site: SiteView | None) -> None:
        self.site, self.known_site = site_entry(site), site is not None
        self._site_id, self._site_version = (site.id, site.version) if site else (None, 0)
        self.site_problems, self.site_theirs = problems(SITE_FIELDS), ""
        self.site_epoch, self.writing_site = self.site_epoch + 1, True


def sites_card() -> rx.Component:
    """The sites, the default first."""
    columns = [
        tables.Column("Site", lambda row: layout.strong(row.name)),
        tables.Column("Ship-to", lambda row: layout.mono(row.code)),
        tables.Column("Address", lambda row: row.address),
        tables.Column("", _acts, align="end"),
    ]
    return layout.card(
        tables.data_table(
            PracticeState.sites,
            columns,
            label="Sites",
            empty=feedback.empty_state("map-pin-off", "There is no site", "Lenses need a place to be sent to."),
        ),
        title="Sites",
        aside=rx.cond(
            PracticeState.may_write,
            buttons.button("Add a site", icon="plus", small=True, on_click=SitesState.new_site),
        ),
        flush=True,
    )


def _acts(row: Any) -> rx.Component:
    state = rx.cond(
        row.open,
        rx.cond(row.default, feedback.badge("default", "ok", icon="map-pin")),
        feedback.badge("closed", "idle", icon="map-pin-off"),
    )
    closing = rx.cond(
        row.default,
        rx.fragment(),
        rx.fragment(
            buttons.button(
                "Make default", small=True, on_click=SitesState.make_default(row.id),
                aria_label=f"Make default: {row.name}",
            ),
            buttons.button("Close", small=True, on_click=SitesState.close_site(row.id), aria_label=f"Close {row.name}"),
        ),
    )  # fmt: skip
    acts = layout.row(
        state,
        buttons.button("Change", small=True, on_click=SitesState.edit_site(row.id), aria_label=f"Change {row.name}"),
        rx.cond(
            row.open,
            closing,
            buttons.button(
                "Open again", small=True, on_click=SitesState.reopen_site(row.id), aria_label=f"Open again: {row.name}"
            ),
        ),
    )
    return rx.cond(PracticeState.may_write, acts, state)


def site_dialog() -> rx.Component:
    """The form of one site."""
    state = SitesState
    code = fields.text_field(
        "code", "Ship-to code", default=state.site["code"], mono=True, problem=state.site_problems["code"],
        epoch=state.site_epoch, hint="What the lab's system calls this address. Orders name it, so it stays.",
    )  # fmt: skip
    return dialogs.dialog(
        fields.form(
            layout.stack(
                changed_elsewhere(state.site_theirs),
                rx.cond(state.known_site, rx.fragment(), code),
                address_fields(state.site, state.site_problems, state.site_epoch),
                fields.submit_button(rx.cond(state.site_theirs != "", "Keep mine", "Save")),
                gap="m",
            ),
            on_submit=state.save_site,
        ),
        opened=state.writing_site,
        title=rx.cond(state.known_site, rx.fragment("Change ", layout.mono(state.site["code"])), "Add a site"),
        on_close=state.close_form,
    )
