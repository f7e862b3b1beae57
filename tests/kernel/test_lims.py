"""The process's one LIMS client: introduced as soon as the LIMS answers, watched, closed with the process."""

import asyncio
import json

import httpx
import pytest
from pydantic import SecretStr

from ils_app.kernel import config
from ils_app.kernel import lims as kernel_lims
from lims_client import LimsClient, Timing
from tests.support.sandbox_process import a_webhook_secret


class Lims:
    """A LIMS that is away until it is told to answer; what it was asked can be waited for."""

    def __init__(self) -> None:
        self.away = True
        self.registered: list[dict] = []
        self._changed = asyncio.Condition()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("refused", request=request)
        if request.url.path.endswith("/health"):
            return httpx.Response(200, json={"status": "healthy", "capabilities": ["core"]})
        async with self._changed:
            self.registered.append(json.loads(request.content))
            self._changed.notify_all()
        return httpx.Response(200, json={"id": "wh_1"})

    async def has_heard(self, number: int) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.registered) >= number)


@pytest.fixture
async def lims(ils_home, monkeypatch):
    monkeypatch.setenv("LIMS_WEBHOOK_SECRET", a_webhook_secret())
    monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:3000")
    monkeypatch.setattr(kernel_lims, "INTRODUCTION_SECONDS", 0.01)
    monkeypatch.setattr(kernel_lims, "WATCH_SECONDS", 0.01)
    monkeypatch.setattr(kernel_lims, "_silent_since", None)
    config.current.cache_clear()
    outside = Lims()

    def client() -> LimsClient:
        return LimsClient(
            "http://lims.test/api", "key", timing=Timing(attempts=1), transport=httpx.MockTransport(outside)
        )

    outside.client = client
    kernel_lims.use(client())
    yield outside
    await kernel_lims.close()
    monkeypatch.undo()
    config.current.cache_clear()


class Changes:
    """What a watcher is told of, one change at a time."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue = asyncio.Queue()

    async def __call__(self) -> None:
        self.queue.put_nowait(kernel_lims.silent_since())
        if kernel_lims.silent_since() is None:
            raise RuntimeError("nobody to tell")

    async def next(self):
        return await asyncio.wait_for(self.queue.get(), 10)


async def test_both_routes_are_registered_as_soon_as_the_lims_answers(lims):
    changes = Changes()
    async with kernel_lims.watched(changes):
        assert await changes.next() is not None  # away since then
        lims.away = False
        kernel_lims.use(lims.client())  # as after the breaker's pause
        await lims.has_heard(2)
    assert {one["url"] for one in lims.registered} == {
        "http://127.0.0.1:3000/api/webhooks/lims-status", "http://127.0.0.1:3000/api/webhooks/lims-catalog-update",
    }  # fmt: skip
    assert {tuple(one["events"]) for one in lims.registered} == {("job.status_changed",), ("catalog.updated",)}
    assert {one["secret"] for one in lims.registered} == {config.current().lims_webhook_secrets[0]}


async def test_silence_and_its_end_are_told_once_each_and_trouble_in_telling_ends_no_watch(lims):
    changes = Changes()
    async with kernel_lims.watched(changes):
        assert await changes.next() is not None
        lims.away = False
        kernel_lims.use(lims.client())
        assert await changes.next() is None
        lims.away = True
        assert await changes.next() is not None
    assert changes.queue.empty()


async def test_without_a_secret_no_route_is_registered_and_the_watch_goes_on(lims, monkeypatch):
    bare = config.current().model_copy(update={"lims_webhook_secret": SecretStr("")})
    monkeypatch.setattr(config, "current", lambda: bare)
    changes = Changes()
    async with kernel_lims.watched(changes):
        assert await changes.next() is not None
        lims.away = False
        kernel_lims.use(lims.client())
        assert await changes.next() is None
    assert lims.registered == []


async def test_the_client_is_made_of_the_settings_and_closed_with_its_block(ils_home, monkeypatch):
    monkeypatch.setattr(kernel_lims, "_client", None)
    async with kernel_lims.opened() as client:
        assert kernel_lims.lims() is client
    assert kernel_lims._client is None
    await kernel_lims.close()  # more than once is harmless
