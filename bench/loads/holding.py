"""Opens tabs and holds them until its input ends: `URL PATH LOAD_EVENT VAR TABS`; cookies in BENCH_COOKIES."""

from __future__ import annotations

import asyncio
import os
import sys

from bench.loads.tabs import Page, open_tabs


async def main(url: str, page: Page, tabs: int) -> None:
    """Say when all are open."""
    cookies = [one for one in os.environ.get("BENCH_COOKIES", "").split(",") if one]
    async with open_tabs(url, page, cookies, tabs):
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Page(*sys.argv[2:5]), int(sys.argv[5])))
