"""Lighthouse's scores of a page, where Lighthouse can be had: it comes from npm and needs Node 18.20 or newer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

VERSION = "12.8.2"
CATEGORIES = "performance,accessibility"


def installed(folder: Path) -> Path | None:
    """Lighthouse's program, installed into this folder; None where there is no npm, or it cannot be fetched."""
    if shutil.which("npm") is None:
        return None
    folder.mkdir(exist_ok=True)
    words = ["npm", "install", "--no-audit", "--no-fund", "--silent", f"lighthouse@{VERSION}"]
    if subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode != 0:
        return None
    return folder / "node_modules" / ".bin" / "lighthouse"


def scores(program: Path, url: str, cookie: str, *, desktop: bool) -> dict[str, float]:
    """Each category's score, 0 to 100."""
    report = program.parents[2] / "report.json"
    headers = json.dumps({"Cookie": cookie} if cookie else {})
    words = [
        *(str(program), url, "--quiet", "--output=json", f"--output-path={report}"),
        *(f"--only-categories={CATEGORIES}", f"--extra-headers={headers}"),
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        *(["--preset=desktop"] if desktop else []),
    ]
    chrome = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    subprocess.run(words, check=True, capture_output=True, env={**os.environ, "CHROME_PATH": chrome}, timeout=180)
    categories = json.loads(report.read_text("utf-8"))["categories"]
    return {name: round(category["score"] * 100, 1) for name, category in categories.items()}
