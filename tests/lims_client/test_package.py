"""The library as its users get it: built, installed into an empty environment, its example run."""

import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from lims_client import __version__

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "lims_client"

EXAMPLE = """
import asyncio, re, sys, pathlib, textwrap
import lims_client
from lims_client import *
from lims_client import LimsRejected

assert "site-packages" in lims_client.__file__, lims_client.__file__
readme, url, key, secret = sys.argv[1:]
code = re.search(r"```python\\n(.*?)```", pathlib.Path(readme).read_text(), re.DOTALL).group(1)
code = code.replace("base_url=..., api_key=..., webhook_secret=...", "url, key, secret")
code = "\\n".join(line for line in code.splitlines() if "verify_webhook" not in line)
ran = {**globals()}
exec("async def example():\\n" + textwrap.indent(code, "    ") + "\\n    return job, check, catalog", ran)
try:
    asyncio.run(ran["example"]())
    raise SystemExit("a progressive without an addition was made")
except LimsRejected as error:
    assert "RX_ADD_MISSING" in {finding.code for finding in error.findings}
exec("async def example():\\n" + textwrap.indent(code.replace("pd=64", "pd=64, od_add=2, os_add=2"), "    ")
     + "\\n    return job, check, catalog", ran)
job, check, catalog = asyncio.run(ran["example"]())
print(job.status, check.is_valid, len(catalog.entries))
"""


def test_the_version_is_the_same_wherever_it_is_said():
    project = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert f"## {__version__}" in (SOURCE / "CHANGELOG.md").read_text()


def test_the_library_names_every_package_of_its_tree():
    listed = set(tomllib.loads((SOURCE / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        ".".join(("lims_client", *init.parent.relative_to(SOURCE).parts))
        for init in SOURCE.rglob("__init__.py")
        if "build" not in init.parts
    }
    assert listed == found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_wheel_installs_into_an_empty_environment_and_the_readmes_example_runs(tmp_path, sandbox):
    copy = tmp_path / "source" / "lims_client"  # building leaves folders behind; not in our tree
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    wheels = tmp_path / "wheels"
    # The build tools are already here, so that building needs no index.
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(wheels), str(copy)]
    subprocess.run(build, check=True, capture_output=True, cwd=tmp_path)
    (wheel,) = wheels.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "lims_client/py.typed",
        "lims_client/rules/reference.json",
        "lims_client/contract/__main__.py",
        "lims_client/sandbox/__main__.py",
    } <= inside
    assert not any(name.startswith(("tests/", "build/", "lims_client/build/")) for name in inside)

    empty = tmp_path / "empty"
    venv.create(empty, with_pip=True)
    python = empty / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel]
    installed = subprocess.run(install, capture_output=True, text=True, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    readme = SOURCE / "README.md"
    arguments = [readme, sandbox.url, sandbox.api_key, sandbox.webhook_secret]
    ran = subprocess.run([python, "-c", EXAMPLE, *arguments], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert " True " in ran.stdout
    suite = [python, "-m", "lims_client.contract", "--base-url", sandbox.url, "--api-key", sandbox.api_key]
    checked = subprocess.run(suite, capture_output=True, text=True, cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
