"""Check settings, database and LIMS, and say what is wrong; the exit status is 1 when anything is."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable

import httpx
import psycopg
from alembic.script import ScriptDirectory
from redis import Redis
from redis.exceptions import RedisError

from ils_app.commands import CommandError
from ils_app.commands.migrate import alembic_config
from ils_app.kernel import config, mail_provider, postgres
from ils_app.kernel.config import Settings
from ils_app.kernel.mail import NotSent
from ils_app.kernel.mail_smtp import Smtp

OLDEST_POSTGRES = 15
TIMEOUT_SECONDS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(arguments: argparse.Namespace) -> int:
    """Look at one thing after another, whatever the ones before said; returns the exit status."""
    settings = config.current()  # a wrong setting ends it here, by name
    print(f"ok     settings: {settings.ils_env.value}, {settings.public_url}")
    wrong = 0
    checks: dict[str, Callable[[Settings], str]] = {
        "database": _database,
        "LIMS": _lims,
        "Redis": _redis,
        "mail": _mail,
    }
    for name, look in checks.items():
        try:
            print(f"ok     {name}: {look(settings)}")
        except CommandError as error:
            wrong += 1
            print(f"wrong  {name}: {error}")
    return 1 if wrong else 0


def _database(settings: Settings) -> str:
    if settings.database_url is not None:
        address = settings.require_libpq_url()
    elif (server := postgres.running(settings.home)) is not None:
        address = server.url
    else:
        raise CommandError("the embedded database is not running and DATABASE_URL is not set: type `make run`.")
    try:
        with psycopg.connect(address, connect_timeout=TIMEOUT_SECONDS) as connection:
            version = connection.info.server_version // 10_000
            row = connection.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL").fetchone()
            made = row is not None and row[0]
            query = "SELECT version_num FROM public.alembic_version"
            at = {str(row[0]) for row in connection.execute(query)} if made else set()
    except psycopg.OperationalError as error:
        why = str(error).strip().splitlines()[-1]
        raise CommandError(f"does not answer ({why}): check DATABASE_URL and that it is running.") from error
    if version < OLDEST_POSTGRES:
        raise CommandError(f"is PostgreSQL {version}: ILS needs {OLDEST_POSTGRES} or newer.")
    if at != set(ScriptDirectory.from_config(alembic_config()).get_heads()):
        raise CommandError("its tables are not up to date: type `python -m ils_app migrate`.")
    return f"PostgreSQL {version}, tables up to date"


def _lims(settings: Settings) -> str:
    return asyncio.run(_ask_lims(settings))


async def _ask_lims(settings: Settings) -> str:
    headers = {"Authorization": f"Bearer {settings.lims_api_key.get_secret_value()}"}
    certificate = (str(settings.lims_client_cert), str(settings.lims_client_key)) if settings.lims_client_cert else None
    async with httpx.AsyncClient(headers=headers, timeout=TIMEOUT_SECONDS, cert=certificate) as client:
        try:
            health = await client.get(f"{settings.lims_api_base_url}/health")
            catalog = await client.get(f"{settings.lims_api_base_url}/catalog")
            control = await client.get(f"{settings.lims_api_base_url}/sandbox/control")
        except httpx.HTTPError as error:
            raise CommandError(
                f"{settings.lims_api_base_url} does not answer ({type(error).__name__}):"
                " check LIMS_API_BASE_URL and that it is running."
            ) from error
    if settings.production and control.status_code in (200, 401, 403):
        raise CommandError(f"{settings.lims_api_base_url} is the sandbox: set LIMS_API_BASE_URL to the lab's own.")
    if catalog.status_code in (401, 403):
        raise CommandError("refuses our key: check LIMS_API_KEY.")
    try:
        status, version = str(health.json()["status"]), str(health.json()["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(
            f"{settings.lims_api_base_url}/health answers {health.status_code}, but not as a LIMS does:"
            " check LIMS_API_BASE_URL, its path included."
        ) from error
    if status == "unhealthy" or catalog.status_code >= 400:
        raise CommandError(f"says it is {status} (catalog: {catalog.status_code}): ask whoever runs it.")
    return f"{settings.lims_api_base_url}, version {version}, {status}"


def _redis(settings: Settings) -> str:
    if settings.redis_url is None:
        return "none, so one process"
    try:
        with Redis.from_url(settings.redis_url, socket_connect_timeout=TIMEOUT_SECONDS) as redis:
            redis.ping()
    except (RedisError, ValueError) as error:
        raise CommandError("does not answer: check REDIS_URL and that it is running.") from error
    return "answers"


def _mail(settings: Settings) -> str:
    provider = mail_provider.chosen()
    if provider is None:
        raise CommandError("none leaves, and each is given up after a day and a half. " + mail_provider.NOT_SET)
    if isinstance(provider, Smtp):
        try:
            asyncio.run(provider.reach())
        except NotSent as error:
            raise CommandError(error.why) from error
        return "the SMTP server answers"
    return f"through {provider.name}"
