"""The world whose routes are asked, one a module."""

from tests.support.worlds import cheap_argon2, sandbox, world

__all__ = ["cheap_argon2", "sandbox", "world"]
