"""Who holds which token, remembered for half a minute, and forgotten at once when the session changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ils_app.auth.schemas import Person
from ils_app.kernel import live

TRUSTED_SECONDS: Final = 30
TOPIC: Final = "session:"
SESSIONS: Final = "sessions"
"""That somebody's session began or ended; `people` says that an account or an organisation changed."""
MOST: Final = 20_000


@dataclass(slots=True)
class Known:
    """A person as read at `read_at`; `seen_at` is the session's last use as far as this process knows."""

    person: Person
    seen_at: datetime
    read_at: datetime


class SessionCache:
    """One process's memory of sessions. Another process's ending of one arrives as the live topic `session:<id>`."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._token_of: dict[str, str] = {}  # by topic
        self.evictions = 0

    def get(self, token_sha256: str, moment: datetime) -> Known | None:
        """What is remembered and still to be trusted at this moment, also when the clock was set back."""
        known = self._known.get(token_sha256)
        if known is None or not 0 <= (moment - known.read_at).total_seconds() < TRUSTED_SECONDS:
            return None
        return known

    def put(self, token_sha256: str, known: Known, *, evictions: int) -> None:
        """Remember, unless a session ended since the row was read (`evictions` then): it may have been this one."""
        if evictions != self.evictions:
            return
        if len(self._known) >= MOST:
            self.clear()
        self._known[token_sha256] = known
        self._token_of[f"{TOPIC}{known.person.session_id}"] = token_sha256

    async def hear(self, topics: Sequence[str]) -> None:
        """Forget the sessions these topics name; all of them when notes were lost."""
        if live.EVERYTHING in topics:
            self.clear()
            return
        for topic in topics:
            if topic.startswith(TOPIC):
                self.evictions += 1
                self._known.pop(self._token_of.pop(topic, ""), None)

    def clear(self) -> None:
        """Forget everything."""
        self.evictions += 1
        self._known.clear()
        self._token_of.clear()


cache: Final = SessionCache()
live.subscribe(cache.hear)
