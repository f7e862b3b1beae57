"""Where the shared worked numbers, golden orders and real trace files are; tests skip where they are not there."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(os.environ.get("ILS_OPTICS_DATA") or Path(__file__).resolve().parents[3] / "shared" / "optics")
SAMPLES = Path(os.environ.get("ILS_OMA_SAMPLES") or FOLDER / "oma")
