"""The watch over the suite's logs finds what it is there to find."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.planted import NAMES, leaks_in
from tests.support.sandbox_process import ROOT

LEAKS = (
    '{"event": "x", "name": "Quillfeather-Ampersand"}',
    f"secret whsec_{'QUJD' * 11}",
    "authorization: Bearer pUm0wS1a9ZtQy_7Vn3kLr8Xd",
    "cookie: a=b; ils_session=pUm0wS1a9ZtQy_7Vn3kLr8Xd",
    "connecting to postgresql+psycopg://ils:hunter2@127.0.0.1:5432/ils",  # pragma: allowlist secret
)
HOOKS = "from tests.support.planted import pytest_runtest_makereport, pytest_sessionfinish\n"
IN_THIS_PROCESS = "import sys\ndef test_it():\n    print({name!r}, file=sys.stderr)\n"
IN_ANOTHER = "def test_it(tmp_path):\n    (tmp_path / 'app.log').write_text({name!r})\n"


@pytest.mark.parametrize("line", LEAKS)
def test_a_planted_line_is_found(line):
    assert list(leaks_in(f"fine\n{line}\nfine")) == [line]


def test_ids_and_words_are_no_leak():
    assert not list(
        leaks_in('{"order_id": "5b0c", "event": "order_sent", "request_id": "a7f3"}\nhttp://127.0.0.1:3000')
    )


@pytest.mark.parametrize("wrong", [IN_THIS_PROCESS, IN_ANOTHER])
def test_a_name_that_is_logged_fails_the_suite(tmp_path: Path, wrong: str):
    suite, temporary = tmp_path / "suite", tmp_path / "temp"
    suite.mkdir()
    (suite / "conftest.py").write_text(HOOKS)
    (suite / "test_one.py").write_text(wrong.format(name=NAMES[0]))
    (suite / "pytest.ini").write_text("[pytest]\n")
    options = ["-q", "-n", "2", "-p", "no:cacheprovider", f"--basetemp={temporary}"]
    words = [sys.executable, "-m", "pytest", *options, str(suite)]
    done = subprocess.run(words, cwd=suite, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True)
    shutil.rmtree(temporary)  # or it would be found by the watch over this suite, too
    assert done.returncode == 1, done.stdout + done.stderr
    assert "no log may hold" in done.stdout
