"""The world in which everybody tries everything, one a module: refusals leave it as it was."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from ils_app.kernel.roles import Role
from ils_app.ui.notices import Notices
from tests.support.listening_lims import Listener, listening_to
from tests.support.running import RunningIls
from tests.support.sandbox_process import SandboxProcess, free_port
from tests.support.sockets import Tab, a_tab
from tests.support.world import World
from tests.support.worlds import cheap_argon2, sandbox, world

__all__ = ["cheap_argon2", "sandbox", "world"]


@dataclass
class Live:
    """The app as a process of its own, on the world's database, and what passes between it and the LIMS."""

    url: str
    programs: RunningIls
    listener: Listener

    @property
    def log(self) -> str:
        """What the app's process has said so far."""
        return self.programs.app.log.read_text(errors="replace")


@pytest.fixture(scope="module")
def live(world: World, sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Start the app, without pages: the socket and the routes need none."""
    folder, port = tmp_path_factory.mktemp("live"), free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIMS_", "PG"))}
    with listening_to(sandbox.base_url) as listener:
        environ = {
            **kept,
            "ILS_ENV": "test",
            "ILS_WORKER": "none",
            "PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": world.database_url,
            "LIMS_API_BASE_URL": listener.url,
            "LIMS_API_KEY": sandbox.api_key,
            "LIMS_WEBHOOK_SECRET": sandbox.webhook_secret,
            "LIMS_RATE_PER_MINUTE": "100000",
            "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "false",
            "PYTHONUNBUFFERED": "1",
        }
        programs = RunningIls(f"http://127.0.0.1:{port}", port, folder, world.database_url, sandbox, environ)
        try:
            programs.start_app()
            yield Live(programs.url, programs, listener)
        finally:
            programs.app.stop()
            programs.worker.stop()


@pytest.fixture(scope="module")
def tab_of(live: Live, world: World) -> Callable[..., AbstractAsyncContextManager[Tab]]:
    """Opens a tab as somebody in a role, or as nobody."""

    def opened(role: Role | None, **more: Any) -> AbstractAsyncContextManager[Tab]:
        cookie = more.pop("cookie", None) or (world.tokens[role] if role else None)
        return a_tab(live.url, cookie, Notices.get_full_name(), **more)

    return opened
