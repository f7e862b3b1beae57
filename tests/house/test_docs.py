"""The documents are true: what they name exists, and what exists is named."""

import re
from pathlib import Path

import pytest

from ils_app.commands import VERBS
from ils_app.kernel.config import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README, GUIDE, ENV = ROOT / "README.md", DOCS / "IMPLEMENTATION_GUIDE.md", ROOT / ".env.example"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("**/*.md"), *ROOT.glob("lims_client/*.md")])
STATES = {"works", "partly", "not yet"}
GENERATED = {"demo_password"}  # never set by an operator
VARIABLES = sorted(
    {"home": "ILS_HOME"}.get(name, name.upper()) for name in Settings.model_fields if name not in GENERATED
)


def rows() -> list[tuple[str, str, str]]:
    """Capability, state and test of every row of the guide's table."""
    cells = [line.strip("| \n").split(" | ") for line in GUIDE.read_text("utf-8").splitlines() if line[:3] in PHASES]
    return [(row[1], row[2], row[3]) for row in cells]


PHASES = {f"| {phase}" for phase in range(6)}


def packages() -> list[str]:
    """What `requirements.in` names, without versions, extras and markers."""
    lines = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    return [re.split(r"[\[<>=;\s]", line, maxsplit=1)[0] for line in lines if line and not line.startswith("#")]


def missing_tests(cell: str) -> list[str]:
    """The tests of a cell that are not there."""
    missing = []
    for path, name in re.findall(r"`([\w/]+\.py)::(\w+)`", cell):
        file = ROOT / "tests" / path
        if not file.is_file() or not re.search(rf"def {name}\(", file.read_text("utf-8")):
            missing.append(f"{path}::{name}")
    return missing


def test_every_phase_of_the_guide_has_rows_of_four_cells():
    text = GUIDE.read_text("utf-8")
    for phase in PHASES:
        lines = [line for line in text.splitlines() if line.startswith(f"{phase} |")]
        assert lines, phase
        assert [line for line in lines if len(line.strip("| ").split(" | ")) != 4] == []


def test_every_test_the_guide_names_exists():
    assert [name for _, _, shown_by in rows() for name in missing_tests(shown_by)] == []


def test_what_works_names_its_test_and_what_does_not_exist_names_none():
    for capability, state, shown_by in rows():
        assert state in STATES, capability
        assert state != "works" or "::" in shown_by, capability
        assert (shown_by == "—") is (state == "not yet"), capability


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S))
    local = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_a_page_names_is_there(page):
    """A path in a code span is one from the root, from `ils_app` or from `tests`."""
    named = re.findall(r"`((?:[\w.]+/)+[\w.]+\.(?:py|md|js|css|toml|txt|yml))(?:::\w+)?`", page.read_text("utf-8"))
    places = (ROOT, ROOT / "ils_app", ROOT / "tests", page.parent)
    assert sorted({path for path in named if not any((place / path).exists() for place in places)}) == []


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_setting_is_in_the_readme_and_in_the_example_file(variable):
    assert f"`{variable}`" in README.read_text("utf-8")
    assert re.search(rf"^#?{variable}=", ENV.read_text("utf-8"), re.M)


@pytest.mark.parametrize("package", packages())
def test_every_package_is_in_the_readme_with_its_reason(package):
    cells = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", README.read_text("utf-8"), re.M)
    assert package in {name.strip("` ") for cell in cells for name in cell.split(",")}


def test_every_verb_is_in_the_readme_or_among_the_operations():
    told = README.read_text("utf-8") + (DOCS / "operations.md").read_text("utf-8")
    assert [verb for verb in VERBS if not re.search(rf"(ils_app|make|`) ?{verb}\b", told)] == []


def test_every_decision_has_its_number_and_says_what_it_was_chosen_over():
    pages = sorted((DOCS / "decisions").glob("*.md"))
    for number, page in enumerate(pages, start=1):
        text = page.read_text("utf-8")
        assert page.name.startswith(f"{number:04d}-")
        assert text.startswith(f"# {number}. ")
        assert all(f"**{part}" in text for part in ("Decision.", "Why.", "Instead of"))
