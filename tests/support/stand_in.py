"""A small project in a folder of its own, with our commands and kernel and next to nothing else.

`make run` and its verbs are tried on it with real processes, real signals and a real database, without waiting for
the pages to be built or two hundred orders to be seeded.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

APP = """
import json, os
async def serve(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    status = 404 if scope["path"] not in ("/health", "/ready") else 200
    if scope["path"] == "/die":
        os._exit(3)
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(dict(os.environ)).encode()})
def app():
    return serve
"""
DEMO = """
import os, psycopg
def seed():
    with psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", "")) as connection:
        connection.execute("INSERT INTO kept (name) VALUES ('demo') ON CONFLICT DO NOTHING")
"""
SANDBOX = """
import argparse, http.server, os
parser = argparse.ArgumentParser()
for name in ("host", "port", "database", "speed"):
    parser.add_argument("--" + name)
arguments = parser.parse_args()
open(arguments.database, "a").close()
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        wanted = "Bearer " + os.environ["LIMS_SANDBOX_API_KEY"]
        known = self.path == "/health" or self.headers["Authorization"] == wanted
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(b'{"status": "healthy", "version": "1"}')
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer((arguments.host, int(arguments.port)), Answer).serve_forever()
"""
REVISION = """
from alembic import op
revision, down_revision = "0001", None
def upgrade():
    op.execute("CREATE TABLE kept (name text PRIMARY KEY)")
def downgrade():
    op.execute("DROP TABLE kept")
"""
ENVIRONMENT = """
from alembic import context
from sqlalchemy import create_engine
from ils_app.kernel import config
try:
    address = config.require_database()
except config.ConfigError as error:
    raise SystemExit(str(error))
with create_engine(address).connect() as connection:
    context.configure(connection=connection, version_table_schema="public")
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
"""
FILES = {
    "ils_app/ui/__init__.py": "",
    "ils_app/ui/theme.py": "def theme():\n    return None\n",
    "ils_app/ils_app.py": APP,
    "ils_app/demo.py": DEMO,
    "lims_client/__init__.py": "",
    "lims_client/sandbox/__init__.py": "",
    "lims_client/sandbox/__main__.py": SANDBOX,
    "alembic/env.py": ENVIRONMENT,
    "alembic/versions/0001_first.py": REVISION,
    "pyproject.toml": '[tool.alembic]\nscript_location = "%(here)s/alembic"\nprepend_sys_path = ["."]\n',
}


class StandIn:
    """The project's folder, its ports, and what runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[subprocess.Popen[str]] = []
        self.port, self.lims_port = free_port(), free_port()
        (folder / "ils_app").mkdir()
        for name in ("kernel", "commands", "__main__.py"):  # links, so that coverage knows them for what it measures
            (folder / "ils_app" / name).symlink_to(ROOT / "ils_app" / name)
        for name in ("ils_app/__init__.py", "Makefile", "requirements.txt", "rxconfig.py"):
            shutil.copy(ROOT / name, folder / name)
        for name, text in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        self._have_environment()
        self.environ = {
            **{name: value for name, value in os.environ.items() if name not in _OURS and not name.startswith("MAKE")},
            "PORT": str(self.port),
            "LIMS_SANDBOX_PORT": str(self.lims_port),
        }
        self.have_pages()

    def ils(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run one verb to its end."""
        return subprocess.run(
            [sys.executable, "-m", "ils_app", *words],
            cwd=self.folder,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, *command: str, stdin_text: str = "", **environ: str) -> subprocess.Popen[str]:
        """Start `make run`, or another command, in a process group of its own."""
        words = tempfile.TemporaryFile("w+")  # noqa: SIM115 - the process has it
        words.write(stdin_text)
        words.seek(0)
        process = subprocess.Popen(
            command or ("make", "run"),
            cwd=self.folder,
            env={**self.environ, **environ},
            stdin=words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def close(self) -> None:
        """End what a failed test left running."""
        for process in self._started:
            if process.poll() is None:
                process.terminate()
                process.communicate(timeout=30)

    def _have_environment(self) -> None:
        """A `.venv` that is installed already: it leads to the Python that runs the tests."""
        python = self.folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        wanted = hashlib.sha256((self.folder / "requirements.txt").read_bytes()).hexdigest()
        (self.folder / ".venv" / "ils-requirements.sha256").write_text(wanted)

    def have_pages(self) -> None:
        """Pages that are built already for our address."""
        (self.folder / ".web" / "build" / "client").mkdir(parents=True, exist_ok=True)
        stamp = f"from ils_app.commands import build; build.keep_stamp(build.stamp_of('http://127.0.0.1:{self.port}'))"
        subprocess.run([sys.executable, "-c", stamp], cwd=self.folder, env=self.environ, check=True)


_OURS = ("ILS_HOME", "ILS_ENV", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "LIMS_API_BASE_URL")


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def read_until(process: subprocess.Popen[str], wanted: str, *, seconds: float = 60) -> str:
    """What a process says up to and including a line that matches; fails when it ends or takes too long."""
    said: list[str] = []
    alarm = threading.Timer(seconds, process.terminate)
    alarm.start()
    assert process.stdout is not None
    try:
        for line in process.stdout:
            said.append(line)
            if re.search(wanted, line):
                return "".join(said)
    finally:
        alarm.cancel()
    raise AssertionError(f"ended with {process.wait()}:\n{''.join(said)}")


def end(process: subprocess.Popen[str], number: int = signal.SIGINT, *, seconds: float = 30) -> tuple[int, Any]:
    """Signal one process alone, as `kill` does, and wait for its end; returns status and last words."""
    process.send_signal(number)
    said, _ = process.communicate(timeout=seconds)
    return process.returncode, said
