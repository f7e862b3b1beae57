"""`python -m lims_client.sandbox`: the sandbox LIMS as a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import sys

import structlog
from granian.constants import Interfaces
from granian.server.embed import Server

from lims_client.sandbox.app import build_app
from lims_client.sandbox.database import DatabaseInUse
from lims_client.sandbox.lab import Lab
from lims_client.sandbox.settings import Settings, SettingsError, read_settings

log = structlog.get_logger("lims_sandbox")


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    server = Server(
        build_app(Lab(settings)),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        websockets=False,
        backlog=2048,
        log_access=False,
        log_enabled=False,
    )
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    serving = asyncio.create_task(server.serve())
    log.info("lims_sandbox.listening", host=settings.host, port=settings.port, database=str(settings.database))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    server.stop()  # type: ignore[no-untyped-call]
    await serving
    stopping.cancel()
    log.info("lims_sandbox.stopped")


def main() -> int:
    """Run; 2 with a sentence on the error output when it cannot start."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        settings = read_settings(sys.argv[1:], os.environ)
        _refuse_a_taken_port(settings)
        asyncio.run(serve(settings))
    except (SettingsError, DatabaseInUse) as error:
        print(error, file=sys.stderr)
        return 2
    except sqlite3.DatabaseError as error:
        print(f"The database file cannot be used ({error}); move it away to start afresh.", file=sys.stderr)
        return 2
    return 0


def _refuse_a_taken_port(settings: Settings) -> None:
    """Granian shares ports (SO_REUSEPORT), so two servers would answer in turn: look first."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            reason = error.strerror or "no"
            raise SettingsError(f"Port {settings.port} on {settings.host} cannot be used ({reason}).") from None


if __name__ == "__main__":
    sys.exit(main())
