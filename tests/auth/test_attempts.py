"""Guessing passwords is slow, for one account and from one address."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from ils_app.auth import attempts, handlers, hashing, service
from ils_app.auth.errors import Slowed, WrongCredentials, WrongSetupKey
from ils_app.auth.schemas import SetupDraft, SignUpDraft
from ils_app.kernel.roles import Role

WRONG = "not-the-password"


async def guess(email, address="192.0.2.1", password=WRONG):
    try:
        await service.sign_in(email, password, address=address)
    except WrongCredentials:
        return 0
    except Slowed as slowed:
        return slowed.retry_after_seconds
    return -1


async def test_after_five_wrong_passwords_an_account_makes_everybody_wait(make_person, password, time):
    someone = await make_person()
    assert [await guess(someone.email) for _ in range(6)] == [0] * 6
    with pytest.raises(Slowed) as slowed:
        await service.sign_in(someone.email, password, address="198.51.100.9")
    assert slowed.value.status == 429
    assert 1 <= slowed.value.retry_after_seconds <= 2
    assert slowed.value.message.startswith("Too many attempts. Try again in ")
    time.pass_by(seconds=2)
    assert await guess(someone.email, password=password) == -1
    assert [await guess(someone.email) for _ in range(5)] == [0] * 5  # a success starts afresh


async def test_each_further_failure_doubles_the_wait_up_to_a_minute(make_person, time, rows):
    someone = await make_person()
    waits = []
    for _ in range(13):
        assert await guess(someone.email, address="") == 0
        blocked = rows("SELECT coalesce(extract(epoch FROM blocked_until - last_at), 0) FROM auth.attempt")
        waits.append(int(blocked[0][0]))
        time.pass_by(seconds=waits[-1])
    assert waits == [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_waiting_attempts_are_not_looked_at(make_person, monkeypatch):
    someone = await make_person()
    for _ in range(6):
        await guess(someone.email)
    looked_at = []
    real = hashing.hasher.verify
    monkeypatch.setattr(hashing.hasher, "verify", lambda *args: looked_at.append(args) or real(*args))
    assert await guess(someone.email) > 0
    assert looked_at == []


async def test_a_hundred_guesses_at_once_are_no_faster(make_person, monkeypatch):
    someone = await make_person()
    looked_at = []
    real = hashing.hasher.verify
    monkeypatch.setattr(hashing.hasher, "verify", lambda *args: looked_at.append(args) or real(*args))
    answers = await asyncio.gather(*(guess(someone.email) for _ in range(100)))
    assert len(looked_at) <= attempts.ACCOUNT.free + 1
    assert sum(answer > 0 for answer in answers) >= 100 - attempts.ACCOUNT.free - 1


async def test_unknown_accounts_are_slowed_like_known_ones(database):
    assert [await guess("nobody@example.com") for _ in range(6)] == [0] * 6
    assert await guess("Nobody@Example.com ") > 0


async def test_one_address_guessing_at_many_accounts_waits_and_others_do_not(make_person, password):
    someone = await make_person()
    address = "2001:db8:1:2::1"
    for number in range(21):
        assert await guess(f"nobody{number}@example.com", address) == 0
    assert await guess(someone.email, "2001:db8:1:2:ffff::9", password) > 0  # the same customer's network
    assert await guess(someone.email, "2001:db8:1:3::1", password) == -1


async def test_good_sign_ins_neither_slow_an_address_nor_wash_it_clean(make_person, password):
    someone = await make_person()
    for number in range(20):
        assert await guess(f"nobody{number}@example.com") == 0
        assert await guess(someone.email, password=password) == -1
    assert await guess("nobody20@example.com") == 0
    assert await guess(someone.email, password=password) > 0


async def test_failures_are_forgotten_after_an_hour(make_person, time):
    someone = await make_person()
    for _ in range(5):
        await guess(someone.email)
    time.pass_by(minutes=61)
    assert [await guess(someone.email) for _ in range(6)] == [0] * 6


async def test_an_attempt_is_kept_without_what_was_typed_and_not_for_long(make_person, rows, time):
    await guess("my-password-by-mistake", "192.0.2.1")
    stored = str(rows("SELECT * FROM auth.attempt"))
    assert "mistake" not in stored
    assert "192.0.2.1" not in stored
    assert len(rows("SELECT 1 FROM auth.attempt")) == 2
    time.pass_by(hours=25)
    await handlers.forget_old_sessions()
    assert rows("SELECT 1 FROM auth.attempt") == []


@given(st.integers(0, 10_000), st.integers(0, 50), st.integers(2, 3600))
def test_the_wait_never_shrinks_with_failures_and_never_passes_its_limit(failures, free, longest_seconds):
    pace = attempts.Pace(free=free, longest_seconds=longest_seconds)
    assert 0 <= pace.wait_seconds(failures) <= pace.wait_seconds(failures + 1) <= longest_seconds
    assert (pace.wait_seconds(failures) == 0) is (failures <= free)


def test_an_address_is_counted_as_what_one_customer_holds():
    assert attempts._network("::ffff:192.0.2.1") == attempts._network("192.0.2.1") == "192.0.2.1"
    assert attempts._network("fe80::1%eth0") == "fe80::/64"
    assert attempts._network("unix socket") == "unix socket"


async def test_asking_for_accounts_links_or_the_setup_uses_up_nobody_s_sign_in(make_person, password, setup_key):
    someone = await make_person()
    draft = SignUpDraft(email="", name="Nora", password=SecretStr("lilac-prism-77"), role=Role.ECP, organisation="Quay")
    key = SecretStr("another-key-entirely")
    setup = SetupDraft(
        email="root@lab.example", name="Root", password=SecretStr("lilac-prism-77"), organisation="North", key=key
    )
    for ask in (
        lambda n: service.sign_up(draft.model_copy(update={"email": f"nora{n}@quay.example"}), address="192.0.2.1"),
        lambda n: service.ask_for_password_link(f"nobody{n}@example.com", address="192.0.2.1"),
        lambda _: service.set_up(setup, address="192.0.2.1"),
    ):
        with pytest.raises(Slowed):
            for number in range(25):
                with suppress(WrongSetupKey):
                    await ask(number)
    for number in range(attempts.ADDRESS.free):
        assert await guess(f"nobody{number}@example.com") == 0
    assert await guess(someone.email, password=password) == -1
