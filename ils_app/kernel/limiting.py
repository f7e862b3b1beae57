"""How often one address may ask: generous for work, tight where somebody could guess or flood.

Counted over a sliding minute, in this process, or in Redis when there is one, so that several processes count together.
A count that cannot be kept refuses nobody.
"""

import math
import time
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ils_app.kernel import config, log, redis_line

UNCOUNTED_SECONDS: Final = 5.0
"""How long nothing is counted after a count failed: no request waits for a silent Redis again and again."""

logger = log.get_logger(__name__)


@dataclass(frozen=True)
class Rule:
    """Requests to paths that begin so, and how many of them an address may make in a minute."""

    begins: str
    a_minute: int

    @property
    def item(self) -> RateLimitItem:
        """As the library counts it."""
        return RateLimitItemPerMinute(self.a_minute, namespace=self.begins)


RULES: Final = (  # the first that fits counts
    Rule("/api/v1/auth/token", 120),
    Rule("/auth/", 120),
    Rule("/api/webhooks/", 60_000),
    Rule("/api/", 12_000),
)
"""Behind these figures: forty people of one practice share an address and sign in together in the morning; the LIMS
may send a thousand deliveries a second; a program may place two hundred orders a second."""


class Limits:
    """Answers 429 with `Retry-After` where an address asks too often; what no rule names is not counted."""

    def __init__(self, app: ASGIApp, rules: tuple[Rule, ...] = RULES) -> None:
        self.app, self.rules = app, rules
        self.limiter = SlidingWindowCounterRateLimiter(_storage())
        self._uncounted_until = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request, and let it through or not."""
        rule = next((rule for rule in self.rules if scope.get("path", "").startswith(rule.begins)), None)
        if scope["type"] != "http" or rule is None or (wait := await self._wait(rule, scope)) == 0:
            await self.app(scope, receive, send)
            return
        message = f"Too many requests from your address: try again in {wait} seconds."
        body = {"code": "too_many", "message": message, "errors": []}
        await JSONResponse(body, status_code=429, headers={"retry-after": str(wait)})(scope, receive, send)

    async def _wait(self, rule: Rule, scope: Scope) -> int:
        """Seconds until the next request would be let through; 0 for this one."""
        address = (scope.get("client") or ("unknown",))[0]
        if time.monotonic() < self._uncounted_until:
            return 0
        try:
            if await self.limiter.hit(rule.item, address):
                return 0
            until = (await self.limiter.get_window_stats(rule.item, address)).reset_time
        except (RedisError, OSError) as error:
            self._uncounted_until = time.monotonic() + UNCOUNTED_SECONDS
            logger.warning("request_uncounted", error=type(error).__name__)
            return 0
        logger.warning("requests_limited", path=rule.begins)
        return max(1, math.ceil(until - time.time()))


def _storage() -> Storage:
    url = config.current().redis_url
    if not url:
        return MemoryStorage()
    return RedisStorage(f"async+{url}", implementation="redispy", key_prefix="ils:limits", **redis_line.options())
