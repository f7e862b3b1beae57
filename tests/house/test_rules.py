"""The house rules that no linter knows, as code; those of the kernel and its rooms stand in `tests/kernel`."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = sorted([*ROOT.glob("ils_app/**/*.py"), *ROOT.glob("lims_client/**/*.py")])
ILS = sorted(ROOT.glob("ils_app/**/*.py"))
TESTS = sorted(ROOT.glob("tests/**/*.py"))
CARD = ("reflex", "sqlmodel", "alembic", "httpx", "pydantic", "tenacity", "stripe", "fpdf2", "pytest", "playwright")
# A command asks for what it runs only when it runs: `make run` must be able to say what is missing.
Rule = Callable[[Path], None]
LATE_IMPORTS = {"ils_app/__main__.py", "ils_app/commands", "ils_app/worker.py"}


def of(paths: list[Path]) -> Callable[[Rule], Callable[[], None]]:
    """One test for a rule that every file keeps; it names the file that does not."""

    def over(rule: Rule) -> Callable[[], None]:
        def test() -> None:
            for path in paths:
                if path.exists():  # somebody may be working here
                    try:
                        rule(path)
                    except AssertionError as broken:
                        raise AssertionError(f"{path.relative_to(ROOT)}: {broken}") from None

        test.__name__, test.__doc__ = rule.__name__, rule.__doc__
        return test

    return over


def tree_of(path: Path) -> ast.Module:
    """The file as Python reads it."""
    return ast.parse(path.read_text("utf-8"))


def test_every_contract_between_the_rooms_is_kept():
    said = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-2000:]
    assert re.search(r"Contracts: \d+ kept, 0 broken", said.stdout)


@of(ILS)
def test_no_page_sends_a_script_to_the_browser(path):
    """The Content-Security-Policy would silently keep it from running."""
    called = {ast.unparse(node) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)}
    assert not called & {"rx.call_script", "rx.call_function", "rx.download"}


@of(OURS)
def test_no_error_is_swallowed_unseen(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
            silent = all(isinstance(part, ast.Pass | ast.Continue) for part in node.body)
            assert not (broad and silent), f"line {node.lineno}"
            assert node.type is not None, f"line {node.lineno}: a bare except"


@of(OURS)
def test_no_import_hides_in_a_function_to_dodge_a_cycle(path):
    name = str(path.relative_to(ROOT))
    if any(name.startswith(allowed) for allowed in LATE_IMPORTS) or name.endswith("__main__.py"):
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            hidden = [
                ast.unparse(inner)
                for inner in ast.walk(node)
                if isinstance(inner, ast.Import | ast.ImportFrom)
                and re.search(r"\b(ils_app|lims_client)\b", ast.unparse(inner))
            ]
            assert not hidden, f"{node.name}: {hidden}"


@of(OURS)
def test_a_module_opens_with_a_sentence(path):
    opening = ast.get_docstring(tree_of(path))
    assert opening or not path.read_text("utf-8").strip()


@of([path for path in OURS if "/pages/" in str(path) or "/ui/" in str(path)])
def test_no_page_holds_a_query(path):
    imported = {
        node.module.split(".")[0]
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert not imported & {"sqlalchemy", "sqlmodel", "psycopg", "procrastinate"}


@of(ILS)
def test_no_module_is_called_by_what_it_is_not(path):
    assert path.stem not in {"utils", "helpers", "manager", "data", "info", "common", "misc"}


@of(TESTS)
def test_no_test_may_leave_this_machine(path):
    """pytest-socket keeps every test on loopback; none lifts that."""
    text = path.read_text("utf-8")
    assert path == Path(__file__) or not re.search(r"enable_socket|socket_allow_hosts|--force-enable", text)


def test_sockets_are_shut_for_every_test():
    options = (ROOT / "pyproject.toml").read_text("utf-8")
    allowed = re.search(r"--allow-hosts=(\S+)", options)
    assert "--disable-socket" in options
    assert allowed
    assert set(allowed[1].split(",")) == {"127.0.0.1", "::1", "localhost"}


@pytest.mark.parametrize("package", CARD)
def test_each_of_the_ten_packages_is_pinned_with_its_hashes(package):
    pinned = re.search(
        rf"^{package}(\[[\w,]+\])?==[\w.]+(?: ;[^\n]*)? \\\n((?:    --hash=sha256:[0-9a-f]{{64}}(?: \\)?\n)+)",
        (ROOT / "requirements.txt").read_text("utf-8"),
        re.M,
    )
    assert pinned, package


def test_every_requirement_is_pinned_with_a_hash():
    for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            assert "==" in line, line
            assert line.endswith("\\"), line
