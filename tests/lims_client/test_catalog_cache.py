"""The catalog: cached, revalidated, shared, stale when there is nothing better."""

import asyncio

import httpx
import pytest

from lims_client import Catalog, LimsClient, LimsProtocolError, LimsTimeout, LimsUnavailable


def catalog(rules: str, etag: str | None = None) -> httpx.Response:
    entries = [{"id": "ar", "name": "Anti-reflective", "category": "coating", "leadTime": 24, "metadata": {"n": None}}]
    body = {"version": f"c{rules}", "rulesVersion": rules, "timestamp": "2025-11-03T09:00:00Z", "entries": entries}
    return httpx.Response(200, json=body, headers={"ETag": etag or f'"{rules}"'})


NOT_MODIFIED = httpx.Response(304)
AWAY = httpx.Response(502)


async def test_for_five_minutes_the_lims_is_not_asked_again(lims_that, held):
    lims, script = lims_that(catalog("1"), catalog("2"))
    assert (await lims.fetch_catalog()).rules_version == "1"
    held.move(299)
    held.jump(86_400)
    assert (await lims.fetch_catalog()).rules_version == "1"
    assert len(script.requests) == 1
    held.move(1)
    assert (await lims.fetch_catalog()).rules_version == "2"


async def test_after_five_minutes_it_asks_with_the_tag_and_304_means_another_five(lims_that, held):
    lims, script = lims_that(catalog("1", 'W/"abc"'), NOT_MODIFIED)
    first = await lims.fetch_catalog()
    held.move(301)
    again = await lims.fetch_catalog()
    assert again == first
    assert not again.stale
    assert "if-none-match" not in script.requests[0].headers
    assert script.requests[1].headers["if-none-match"] == 'W/"abc"'
    held.move(299)
    await lims.fetch_catalog()
    assert len(script.requests) == 2


async def test_at_least_goes_past_a_fresh_cache_entry_unless_that_is_the_version(lims_that):
    lims, script = lims_that(catalog("1"), catalog("2"))
    await lims.fetch_catalog()
    assert (await lims.fetch_catalog(at_least="1")).rules_version == "1"
    assert len(script.requests) == 1
    assert (await lims.fetch_catalog(at_least="2")).rules_version == "2"
    assert script.requests[1].headers["cache-control"] == "no-cache"
    assert (await lims.fetch_catalog()).rules_version == "2"
    assert len(script.requests) == 2


async def test_at_least_an_older_version_after_a_roll_back_is_asked_for(lims_that):
    lims, _ = lims_that(catalog("3"), catalog("2"))
    await lims.fetch_catalog()
    assert (await lims.fetch_catalog(at_least="2")).rules_version == "2"


async def test_at_least_accepts_what_the_lims_says_now_even_if_it_went_further(lims_that):
    lims, script = lims_that(catalog("1"), catalog("5"))
    await lims.fetch_catalog()
    assert (await lims.fetch_catalog(at_least="4")).rules_version == "5"
    assert len(script.requests) == 2


async def test_with_the_lims_away_the_last_catalog_is_served_marked_stale(lims_that, held):
    lims, _ = lims_that(catalog("1"), *[AWAY] * 5, catalog("2"))
    assert not (await lims.fetch_catalog()).stale
    held.move(301)
    for _ in range(3):  # the third finds the breaker open
        late = await lims.fetch_catalog()
        assert (late.rules_version, late.stale) == ("1", True)
    assert (await lims.fetch_catalog(at_least="1")).stale
    held.move(61)
    assert (await lims.fetch_catalog()).rules_version == "2"


async def test_with_the_lims_away_at_least_never_answers_with_an_older_one(lims_that):
    lims, _ = lims_that(catalog("1"), AWAY)
    await lims.fetch_catalog()
    with pytest.raises(LimsUnavailable):
        await lims.fetch_catalog(at_least="2")


async def test_with_the_lims_away_and_nothing_kept_it_is_unavailable(lims_that):
    lims, _ = lims_that(AWAY)
    with pytest.raises(LimsUnavailable):
        await lims.fetch_catalog()


async def test_a_304_nobody_asked_for_is_a_protocol_error(lims_that):
    lims, _ = lims_that(NOT_MODIFIED)
    with pytest.raises(LimsProtocolError, match="304"):
        await lims.fetch_catalog()


class SlowLims:
    """Answers when told to."""

    def __init__(self) -> None:
        self.go, self.asked, self.rules = asyncio.Event(), asyncio.Semaphore(0), "1"
        self.requests = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        said = catalog(self.rules)
        self.asked.release()
        await self.go.wait()
        return said


async def test_a_hundred_who_ask_at_once_are_one_request():
    slow = SlowLims()
    async with LimsClient("https://l.test", "k", transport=httpx.MockTransport(slow)) as lims:
        waiting = [asyncio.create_task(lims.fetch_catalog()) for _ in range(100)]
        await slow.asked.acquire()
        slow.go.set()
        answers = await asyncio.gather(*waiting)
    assert slow.requests == 1
    assert all(answer is answers[0] for answer in answers)


async def test_at_least_does_not_trust_a_request_that_began_before_it_was_asked():
    slow = SlowLims()
    async with LimsClient("https://l.test", "k", transport=httpx.MockTransport(slow)) as lims:
        early = asyncio.create_task(lims.fetch_catalog())
        await slow.asked.acquire()
        slow.rules = "2"
        late = [asyncio.create_task(lims.fetch_catalog(at_least="2")) for _ in range(20)]
        await asyncio.sleep(0)
        slow.go.set()
        assert (await early).rules_version == "1"
        assert {answer.rules_version for answer in await asyncio.gather(*late)} == {"2"}
    assert slow.requests == 2


async def test_one_who_stops_waiting_does_not_take_the_request_from_the_others():
    slow = SlowLims()
    async with LimsClient("https://l.test", "k", transport=httpx.MockTransport(slow)) as lims:
        impatient, patient = (asyncio.create_task(lims.fetch_catalog()) for _ in range(2))
        await slow.asked.acquire()
        impatient.cancel()
        with pytest.raises(LimsTimeout):
            await lims.fetch_catalog(deadline_seconds=0.01)
        slow.go.set()
        assert (await patient).rules_version == "1"
    assert slow.requests == 1


async def test_closing_the_client_ends_the_request_in_the_air():
    slow = SlowLims()
    lims = LimsClient("https://l.test", "k", transport=httpx.MockTransport(slow))
    waiting = asyncio.create_task(lims.fetch_catalog())
    await slow.asked.acquire()
    await lims.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_a_catalog_is_read_by_category_and_by_id():
    full = Catalog.from_wire(catalog("1").content)
    assert [entry.id for entry in full.of("coating")] == ["ar"]
    assert full.of("tint") == ()
    assert full.entry("ar") is full.entries[0]
    assert full.entry("none") is None
    assert "stale" not in full.to_wire()
