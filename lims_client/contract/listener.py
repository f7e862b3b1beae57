"""A tiny HTTP listener that keeps what a LIMS delivers to it, just long enough to check it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery: its headers in lower case and its raw body."""

    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Listener:
    """Listens on `host`; answers 202, or 500 while `refusing`, and keeps everything it was sent."""

    host: str = "127.0.0.1"
    port: int = 0
    refusing: bool = False
    received: list[Received] = field(default_factory=list)
    refused: list[Received] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Where it listens, once it does."""
        return f"http://{self.host}:{self.port}/lims-contract"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()

    async def news(self, seconds: float) -> None:
        """Wait for the next delivery, kept or refused; raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            await self._news.wait()
        self._news.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            delivery = await _read(reader)
            (self.refused if self.refusing else self.received).append(delivery)
            status = b"500 Internal Server Error" if self.refusing else b"202 Accepted"
            writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
            self._news.set()
        except (ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass  # not HTTP, or gone: no delivery, and the check that waits for one says so
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:-2]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return Received(headers, await _chunks(reader))
    return Received(headers, await reader.readexactly(int(headers.get("content-length", "0"))))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    return body
