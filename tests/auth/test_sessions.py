"""Sessions: who holds a token, for how long, and that ending one takes effect at once."""

import asyncio
from uuid import uuid4

import psycopg
import pytest

from ils_app.auth import handlers, service, session_cache
from ils_app.auth.schemas import SessionKind
from ils_app.auth.session_cache import Known, SessionCache
from ils_app.kernel import live
from ils_app.kernel.errors import NotFound
from ils_app.kernel.roles import Role

ADDRESS = "192.0.2.1"


@pytest.fixture
async def enter(password):
    """Signs a person in."""

    async def sign_in(person, **more):
        return await service.sign_in(person.email, password, address=ADDRESS, **more)

    return sign_in


@pytest.fixture
def heard():
    """The live topics of this process."""
    topics = []

    async def hear(news):
        topics.extend(news)

    end = live.subscribe(hear)
    yield topics
    end()


async def test_a_token_that_is_nobody_s_names_nobody(database):
    for token in (None, "", "x", "\ud800", "x" * 10_000):
        assert await service.person_for(token) is None


async def test_an_ended_session_is_over_at_once_and_its_open_pages_hear_it(make_person, enter, heard, facts):
    someone = await make_person()
    signed_in = await enter(someone)
    actor = (await service.person_for(signed_in.token)).actor()
    await service.end_session(actor, actor.session_id)
    assert await service.person_for(signed_in.token) is None
    assert f"session:{actor.session_id}" in heard
    assert facts()[-1] == "SessionEnded"
    with pytest.raises(NotFound):
        await service.end_session(actor, actor.session_id)


async def test_a_session_ended_by_another_process_is_over_as_soon_as_it_is_heard(make_person, enter, rows, database):
    someone = await make_person()
    signed_in = await enter(someone)
    assert await service.person_for(signed_in.token)
    rows("UPDATE auth.session SET revoked_at = now()")
    assert await service.person_for(signed_in.token), "nothing was heard yet, so it is remembered"
    gone = asyncio.Event()

    async def hear(topics):
        if f"session:{signed_in.person.session_id}" in topics:
            gone.set()

    end = live.subscribe(hear)
    async with (
        live.relay(),
        await psycopg.AsyncConnection.connect(
            database.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True
        ) as other,
    ):
        while not gone.is_set():  # until the relay listens
            await other.execute(
                "SELECT pg_notify(%s, %s)",
                (live.CHANNEL, f'["another process", "", "session:{signed_in.person.session_id}"]'),
            )
            try:
                await asyncio.wait_for(gone.wait(), 0.05)
            except TimeoutError:
                continue
    end()
    assert await service.person_for(signed_in.token) is None


async def test_what_was_never_heard_is_believed_for_half_a_minute_at_most(make_person, enter, rows, time):
    someone = await make_person()
    signed_in = await enter(someone)
    assert await service.person_for(signed_in.token)
    rows("UPDATE auth.session SET revoked_at = now()")
    time.pass_by(seconds=29)
    assert await service.person_for(signed_in.token)
    time.pass_by(seconds=2)
    assert await service.person_for(signed_in.token) is None


async def test_what_was_read_before_a_session_ended_is_not_remembered(make_person, enter, time):
    someone = await make_person()
    person = (await enter(someone)).person
    cache = SessionCache()
    before = cache.evictions
    await cache.hear([f"session:{person.session_id}"])
    cache.put("hash", Known(person, time(), time()), evictions=before)
    assert cache.get("hash", time()) is None
    cache.put("hash", Known(person, time(), time()), evictions=cache.evictions)
    assert cache.get("hash", time())
    await cache.hear(["orders:all", "session:not-an-id", "session:None"])
    assert cache.get("hash", time())


async def test_the_memory_of_sessions_has_a_limit(make_person, enter, time, monkeypatch):
    monkeypatch.setattr("ils_app.auth.session_cache.MOST", 3)
    person = (await enter(await make_person())).person
    cache = SessionCache()
    for number in range(10):
        one = person.model_copy(update={"session_id": uuid4()})
        cache.put(f"hash {number}", Known(one, time(), time()), evictions=cache.evictions)
        assert cache.get(f"hash {number}", time())
        assert len(cache._known) <= 3


async def test_a_session_left_idle_is_over(make_person, enter, time):
    someone = await make_person()
    signed_in = await enter(someone)
    time.pass_by(hours=7, minutes=59)
    assert await service.person_for(signed_in.token)
    time.pass_by(hours=7, minutes=59)
    assert await service.person_for(signed_in.token)
    time.pass_by(hours=8)
    assert await service.person_for(signed_in.token) is None


async def test_following_live_changes_keeps_no_session_alive(make_person, enter, time):
    someone = await make_person()
    signed_in = await enter(someone)
    for _ in range(47):
        time.pass_by(minutes=10)
        assert await service.person_for(signed_in.token, touch=False)
    time.pass_by(minutes=10)
    assert await service.person_for(signed_in.token, touch=False) is None


