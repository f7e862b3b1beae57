"""A worker killed between the mail server's yes and the mark: another hands the mail over again, as the same mail."""

import asyncio
import os
import socket
import sys
from email import message_from_bytes

from aiosmtpd.smtp import SMTP

from ils_app.kernel import live
from ils_app.notifications import service
from ils_app.notifications.room import MAILS
from tests.support.sandbox_process import ROOT


class Desk:
    """A mail server that keeps what it takes, and keeps its first yes to itself."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.first = asyncio.Event()

    async def handle_DATA(self, server, session, envelope):
        self.taken.append(str(message_from_bytes(envelope.content)["Message-ID"]))
        if not self.first.is_set():
            self.first.set()
            await asyncio.Event().wait()
        return "250 filed"


async def a_worker(database: str, ils_home, port: int) -> asyncio.subprocess.Process:
    environment = {
        **os.environ, "ILS_ENV": "test", "ILS_HOME": str(ils_home), "DATABASE_URL": database,
        "SMTP_URL": f"smtp://127.0.0.1:{port}", "MAIL_FROM": "ILS <ils@northlight.example>",
    }  # fmt: skip
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ils_app", "worker", cwd=ROOT, env=environment,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_a_worker_killed_over_a_mail_leaves_one_mail_that_another_sends(database, ils_home, rows):
    desk = Desk()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(desk), "127.0.0.1", port)
    await service.write(key="po:1", to="desk@lumen.example", to_name="Lumen", subject="PO-2026-000001", text="Here.")
    first = await a_worker(database, ils_home, port)
    await asyncio.wait_for(desk.first.wait(), 60)
    first.kill()
    await first.communicate()
    assert rows("SELECT state, attempts FROM notifications.mail") == [("waiting", 1)]
    rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")  # its heart stopped then
    rows("UPDATE notifications.mail SET claimed_until = now()")  # and its claim has run out

    sent = asyncio.Event()

    async def listen(topics) -> None:
        if MAILS in topics and rows("SELECT 1 FROM notifications.mail WHERE state = 'sent'"):
            sent.set()

    end = live.subscribe(listen)
    async with live.relay():
        second = await a_worker(database, ils_home, port)
        await asyncio.wait_for(sent.wait(), 60)
        end()
        second.terminate()
        _, log = await second.communicate()
    server.close()
    assert b"job_rescued" in log
    assert rows("SELECT state, attempts FROM notifications.mail") == [("sent", 2)]
    assert len(desk.taken) == 2
    assert len(set(desk.taken)) == 1, "one Message-ID, by which a repeat is known"
    assert rows("SELECT count(*) FROM kernel.event WHERE name = 'MailLeft'") == [(1,)]
    for secret in (b"lumen.example", b"PO-2026"):
        assert secret not in log
