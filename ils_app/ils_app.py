"""The shell: gathers the rooms' pages and APIs into one application, and holds open what the process needs."""

import contextlib
import functools
import os
from collections.abc import AsyncIterator
from pathlib import Path

import reflex as rx
from fastapi import FastAPI
from starlette.types import ASGIApp

from ils_app import rooms
from ils_app.admin import api as admin_api
from ils_app.admin import pages as admin_pages
from ils_app.auth import api as auth_api
from ils_app.auth import pages as auth_pages
from ils_app.billing import api as billing_api
from ils_app.billing import pages as billing_pages
from ils_app.billing import stripe_api
from ils_app.catalog import api as catalog_api
from ils_app.engineering import api as engineering_api
from ils_app.engineering import pages as engineering_pages
from ils_app.kernel import asgi, config, database_watch, health, jobs, limiting, log, openapi, trend
from ils_app.kernel import lims as kernel_lims
from ils_app.kernel import live as kernel_live
from ils_app.kernel.deadline import Deadline
from ils_app.kernel.settings_reader import is_loopback
from ils_app.lab import api as lab_api
from ils_app.lab import pages as lab_pages
from ils_app.notifications import api as notifications_api
from ils_app.notifications import dev_mail
from ils_app.notifications import pages as notifications_pages
from ils_app.orders import api as orders_api
from ils_app.orders import pages as orders_pages
from ils_app.patients import api as patients_api
from ils_app.patients import pages as patients_pages
from ils_app.practices import api as practices_api
from ils_app.practices import pages as practices_pages
from ils_app.settings import api as settings_api
from ils_app.settings import pages as settings_pages
from ils_app.settings.following import followed
from ils_app.suppliers import api as suppliers_api
from ils_app.suppliers import pages as suppliers_pages
from ils_app.ui import errors, live, lost, navigation, pushing
from ils_app.ui.owner import OneOwner
from ils_app.ui.shell import app_options
from ils_app.ui.showing import CaughtUp
from ils_app.ui.uploads import SignedInUploads

BUILT = Path(__file__).parents[1] / os.environ.get("REFLEX_WEB_WORKDIR", ".web") / "build" / "client"
APIS = (
    auth_api,
    settings_api,
    notifications_api,
    practices_api,
    patients_api,
    catalog_api,
    orders_api,
    lab_api,
    suppliers_api,
    billing_api,
    stripe_api,
    engineering_api,
    admin_api,
)
PAGES = (
    auth_pages,
    notifications_pages,
    settings_pages,
    practices_pages,
    patients_pages,
    orders_pages,
    lab_pages,
    suppliers_pages,
    billing_pages,
    engineering_pages,
    admin_pages,
)

log.configure()

__all__ = ["app", "lost"]


def gateway() -> FastAPI:
    """Every room's HTTP door behind one origin, with one OpenAPI document."""
    api = FastAPI(title="ILS", version="1", docs_url=None, redoc_url=None, openapi_url=f"{asgi.API}/openapi.json")
    api.include_router(health.router)
    for room in APIS:
        api.include_router(room.router)
    if not config.current().production and is_loopback(config.current().public_url):
        api.include_router(dev_mail.router)
    openapi.documented(api)
    asgi.translate_errors(api)
    return api


def hardened(app: ASGIApp) -> ASGIApp:
    """What every answer and every request body passes through."""
    worked = limiting.Limits(asgi.BodyLimit(SignedInUploads(asgi.OneHost(app))))
    inner = asgi.LastResort(Deadline(worked, file_paths=asgi.FILE_PATHS))
    return asgi.behind_proxies(asgi.RequestIds(asgi.SecurityHeaders(inner, BUILT)))


async def database_changed() -> None:
    """Tell every tab here that the database is away; when it is back, all that is shown is read again."""
    away = database_watch.silent_since() is not None
    await kernel_live.tell_here(database_watch.TOPIC if away else kernel_live.EVERYTHING)


@contextlib.asynccontextmanager
async def process() -> AsyncIterator[None]:
    """The database, the LIMS client, the live relay, and the worker unless it runs elsewhere."""
    async with asgi.process(), trend.kept(), followed(), contextlib.AsyncExitStack() as held:
        if config.current().ils_worker == "inline":
            rooms.import_handlers()
            await held.enter_async_context(jobs.running())
        await held.enter_async_context(database_watch.watched(database_changed))
        await held.enter_async_context(kernel_lims.watched(functools.partial(kernel_live.publish, "lims")))
        yield


for gathered in PAGES:
    navigation.add(*gathered.PLACES)
navigation.add_search(orders_pages.search)
navigation.add_search(billing_pages.search)
navigation.add_beside_order(billing_pages.beside_order)
navigation.add_search(suppliers_pages.search)
navigation.add_banner(orders_pages.banner)
navigation.add_bell(notifications_pages.bell, notifications_pages.arrived)

app = rx.App(
    api_transformer=[gateway(), hardened],
    backend_exception_handler=errors.broken,
    frontend_exception_handler=errors.broken_in_browser,
    **app_options(),
)
app.add_middleware(OneOwner(), 0)  # before the one that sends a tab its state
app.add_middleware(CaughtUp(), 1)
app.register_lifespan_task(process)
live.bind(app, pushing.push)
