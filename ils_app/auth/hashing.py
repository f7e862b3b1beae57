"""Passwords as argon2 hashes, made and checked beside the event loop, and what a new password must be like."""

import asyncio
import functools
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError

from ils_app.auth.errors import WeakPassword

SHORTEST: Final = 10
LONGEST: Final = 256
# Nothing that is misread aloud or on paper.
TEMPORARY_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # pragma: allowlist secret

hasher: Final = PasswordHash.recommended()
_threads: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")  # 64 MiB each while it works


async def hashed(password: str) -> str:
    """The argon2id hash of a password, with its own salt."""
    return await asyncio.get_running_loop().run_in_executor(_threads, hasher.hash, password)


async def matches(password: str, password_hash: str | None) -> bool:
    """True when the password belongs to the hash. Without a hash the same work is done, for the same time, in vain."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, password, password_hash)


def _verify(password: str, password_hash: str | None) -> bool:
    known = password_hash is not None and len(password) <= LONGEST
    try:
        right = hasher.verify(password[:LONGEST], password_hash or _nobodys_hash())
    except (PwdlibError, UnicodeEncodeError):  # half a surrogate pair is nobody's password
        return False
    return right and known


@functools.cache
def _nobodys_hash() -> str:
    """What an unknown account is checked against."""
    return hasher.hash(secrets.token_urlsafe(32))


def refuse_weak(password: str, *, email: str, name: str) -> None:
    """Raise WeakPassword for one that is short, overlong, one or two characters repeated, or the person's own name."""
    if len(password) < SHORTEST:
        raise WeakPassword(f"Use at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise WeakPassword(f"Use at most {LONGEST} characters.")
    if not password.isprintable():
        raise WeakPassword("Use characters that can be typed.")
    if len(set(password)) < 4:
        raise WeakPassword("Use more than three different characters.")
    if password.casefold() in {email.casefold(), email.casefold().partition("@")[0], name.casefold()}:
        raise WeakPassword("Do not use your own name or email.")


def temporary_password() -> str:
    """A random password of three groups that can be read out over the telephone; 59 bits."""
    groups = ["".join(secrets.choice(TEMPORARY_ALPHABET) for _ in range(4)) for _ in range(3)]
    return "-".join(groups)
