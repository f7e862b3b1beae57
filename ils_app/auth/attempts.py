"""Guessing made slow: failures are counted per account and per address, and past a few each costs a longer wait.

Each purpose has a count of its own: who asked for accounts or for links all morning can still sign in.

An attempt is counted before its password is looked at, so that a hundred at once count as a hundred; a success takes
its own count back. What was typed is not kept: the keys are hashes.
"""

import hashlib
import hmac
import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ils_app.auth.errors import Slowed
from ils_app.auth.models import AttemptRow
from ils_app.auth.room import room
from ils_app.kernel import clock, config

FORGOTTEN_AFTER: Final = timedelta(hours=1)


class Purpose(StrEnum):
    """What was attempted."""

    SIGN_IN = "sign-in"
    SIGN_UP = "sign-up"
    LINK = "password-link"
    OWN_ACCOUNT = "own-account"
    SETUP = "setup"


@dataclass(frozen=True, slots=True)
class Pace:
    """How many failures are free, and how long the wait grows from two seconds on."""

    free: int
    longest_seconds: int

    def wait_seconds(self, failures: int) -> int:
        """The wait after this many failures.

        >>> [Pace(free=5, longest_seconds=60).wait_seconds(n) for n in (1, 5, 6, 7, 10, 11, 5000)]
        [0, 0, 2, 4, 32, 60, 60]
        """
        over = failures - self.free
        return 0 if over <= 0 else min(2 ** min(over, 30), self.longest_seconds)


ACCOUNT: Final = Pace(free=5, longest_seconds=60)  # short, or anybody could lock somebody else out
ADDRESS: Final = Pace(free=20, longest_seconds=900)  # a whole practice may sit behind one address


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, counted: the keys it was counted under."""

    account: str
    address: str | None

    @property
    def paces(self) -> list[tuple[str, Pace]]:
        """Each key with its pace, in one order for everybody, so that two attempts never wait for each other."""
        pairs = [(self.account, ACCOUNT)]
        if self.address:
            pairs.append((self.address, ADDRESS))
        return sorted(pairs, key=lambda pair: pair[0])


async def count(purpose: Purpose, account: str, address: str | None) -> Attempt:
    """Count an attempt at `account` from `address`; raises Slowed, and counts nothing, while a wait lasts."""
    attempt = Attempt(
        _key("account", f"{purpose}:{account}"), _key("address", f"{purpose}:{_network(address)}") if address else None
    )
    moment = clock.now()
    async with room.unit_of_work() as uow:
        await uow.session.execute(
            insert(AttemptRow)
            .values([{"key": key, "failures": 0, "last_at": moment} for key, _ in attempt.paces])
            .on_conflict_do_nothing()
        )
        keys = [key for key, _ in attempt.paces]
        locked = select(AttemptRow).where(col(AttemptRow.key).in_(keys)).order_by(col(AttemptRow.key)).with_for_update()
        rows = {row.key: row for row in (await uow.session.execute(locked)).scalars()}
        waits = [_seconds_left(row, moment) for row in rows.values()]
        if any(waits):
            raise Slowed(max(waits))
        for key, pace in attempt.paces:
            if key in rows:  # the hourly clearing may have taken an old row from under us
                _add(rows[key], pace, moment)
    return attempt


async def forgive(attempt: Attempt) -> None:
    """Take a successful attempt back: the account starts afresh, the address is where it was."""
    async with room.unit_of_work() as uow:
        await uow.session.execute(delete(AttemptRow).where(col(AttemptRow.key) == attempt.account))
        if attempt.address:
            await uow.session.execute(
                update(AttemptRow)
                .where(col(AttemptRow.key) == attempt.address)
                .values(failures=func.greatest(col(AttemptRow.failures) - 1, 0), blocked_until=None)
            )


async def forget_old() -> int:
    """Remove counts nobody added to for a day; answers how many."""
    async with room.unit_of_work() as uow:
        gone: Any = await uow.session.execute(
            delete(AttemptRow).where(col(AttemptRow.last_at) < clock.now() - timedelta(days=1))
        )
        return int(gone.rowcount)


def _add(row: AttemptRow, pace: Pace, moment: datetime) -> None:
    row.failures = 1 if moment - row.last_at > FORGOTTEN_AFTER else row.failures + 1
    row.last_at = moment
    wait = pace.wait_seconds(row.failures)
    row.blocked_until = moment + timedelta(seconds=wait) if wait else None


def _seconds_left(row: AttemptRow, moment: datetime) -> int:
    if row.blocked_until is None:
        return 0
    return max(0, math.ceil((row.blocked_until - moment).total_seconds()))


def _key(kind: str, value: str) -> str:
    secret = config.current().session_secret.get_secret_value().encode()
    return kind + ":" + hmac.new(secret, f"{kind}:{value}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    """An IPv4 address as it is; of an IPv6 address the /64 that one customer holds."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
