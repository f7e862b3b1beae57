"""What has not begun to answer in time is given up, and whoever asked is told; what has begun may end."""

import asyncio

import httpx
import pytest

from ils_app.kernel.deadline import Deadline

OK = {"type": "http.response.start", "status": 200, "headers": []}


@pytest.fixture
def ends() -> list[str]:
    """What became of the work."""
    return []


async def ask(app, path: str = "/", **limits: float) -> httpx.Response:
    limited = Deadline(app, seconds=0.05, **limits)
    transport = httpx.ASGITransport(limited, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as client:
        return await client.get(path)


async def test_what_takes_too_long_is_answered_in_time_and_stopped(ends):
    stopped = asyncio.Event()

    async def stuck(scope, receive, send) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.2)  # nor does its end hold up the answer
            ends.append("stopped")
            await send(OK)  # nobody hears it any more
            stopped.set()

    answer = await ask(stuck)
    assert (answer.status_code, answer.json()["code"]) == (503, "deadline")
    assert answer.headers["retry-after"]
    assert ends == []
    await asyncio.wait_for(stopped.wait(), 10)


async def test_an_answer_that_has_begun_is_left_to_end():
    async def slow(scope, receive, send) -> None:
        await send(OK)
        await asyncio.sleep(0.2)
        await send({"type": "http.response.body", "body": b"whole"})

    assert (await ask(slow)).text == "whole"


async def test_files_have_longer():
    async def slow(scope, receive, send) -> None:
        await asyncio.sleep(0.2)
        await send(OK)
        await send({"type": "http.response.body", "body": b"kept"})

    assert (await ask(slow, "/files/1", file_paths=("/files",), files=30.0)).text == "kept"
    assert (await ask(slow, "/other", file_paths=("/files",), files=30.0)).status_code == 503


async def test_what_breaks_breaks_as_before():
    async def broken(scope, receive, send) -> None:
        raise RuntimeError("Jones")

    with pytest.raises(RuntimeError, match="Jones"):
        await ask(broken)


async def test_who_goes_away_takes_the_work_along(ends):
    async def stuck(scope, receive, send) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise

    asked = asyncio.create_task(Deadline(stuck)({"type": "http", "path": "/"}, None, None))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await asyncio.sleep(0)
    assert ends == ["cancelled"]
