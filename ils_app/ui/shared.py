"""What many tabs ask after the same change is asked once: a thousand open lists are one read, not a thousand.

For pushes only. An answer is at most a second old, and never from before the last change of its topic.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from typing import Any, TypeVar

from ils_app.ui import live

KEPT_SECONDS = 1.0

Answer = TypeVar("Answer")
_asked: dict[tuple[str, int, Hashable], asyncio.Task[Any]] = {}


async def shared(topic: str, key: Hashable, read: Callable[[], Awaitable[Answer]]) -> Answer:
    """What `read` answers, read once for all who ask with this key since the topic last changed in this process.

    `key` names everything the answer depends on: what is asked for, and how far whoever asks may see. The answer is
    everybody's, so nobody changes it. Raises what `read` raises.
    """
    whole = (topic, live.last_change(topic), key)
    if (task := _asked.get(whole)) is None:
        # In nobody's context: it outlives the tab that happened to ask first.
        task = _asked[whole] = asyncio.get_running_loop().create_task(_answered(read), context=Context())
        asyncio.get_running_loop().call_later(KEPT_SECONDS, _asked.pop, whole, None)
    answer: Answer = await asyncio.shield(task)
    return answer


async def _answered(read: Callable[[], Awaitable[Answer]]) -> Answer:
    return await read()
