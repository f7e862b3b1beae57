"""A slow, lossy or broken line in front of a server.

While it is only slow, every byte arrives, in order, but late. A `silent` line swallows everything, and what was
connected meanwhile stays dead for good, as behind a firewall that forgot it. A `refusing` one takes no connection.

The line is TCP, so a lost packet is not missing; it comes again after the sender has waited for it, and holds up what
was sent behind it. That is how it is modelled: each piece takes half the round trip, and one in so many waits for a
retransmission first.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

PIECE_BYTES = 16_384
RETRANSMISSION_SECONDS = 0.2  # TCP's shortest, which Linux waits at least


@dataclass
class Line:
    """How the line is now; it may be changed while it is in use."""

    round_trip_seconds: float = 0.0
    loss: float = 0.0
    silent: bool = False
    refusing: bool = False
    bytes_per_second: float = 0.0  # 0: as many as there are
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    carried: int = 0  # pieces
    lost: int = 0

    def heal(self) -> None:
        """Be a good line again."""
        self.round_trip_seconds = self.loss = self.bytes_per_second = 0.0
        self.silent = self.refusing = False

    def takes(self, piece: bytes) -> float:
        """Seconds one piece is under way."""
        self.carried += 1
        seconds = self.round_trip_seconds / 2
        if self.bytes_per_second:
            seconds += len(piece) / self.bytes_per_second
        while self.chance.random() < self.loss:
            self.lost += 1
            seconds += self.round_trip_seconds + RETRANSMISSION_SECONDS
        return seconds


class DelayProxy:
    """Listens on loopback and passes everything on to another loopback port, over a `Line`."""

    def __init__(self, line: Line, *, port: int, to_port: int) -> None:
        self.line, self._port, self._to_port = line, port, to_port
        self._loop = asyncio.new_event_loop()
        self._pairs: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Cut every connection there is; new ones are taken."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for writer in self._pairs:
            writer.transport.abort()

    async def serve(self, listening: threading.Event, done: asyncio.Event) -> None:
        """Carry until told that it is done."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        listening.set()
        async with server:
            await done.wait()
        self._cut()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.line.refusing:
                raise ConnectionRefusedError
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            writer.transport.abort()
            return
        self._pairs |= {writer, far_writer}
        ways = [self._loop.create_task(self._carry(reader, far_writer)),
                self._loop.create_task(self._carry(far_reader, writer))]  # fmt: skip
        await asyncio.gather(*ways, return_exceptions=True)
        for one in (writer, far_writer):
            self._pairs.discard(one)
            one.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One way: pieces overlap on the line as packets do, and none overtakes another."""
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arrives = self._loop.create_task(self._arrive(waiting, writer))
        due, dead = 0.0, False
        try:
            while piece := await reader.read(256 if self.line.bytes_per_second else PIECE_BYTES):
                dead = dead or self.line.silent
                if dead:
                    continue
                now = self._loop.time()
                takes = self.line.takes(piece)
                due = max(due, now) + takes if self.line.bytes_per_second else max(due, now + takes)
                waiting.put_nowait((due, piece))
        finally:
            waiting.put_nowait((max(due, self._loop.time()), b""))
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await arrives

    async def _arrive(self, waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due, piece = await waiting.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            if not piece:
                with contextlib.suppress(OSError, RuntimeError):
                    writer.write_eof()
                return
            writer.write(piece)
            with contextlib.suppress(OSError):
                await writer.drain()

    def run(self, listening: threading.Event) -> None:
        """The thread's work."""
        asyncio.set_event_loop(self._loop)
        self._done = asyncio.Event()
        self._loop.run_until_complete(self.serve(listening, self._done))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def end(self) -> None:
        """Have the thread finish."""
        self._loop.call_soon_threadsafe(self._done.set)


@contextlib.contextmanager
def delay_proxy(line: Line, *, port: int, to_port: int) -> Iterator[DelayProxy]:
    """The proxy in a thread of its own, for as long as the block lasts."""
    proxy, listening = DelayProxy(line, port=port, to_port=to_port), threading.Event()
    thread = threading.Thread(target=proxy.run, args=(listening,), name="delay-proxy", daemon=True)
    thread.start()
    assert listening.wait(10), "the proxy does not listen"
    try:
        yield proxy
    finally:
        proxy.end()
        thread.join(10)
