"""House rules a linter does not hold: who commits, what a room needs to run alone, what a log line may say."""

import ast
import os
import subprocess
import sys

import pytest

from ils_app import rooms
from tests.support.sandbox_process import ROOT

SOURCES = [path for path in (ROOT / "ils_app").rglob("*.py") if "__pycache__" not in path.parts]
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in SOURCES}
WITH_API = [room for room in rooms.ROOMS if (ROOT / "ils_app" / room / "api.py").is_file()]
LEVELS = [
    {"kernel"},
    {"auth"},
    {"settings"},
    {"notifications"},
    {"practices", "patients", "catalog"},
    {"orders"},
    {"lab", "suppliers", "billing"},
    {"engineering", "admin"},
]


def calls(tree: ast.AST):
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))


def test_only_the_room_commits():
    committing = {name for name, tree in TREES.items() if any(call.func.attr == "commit" for call in calls(tree))}
    assert committing <= {"ils_app/kernel/room.py"}
    opening = {
        name
        for name, tree in TREES.items()
        if any(call.func.attr == "begin" and getattr(call.func.value, "id", "") == "session" for call in calls(tree))
    }
    assert opening <= {"ils_app/kernel/room.py", "ils_app/kernel/live.py", "ils_app/kernel/jobs.py"}


def test_log_lines_are_words_and_ids_never_sentences_built_from_values():
    levels = {"debug", "info", "warning", "error", "critical", "exception"}
    wrong = []
    for name, tree in TREES.items():
        for call in calls(tree):
            of = call.func.value
            if call.func.attr in levels and isinstance(of, ast.Name) and of.id in ("logger", "log", "logging"):
                said = call.args[0] if call.args else None
                words = (said.body, said.orelse) if isinstance(said, ast.IfExp) else (said,)
                plain = all(isinstance(w, ast.Constant) and str(w.value).replace("_", "").isalnum() for w in words)
                if len(call.args) != 1 or not plain:
                    wrong.append(f"{name}:{call.lineno}")
    assert wrong == []


def test_every_room_has_its_place_in_the_levels():
    assert {room for level in LEVELS[1:] for room in level} == set(rooms.ROOMS)


ALONE = """
import sys
import ils_app.{room}.api as api
reflex = sorted(name for name in sys.modules if name == "reflex" or name.startswith("reflex."))
assert not reflex, reflex
above = sorted(name for name in sys.modules if name.split(".")[:2] in {above!r})
assert not above, above
print(getattr(api, "app", None) is not None)
"""


@pytest.mark.parametrize("room", WITH_API)
def test_a_room_runs_without_reflex_and_without_the_rooms_above_it(room, tmp_path):
    level = next(n for n, names in enumerate(LEVELS) if room in names)
    above = [["ils_app", name] for names in LEVELS[level + 1 :] for name in names] + [["ils_app", "ui"]]
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(room=room, above=above)], cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=120,
        env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"ILS_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "True"


@pytest.mark.parametrize("room", rooms.ROOMS)
def test_a_rooms_shape(room):
    folder = ROOT / "ils_app" / room
    assert {"__init__.py", "service.py", "handlers.py", "errors.py"} <= {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("room", WITH_API)
def test_a_room_that_goes_by_the_lab_s_day_follows_the_lab_s_zone_when_it_runs_alone(room):
    """The kernel's clock asks no database: whoever starts a process keeps it in the lab's zone."""
    folder = ROOT / "ils_app" / room
    asks = any(word in path.read_text("utf-8") for path in folder.glob("*.py") for word in ("today_in_lab", "lab_zone"))
    alone = (folder / "api.py").read_text("utf-8")
    assert not asks or "holding=followed" in alone
