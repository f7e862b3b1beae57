"""`make test`: every check, then every test; the last line says how many passed and how many failed.

Installs what the tests need and a clean machine may lack: a Chromium for the browser tests, a Prometheus that
reads our figures.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
SCHEMAS_PAGE = ROOT / "docs" / "LIMS_CLIENT_SCHEMAS.md"

CHECKS = {
    "ruff": [BIN / "ruff", "check", "--quiet", "."],
    "layout": [BIN / "ruff", "format", "--check", "--quiet", "."],
    "types": [BIN / "mypy"],
    "layers": [BIN / "lint-imports"],
    "bandit": [BIN / "bandit", "-q", "-c", "pyproject.toml", "-r", "ils_app", "lims_client"],
    "secrets": [sys.executable, ROOT / "tests" / "secrets_in_files.py"],
    "schemas page": [sys.executable, Path(__file__), "--schemas-page"],
}
UNIT = ["-m", "not browser", "--numprocesses=3", "--dist=loadfile", "--cov", "--cov-report=term:skip-covered"]
BROWSER = ["-m", "browser", "--no-cov"]


def main(words: Sequence[str]) -> int:
    """Run what was asked for; returns the exit status."""
    os.chdir(ROOT)
    if "--schemas-page" in words:
        return schemas_page()
    passed, failed = checks()
    if "--lint" not in words:
        if shutil.which("promtool") is None:
            step("Prometheus, which checks its rules and reads our figures")
            if not from_the_system("prometheus"):
                print("There is no Prometheus: the tests that ask it are skipped.")
        for name, options in (("tests", UNIT), ("browser tests", BROWSER)):
            if options is BROWSER and not chromium():
                print("Browser tests need Chromium, which is not there: install it (apt-get install chromium).")
                failed += 1
                continue
            step(name)
            right, wrong = tests(options)
            if options is BROWSER and wrong:
                step(f"browser tests again: {len(wrong)} that failed, in an ILS started afresh")
                again, wrong = tests([*BROWSER, *wrong])
                right += again
            passed, failed = passed + right, failed + len(wrong)
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def checks() -> tuple[int, int]:
    """Every check, whatever the ones before found; returns how many passed and failed."""
    failed = 0
    for name, command in CHECKS.items():
        step(name)
        failed += subprocess.run(command, check=False).returncode != 0
    return len(CHECKS) - failed, failed


def tests(options: Sequence[str]) -> tuple[int, list[str]]:
    """Run pytest; returns how many passed, and those that failed by their node ids.

    Too little coverage counts as a failure, so does no test run. A browser test that fails is tried once more by
    `main`: on two busy cores a page may be late, and one test that leaves ILS down takes others with it. What fails
    twice has failed, and every first failure stands in the output.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *options, f"--junitxml={report}"],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
        if not report.exists():
            return 0, ["no report"]
        cases = list(ET.parse(report).getroot().iter("testcase"))
    wrong = {_node_id(case) for case in cases if case.find("failure") is not None or case.find("error") is not None}
    skipped = sum(case.find("skipped") is not None for case in cases)
    right = len({_node_id(case) for case in cases} - wrong) - skipped
    if done.returncode != 0 and not wrong:
        wrong = {"pytest itself"}
    return right, sorted(wrong)


def _node_id(case: ET.Element) -> str:
    return f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name', '')}"


def chromium() -> bool:
    """Have a Chromium: Playwright's own where it can be fetched, else the system's, installed when we may."""
    from playwright.sync_api import sync_playwright

    if shutil.which("chromium") or shutil.which("chromium-browser"):
        return True
    with sync_playwright() as playwright:
        if Path(playwright.chromium.executable_path).exists():
            return True
    step("Chromium for the browser tests")
    if subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode == 0:
        return True
    return from_the_system("chromium")


def from_the_system(package: str) -> bool:
    """Have the system's package installed, where we may."""
    apt = shutil.which("apt-get")
    if apt is None:
        return False
    subprocess.run([apt, "update", "-q"], check=False)  # a clean machine knows of no package before it
    return subprocess.run([apt, "install", "-y", "-q", "--no-install-recommends", package], check=False).returncode == 0


def schemas_page() -> int:
    """Whether the page about the LIMS's bodies says what the models say."""
    from lims_client.schemas_doc import document

    if SCHEMAS_PAGE.read_text() == document():
        return 0
    print(f"{SCHEMAS_PAGE.relative_to(ROOT)} is stale: type `make schemas`.")
    return 1


_started = time.monotonic()


def step(name: str) -> None:
    """Say what comes now, and how long it took to get here."""
    print(f"\n== {name} ({time.monotonic() - _started:.0f} s)", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))
