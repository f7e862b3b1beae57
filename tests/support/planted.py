"""A plugin of the whole suite: no log line of any test, in this process or in one it starts, holds a name or a secret.

The patients of the suite's worlds have names that nobody has and no code contains; keys, passwords and tokens have a
form of their own. What a test's process logs is looked through as the test ends, and fails it; the logs of processes
that tests have started are looked through at the end of the session, and fail that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

NAMES = ("Quillfeather", "Oxenbridge", "Zyzzyva", "Xylographer", "Wollstonecraft-Ypsilon", "Margaret Jones")
SECRETS = {
    "a password": r"violet-meniscus-42",
    "a webhook secret": r"whsec_[A-Za-z0-9+/]{24,}",
    "a key of the LIMS": r"\bkey-[A-Za-z0-9_-]{30,}",
    "a bearer token": r"[Bb]earer [A-Za-z0-9_-]{20,}",
    "a session": r"ils_session=[A-Za-z0-9_-]{20,}",
    "a key of Stripe": r"\b[sr]k_(?:test|live)_[A-Za-z0-9]{12,}",
    "a database's password": r"postgres(?:ql)?(?:\+psycopg)?://[^:/@\s]+:[^@/\s]+@",
}
_WANTED = re.compile("|".join([*map(re.escape, NAMES), *SECRETS.values()]))
LOGGED = ("Captured stdout", "Captured stderr", "Captured log")
MOST = 20


def leaks_in(text: str) -> Iterator[str]:
    """The lines that hold what no log may hold."""
    for line in text.splitlines():
        if _WANTED.search(line):
            yield line[:300]


def log_files(folder: Path) -> Iterator[Path]:
    """The logs that processes started by tests have left below a folder."""
    return (path for path in folder.rglob("*.log") if path.is_file())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Fail a test whose process logged what it may not."""
    report = yield
    said = "\n".join(text for title, text in report.sections if title.startswith(LOGGED))
    if report.outcome == "passed" and (found := list(leaks_in(said))):
        report.outcome = "failed"
        report.longrepr = "Logged what no log may hold:\n" + "\n".join(found[:MOST])
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session where a log left behind holds any; workers leave that to the one that started them."""
    config = session.config
    factory = getattr(config, "_tmp_path_factory", None)
    if hasattr(config, "workerinput") or factory is None or factory._basetemp is None:
        return
    found = [
        f"{path}: {line}"
        for path in log_files(factory._basetemp)
        for line in leaks_in(path.read_text(errors="replace"))
    ]
    if found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nThe logs of processes hold what no log may hold:", *found[:MOST], sep="\n  ")
