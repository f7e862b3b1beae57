"""Who sits at this tab: read from the session's row for every event, never from what the browser sent."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.state import OnLoadInternalState

from ils_app.auth import service as auth
from ils_app.auth.errors import SignedOut
from ils_app.auth.http import token_in
from ils_app.kernel import database_watch
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Forbidden
from ils_app.kernel.lims import silent_since
from ils_app.settings import service as settings
from ils_app.ui import errors, live, rights, routes
from ils_app.ui.marks import for_anyone, is_pushed, pushed_to_anyone
from ils_app.ui.navigation import NavLink, arrive, banner_for, found, links_for, topics_for
from ils_app.ui.shell import SearchHit
from ils_app.ui.showing import Showing

NO_DATABASE = (
    "ILS cannot reach its database. What you see may be out of date and nothing can be saved; it comes back by itself."
)


@dataclass(frozen=True)
class RoleChoice:
    """A role the person may switch this tab to."""

    value: str
    label: str


class SessionState(rx.State):
    """What every page shows of the person: name, role, navigation. Pages' states are its children."""

    ready: bool = False
    person_name: str = ""
    organisation_name: str = ""
    role: str = ""
    role_label: str = ""
    roles: list[RoleChoice] = []
    navigation: list[NavLink] = []
    path: str = ""
    banner: str = ""
    answering: bool = True
    search_hits: list[SearchHit] = []
    announcement: str = ""
    theme: str = ""  # as the person chose; "" leaves the browser as it is
    _chosen_role: str = ""
    _connection: str = ""
    _again: bool = False  # the page that opens was open in this tab: it was reloaded, or its connection is back
    _owner: str = ""  # a hash of the session that filled this tab; see `ui.owner`

    async def _person(self) -> auth.Person | None:
        """The person behind the cookie of this tab's connection; that they are there is kept, unless this is a push."""
        token = token_in(self.router.headers.cookie)
        return await auth.person_for(token, touch=not is_pushed.get()) if token else None

    async def _must_change_password(self) -> bool:
        """Whether this person is on a temporary password, which opens nothing but their own account."""
        person = await self._person()
        return person is not None and person.password_temporary

    async def _actor(self) -> Actor:
        """The person in the role this tab is in. Raises SignedOut."""
        person = await self._person()
        if person is None:
            raise SignedOut
        return rights.actor_in(person, self._chosen_role)

    async def _arrive(self) -> Actor:
        """Take the person onto the page that is opening and start listening for the end of the session."""
        actor = await self._actor()
        person = await self._person()
        assert person is not None
        self.person_name = person.name
        await self._take_settings(actor)
        self.role, self.role_label = actor.role.value, actor.role.label
        self.roles = [RoleChoice(role.value, role.label) for role in person.roles]
        path, connection = self.router.url.path.rstrip("/") or "/", self.router.session.session_id
        self._again = path == self.path and connection != self._connection
        self.path, self._connection = path, connection
        self.navigation = [] if actor.password_temporary else await links_for(actor, self.path)
        self.banner, self.answering = await banner_for(actor), silent_since() is None
        self.ready = True
        live.leave(self._token())
        live.watch(
            self._token(),
            {
                f"session:{person.session_id}": SessionState.session_ended,
                "lims": SessionState.lims_changed,
                database_watch.TOPIC: SessionState.database_changed,
                settings.person_topic(actor.user_id): SessionState.settings_changed,
                settings.letterhead_topic(actor.organisation_id): SessionState.settings_changed,
            },
        )
        live.watch(self._token(), dict.fromkeys(topics_for(actor), SessionState.rail_changed))
        await arrive(self, actor)
        return actor

    def _come_again(self) -> None:
        """The page could not be brought up without the database: say so, and try again when it answers."""
        self.banner = NO_DATABASE
        live.watch(self._token(), {database_watch.TOPIC: SessionState.arrive_again})

    async def _take_settings(self, actor: Actor) -> None:
        """The colours the person chose, and what their organisation calls itself."""
        self.theme = (await settings.own_preferences(actor)).theme.value
        self.organisation_name = await settings.own_organisation_name(actor)

    def _watch(self, refresh: Any, *topics: str) -> None:
        """Have `refresh` run on this page whenever one of the topics changes, until the tab goes elsewhere."""
        live.watch(self._token(), dict.fromkeys(topics, refresh))

    def _shows(self, refresh: Any, what: Showing, *, since: int) -> None:
        """What the page shows now, so that `refresh` need not run where a push can answer for all who show the same.

        `since` is what `live.heard` said of the topic before anything was read.
        """
        what.token, what.role = token_in(self.router.headers.cookie) or "", self._chosen_role
        live.shows(self._token(), refresh, what, since=since)

    def _token(self) -> str:
        return self.router.session.client_token

    @rx.event
    @for_anyone
    async def switch_role(self, role: str):
        """Go on in another of the person's own roles, in this tab only."""
        person = await self._person()
        if person is None or role not in {held.value for held in person.roles}:
            return errors.toast(Forbidden())
        self._chosen_role = role
        return rx.redirect(routes.HOME)

    @rx.event
    @for_anyone
    async def search(self, text: str):
        """What the top bar's search finds for this person."""
        person = await self._person()
        if person is None or len(text.strip()) < 2:
            self.search_hits = []
            return
        hits = await found(await self._actor(), text)
        self.search_hits = [SearchHit(hit.href, hit.title, hit.detail, hit.kind) for hit in hits[:10]]

    @rx.event
    @pushed_to_anyone
    async def lims_changed(self):
        """The lab's system went away or came back: say so, or stop saying so."""
        if await self._person() is not None:
            self.banner = await banner_for(await self._actor())
            self.answering = silent_since() is None

    @rx.event
    @pushed_to_anyone
    async def database_changed(self):
        """The database fell silent, or answers again: say so, or stop saying so."""
        if database_watch.silent_since():
            self.banner = NO_DATABASE
        elif await self._person() is not None:
            self.banner = await banner_for(await self._actor())

    @rx.event
    @pushed_to_anyone
    async def arrive_again(self):
        """Bring up the page that could not be brought up before."""
        if database_watch.silent_since():
            return None
        live.leave(self._token())
        self.banner = ""
        return OnLoadInternalState.on_load_internal

    @rx.event
    @pushed_to_anyone
    async def settings_changed(self):
        """The person took another theme somewhere, or their organisation another name: follow."""
        if await self._person() is not None:
            await self._take_settings(await self._actor())

    @rx.event
    @pushed_to_anyone
    async def rail_changed(self):
        """A number beside a place of the rail is another."""
        if await self._person() is not None:
            self.navigation = await links_for(await self._actor(), self.path)

    @rx.event
    @pushed_to_anyone
    async def session_ended(self):
        """The session was changed or revoked: leave the page when nobody is behind it any more."""
        if await self._person() is None:
            self.reset()
            return rx.redirect(f"{routes.SIGN_IN}?problem=ended")
        return None


__all__ = ["Role", "RoleChoice", "SessionState", "SignedOut"]
