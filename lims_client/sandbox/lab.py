"""The whole sandbox in one object: what it knows and what it does while it runs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx
import structlog

from lims_client.sandbox.accounts import Accounts
from lims_client.sandbox.control import ControlBox, ControlChange
from lims_client.sandbox.database import Database
from lims_client.sandbox.jobs import Jobs
from lims_client.sandbox.outbox import Outbox
from lims_client.sandbox.production import Production
from lims_client.sandbox.rule_sets import RuleSets
from lims_client.sandbox.settings import Settings

log = structlog.get_logger("lims_sandbox")

RESTART_SECONDS = 1.0


async def _kept_going(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run a part of the lab for ever; one that breaks says so and begins again, for all it knows is in the database."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("lims_sandbox.part_broke", part=name)
            await asyncio.sleep(RESTART_SECONDS)


class Lab:
    """Opened on a database file; `running()` lets its time pass and its webhooks go out."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database)
        self.control = ControlBox(self.database)
        self.control.change(ControlChange(speed=settings.speed, paused=settings.paused))
        self.chance = random.Random(settings.random_seed)  # noqa: S311 - chance in a simulation, no secret
        self.outbox = Outbox(self.database, self.control, secret=settings.webhook_secret, chance=self.chance)
        self.rule_sets = RuleSets(self.database, self.outbox)
        self.accounts = Accounts(self.database)
        self.jobs = Jobs(self.database, self.rule_sets, self.accounts, self.outbox, settings.zone)
        self.production = Production(self.jobs, self.control, self.chance)

    @asynccontextmanager
    async def running(self, transport: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[None]:
        """Production and delivery as tasks; at the end the lab's time is kept and the file closed."""
        async with httpx.AsyncClient(timeout=10, trust_env=False, transport=transport) as http:
            tasks = [
                asyncio.create_task(_kept_going("production", self.production.run)),
                asyncio.create_task(_kept_going("outbox", lambda: self.outbox.run(http))),
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
                self.close()

    def close(self) -> None:
        with self.database.transaction():
            self.production.keep()
        self.database.close()
