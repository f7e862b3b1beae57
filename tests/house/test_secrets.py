"""The check for secrets left in files finds them, and lets pass what only looks so."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEY = "AKIA" + "QWERTYUIOPASDFGH"
PLANTED = {
    "an access key": f'KEY = "{KEY}"\n',
    "a payment key": 'STRIPE = "sk_live_' + "9aB3kd82Lm4Qw7Xz" * 2 + '"\n',
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----\n",
}


def suspicions(folder: Path) -> str:
    """What the check says of a project of its own."""
    (folder / "tests").mkdir(exist_ok=True)
    check = folder / "tests" / "secrets_in_files.py"
    check.write_bytes((ROOT / "tests" / "secrets_in_files.py").read_bytes())
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    done = subprocess.run([sys.executable, check], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == (1 if done.stdout else 0), done.stderr
    return done.stdout


@pytest.mark.parametrize("text", PLANTED.values(), ids=PLANTED)
def test_a_secret_left_in_a_file_is_found(text, tmp_path):
    (tmp_path / "settings.py").write_text("# nothing here\n" + text)
    assert "settings.py:2: " in suspicions(tmp_path)


def test_what_only_looks_so_passes(tmp_path):
    (tmp_path / "settings.py").write_text('URL = "postgresql://ils:password@db/ils"\nname = settings.stripe_api_key\n')
    assert suspicions(tmp_path) == ""
