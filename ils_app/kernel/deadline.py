"""No request waits for ever: what has not begun to answer in time is given up, and whoever asked is told so."""

import asyncio
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ils_app.kernel import log

SECONDS: Final = 30.0
FILE_SECONDS: Final = 300.0
"""Where whole files come in, over whatever line a practice has."""
LATE: Final = {
    "code": "deadline",
    "message": "ILS took too long over this and gave up. It may have been done: look before you try again.",
    "errors": [],
}

logger = log.get_logger(__name__)
_left: set[asyncio.Task[None]] = set()  # given up, and not yet at their end


class Deadline:
    """Answers 503 for what has not begun to answer in time, and stops it; an answer that has begun is left to end."""

    def __init__(
        self, app: ASGIApp, *, seconds: float = SECONDS, file_paths: tuple[str, ...] = (), files: float = FILE_SECONDS
    ) -> None:
        self.app, self.seconds, self.file_paths, self.files = app, seconds, file_paths, files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Do the work beside us, so that our answer need not wait until it has stopped."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = over = False

        async def noted(message: Message) -> None:
            nonlocal begun
            if not over:
                begun = True
                await send(message)

        async def worked() -> None:
            await self.app(scope, receive, noted)

        work = asyncio.create_task(worked())
        seconds = self.files if scope.get("path", "").startswith(self.file_paths or "\0") else self.seconds
        try:
            await asyncio.wait({work}, timeout=seconds)
            if work.done() or begun:
                await work
                return
        except asyncio.CancelledError:
            work.cancel()
            raise
        over = True
        work.cancel()
        _left.add(work)
        work.add_done_callback(_at_its_end)
        logger.error("request_given_up", seconds=seconds)
        await JSONResponse(LATE, status_code=503, headers={"retry-after": "5"})(scope, receive, send)


def _at_its_end(work: asyncio.Task[None]) -> None:
    _left.discard(work)
    if not work.cancelled() and (error := work.exception()):
        logger.warning("given_up_request_failed", error=type(error).__name__)