@pytest.mark.parametrize(("kind", "hours"), [(SessionKind.BROWSER, 7 * 24), (SessionKind.API, 8)])
async def test_a_session_ends_however_busy_it_is(make_person, enter, time, kind, hours):
    someone = await make_person()
    signed_in = await enter(someone, kind=kind)
    for _ in range(hours * 2 - 1):
        time.pass_by(minutes=30)
        assert await service.person_for(signed_in.token)
    time.pass_by(minutes=25)  # the test itself takes time too, and real seconds count
    assert await service.person_for(signed_in.token)
    time.pass_by(minutes=6)
    assert await service.person_for(signed_in.token) is None, "not even what is remembered outlives it"


async def test_being_seen_is_written_once_a_minute_at_most(make_person, enter, time, rows):
    someone = await make_person()
    signed_in = await enter(someone)
    written = {rows("SELECT last_seen_at FROM auth.session")[0]}
    for _ in range(18):
        time.pass_by(seconds=10)
        await service.person_for(signed_in.token)
        written.add(rows("SELECT last_seen_at FROM auth.session")[0])
    assert len(written) == 4


async def test_a_person_ends_their_own_sessions_and_nobody_else_s(make_person, enter):
    someone, other = await make_person(), await make_person()
    here, there, theirs = await enter(someone), await enter(someone), await enter(other)
    actor = here.person.actor()
    with pytest.raises(NotFound):
        await service.end_session(actor, theirs.person.session_id)
    with pytest.raises(NotFound):
        await service.end_session(actor, uuid4())
    await service.end_session(actor, there.person.session_id)
    assert [await service.person_for(s.token) is not None for s in (here, there, theirs)] == [True, False, True]


async def test_a_person_ends_all_their_sessions_but_this_one(make_person, enter):
    someone, other = await make_person(), await make_person()
    here, *elsewhere = [await enter(someone) for _ in range(3)]
    theirs = await enter(other)
    assert await service.end_other_sessions(here.person.actor()) == 2
    alive = [await service.person_for(s.token) is not None for s in (here, *elsewhere, theirs)]
    assert alive == [True, False, False, True]


async def test_an_administrator_ends_anybody_s_session(make_person, enter, admin):
    signed_in = await enter(await make_person())
    await service.end_session(admin, signed_in.person.session_id)
    assert await service.person_for(signed_in.token) is None


async def test_a_person_sees_their_own_live_sessions_and_which_one_this_is(make_person, enter):
    someone, other = await make_person(), await make_person()
    ended, here = await enter(someone), await enter(someone, agent="Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0")
    await enter(other)
    await service.sign_out(ended.token)
    (seen,) = await service.own_sessions(here.person.actor())
    assert (seen.id, seen.current, seen.agent, seen.address) == (
        here.person.session_id,
        True,
        "Chrome on Linux",
        "192.0.2.x",
    )


async def test_an_administrator_sees_every_live_session_and_finds_one(make_person, enter, admin):
    practice, lab = await make_person(Role.ECP, name="Ada 100%"), await make_person(Role.LAB)
    ended = await enter(practice)
    await enter(practice)
    await enter(lab)
    await service.sign_out(ended.token)
    everything = await service.sessions(admin)
    assert everything.total == len(everything.rows) == 2
    assert [row.person_name for row in everything.rows] == [lab.name, practice.name]
    for text in ("100%", practice.email[4:], practice.organisation_name.lower()):
        assert [row.user_id for row in (await service.sessions(admin, search=text)).rows] == [practice.user_id]
    assert (await service.sessions(admin, search="_____________%")).total == 0
    second = await service.sessions(admin, page=2, size=1)
    assert (second.total, [row.user_id for row in second.rows]) == (2, [practice.user_id])


async def test_sessions_that_are_long_over_are_removed_and_others_stay(make_person, enter, time, rows):
    someone = await make_person()
    left, signed_out, lasting = [await enter(someone) for _ in range(3)]
    await service.sign_out(signed_out.token)
    for _ in range(6):
        time.pass_by(hours=7)
        await service.person_for(lasting.token)
    await handlers.forget_old_sessions()
    assert len(rows("SELECT 1 FROM auth.session")) == 3
    time.pass_by(days=6)
    await handlers.forget_old_sessions()
    assert rows("SELECT id FROM auth.session") == [(lasting.person.session_id,)]
    assert left.person.session_id != lasting.person.session_id


async def test_ending_very_many_sessions_at_once_works(make_person, admin, rows, enter, time):
    someone = await make_person()
    await enter(someone)
    rows(
        "INSERT INTO auth.session (id, person_id, token_sha256, kind, created_at, last_seen_at, expires_at, address, "
        "agent) SELECT gen_random_uuid(), person_id, 'x' || n, kind, created_at, last_seen_at, expires_at, '', '' "
        "FROM auth.session, generate_series(1, 400) n"
    )
    await service.suspend(admin, someone.user_id, "Taken over by somebody")
    assert rows("SELECT count(*) FROM auth.session WHERE revoked_at IS NULL") == [(0,)]


async def test_when_live_notes_were_lost_nothing_remembered_of_a_session_is_trusted(make_person, enter):
    signed_in = await enter(await make_person())
    assert await service.person_for(signed_in.token)
    assert session_cache.cache._known
    await session_cache.cache.hear([live.EVERYTHING])
    assert not session_cache.cache._known
    assert await service.person_for(signed_in.token)
