"""The guard before every handler of a page: any socket client can call any of them, so each asks first.

`@needs(row)` stands below `@rx.event` on every handler. It asks the session's record who is there, refuses roles that
lack the row before anything happens, and shows a refusal of the door behind it as a toast. Here a click gets the id
that follows what it sets off: through logs, facts and jobs, to the LIMS, in its webhooks, to the pages these push to.
"""

import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import reflex as rx

from ils_app.kernel import database, log
from ils_app.kernel.errors import Forbidden, IlsError
from ils_app.kernel.roles import TABLE
from ils_app.ui import errors, live, rights, routes
from ils_app.ui.marks import for_anyone, push
from ils_app.ui.rights import OWN_ACCOUNT
from ils_app.ui.session import SessionState, SignedOut

Handler = Callable[..., Any]


def needs(row: str, *, pushed: bool = False) -> Callable[[Handler], Handler]:
    """Let only roles with this row of the permission table into the handler.

    A `pushed` handler runs because something changed elsewhere: it does not count as the person being there, so that
    a page left open grows idle all the same.
    """
    if row not in TABLE:
        raise LookupError(f"the permission table has no row {row!r}")

    def mark(handler: Handler) -> Handler:
        several = inspect.isasyncgenfunction(handler)
        guarded = _several(row, handler) if several else _one(row, handler, there=not pushed)
        guarded.__permission__ = row  # type: ignore[attr-defined]
        guarded.__pushed__ = pushed  # type: ignore[attr-defined]
        return guarded

    return mark


def opens(row: str) -> Callable[[Handler], Handler]:
    """As `needs`, for a page's `on_load`: brings the person onto the page, or shows them to the door."""

    def mark(handler: Handler) -> Handler:
        @wraps(handler)
        async def arrived(self: SessionState, *args: Any, **kwargs: Any) -> Any:
            log.begin(request_id=uuid4().hex)
            try:
                actor = await self._arrive()
                if await self._must_change_password() and row != OWN_ACCOUNT:
                    return rx.redirect(routes.ACCOUNT)
                actor.must(row)
                return await handler(self, *args, **kwargs)
            except SignedOut:
                self.ready = False
                return rx.redirect(f"{routes.SIGN_IN}?next={quote(self.router.url.path)}")
            except Forbidden:
                return rx.redirect(routes.ACCOUNT if await self._must_change_password() else routes.NOT_ALLOWED)
            except IlsError as error:
                return errors.toast(error)
            except database.AWAY as error:
                self._come_again()
                return errors.away(error)

        arrived.__permission__ = row  # type: ignore[attr-defined]
        return arrived

    return mark


async def _admit(self: SessionState, row: str) -> None:
    """Raise unless this person may; whoever is on a temporary password may only change it."""
    rights.must(await self._actor(), row, temporary_password=await self._must_change_password())


def _one(row: str, handler: Callable[..., Awaitable[Any]], *, there: bool) -> Handler:
    @wraps(handler)
    async def guarded(self: SessionState, *args: Any, **kwargs: Any) -> Any:
        log.begin(request_id=uuid4().hex if there else live.reason_of(self._token()))
        try:
            with contextlib.nullcontext() if there else push():
                await _admit(self, row)
                return await handler(self, *args, **kwargs)
        except IlsError as error:
            return _shown(error)
        except database.AWAY as error:
            return errors.away(error)

    return guarded


def _several(row: str, handler: Callable[..., AsyncIterator[Any]]) -> Handler:
    @wraps(handler)
    async def guarded(self: SessionState, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        log.begin(request_id=uuid4().hex)
        try:
            await _admit(self, row)
            async for event in handler(self, *args, **kwargs):
                yield event
        except IlsError as error:
            yield _shown(error)
        except database.AWAY as error:
            yield errors.away(error)

    return guarded


def _shown(error: IlsError) -> Any:
    if isinstance(error, SignedOut):
        return rx.redirect(f"{routes.SIGN_IN}?problem=ended")
    return errors.toast(error)


__all__ = ["for_anyone", "needs", "opens"]
