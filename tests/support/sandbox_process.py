"""The sandbox LIMS as a process of its own, for any suite that needs a real one."""

from __future__ import annotations

import base64
import os
import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0


@dataclass
class SandboxProcess:
    """A running sandbox. `stop` ends it; `restart` ends it (killed at once unless `gently`) and starts it again."""

    base_url: str
    api_key: str
    webhook_secret: str
    database: Path
    _arguments: list[str]
    _process: subprocess.Popen[bytes] = field(repr=False)
    _http: httpx.Client = field(default_factory=lambda: a_client(), repr=False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self, *, gently: bool = True) -> None:
        """End the process: SIGTERM, or SIGKILL when not gently; more than once is harmless."""
        if self._process.poll() is None:
            self._process.terminate() if gently else self._process.kill()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)

    def restart(self, *, gently: bool = True, **options: Any) -> None:
        """The same sandbox on the same file and port, with other options if any are given."""
        self.stop(gently=gently)
        self._process = _spawn([*self._arguments, *_as_arguments(options)])
        _wait(self)

    def call(
        self, method: str, path: str, *, json: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One request with the key; `path` without its leading slash."""
        return self._http.request(
            method,
            f"{self.base_url}/{path}",
            json=json,
            headers={"authorization": f"Bearer {self.api_key}", **(headers or {})},
        )

    def control(self, **changes: Any) -> dict[str, Any]:
        """Change the switches: `control(outage=5)`, `control(paused=True)` …"""
        body: dict[str, Any] = self.call("PATCH", "sandbox/control", json=changes).raise_for_status().json()
        return body

    def __enter__(self) -> SandboxProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def a_client() -> httpx.Client:
    """For plain http on this machine: a connection a call, so that a restart breaks none, and no certificates read."""
    return httpx.Client(timeout=30, trust_env=False, verify=False, limits=httpx.Limits(max_keepalive_connections=0))


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def a_webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def start_sandbox(tmp_path: Path, **options: Any) -> SandboxProcess:
    """Start a sandbox on a free loopback port and wait until it is healthy.

    Options are the command line's (`speed=600`, `paused=True`, `database=…`, `api_key=…`, `webhook_secret=…`,
    `port=…`). Its log goes to `lims-sandbox.log` beside the database. Raises `RuntimeError` with the log when it does
    not come up.
    """
    port = options.pop("port", None) or free_port()
    key = options.pop("api_key", None) or f"key-{secrets.token_urlsafe(24)}"  # never a leading dash
    secret = options.pop("webhook_secret", None) or a_webhook_secret()
    database = Path(options.pop("database", tmp_path / "lims-sandbox.sqlite"))
    arguments = _as_arguments({"port": port, "database": database, "api_key": key, "webhook_secret": secret})
    process = _spawn([*arguments, *_as_arguments(options)])
    sandbox = SandboxProcess(f"http://127.0.0.1:{port}", key, secret, database, arguments, process)
    _wait(sandbox)
    return sandbox


def _as_arguments(options: dict[str, Any]) -> list[str]:
    arguments = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        arguments += [flag] if value is True else [] if value in (False, None) else [flag, str(value)]
    return arguments


def _spawn(arguments: list[str]) -> subprocess.Popen[bytes]:
    database = Path(arguments[arguments.index("--database") + 1])
    with (database.parent / "lims-sandbox.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "lims_client.sandbox", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )


def _wait(sandbox: SandboxProcess) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if sandbox._process.poll() is not None:
            break
        try:
            if httpx.get(f"{sandbox.base_url}/health", timeout=2, trust_env=False).status_code in (200, 502, 503):
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    sandbox.stop(gently=False)
    log = (sandbox.database.parent / "lims-sandbox.log").read_text(errors="replace")[-2000:]
    raise RuntimeError(f"the sandbox did not come up:\n{log}")
