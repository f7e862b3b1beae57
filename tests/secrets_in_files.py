"""Whether a file of the project holds something that looks like a secret: every tracked file, by detect-secrets.

A line that only looks so says `pragma: allowlist secret`. Tests and documents may name passwords; what looks like a
key or a token is refused there too.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).resolve().parents[1]
MADE_BY_TOOLS = ("requirements.txt", "reflex.lock/", "bench/results.json")
NOT_WORDS = {".ttf", ".png", ".woff2", ".ico"}
FILTERS = (
    "detect_secrets.filters.allowlist.is_line_allowlisted",
    "detect_secrets.filters.heuristic.is_potential_uuid",
    "detect_secrets.filters.heuristic.is_templated_secret",
    "detect_secrets.filters.heuristic.is_indirect_reference",
    "detect_secrets.filters.heuristic.is_sequential_string",
    "detect_secrets.filters.heuristic.is_not_alphanumeric_string",
)
STANDS_FOR_ONE = r":(password|pw[\w-]*)@"  # in an address that shows the form
PLUGINS = {one.__name__ for one in get_mapping_from_secret_type_to_class().values()}


def found(files: Iterable[Path], *, plugins: Iterable[str]) -> list[str]:
    """Each suspicion as `file:line: what it looks like`."""
    settings = {
        "plugins_used": [{"name": name} for name in sorted(plugins)],
        "filters_used": [
            *({"path": path} for path in FILTERS),
            {"path": "detect_secrets.filters.regex.should_exclude_line", "pattern": [STANDS_FOR_ONE]},
        ],
    }
    with transient_settings(settings):
        collection = SecretsCollection(root=str(ROOT))
        for file in files:
            collection.scan_file(str(file))
    return sorted(f"{name}:{secret.line_number}: {secret.type}" for name, secret in collection)


def tracked() -> list[Path]:
    """The project's files, those a tool writes and those without words left out; all there are where git is not."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.splitlines() or [str(path.relative_to(ROOT)) for path in ROOT.glob("[!.]*/**/*")]
    return [
        Path(name)
        for name in names
        if not name.startswith(MADE_BY_TOOLS) and Path(name).suffix not in NOT_WORDS and (ROOT / name).is_file()
    ]


def main() -> int:
    """Print every suspicion; returns the exit status."""
    files = tracked()
    ours = [file for file in files if file.parts[0] not in {"tests", "docs"}]
    suspicions = found(ours, plugins=PLUGINS)
    suspicions += found([file for file in files if file not in ours], plugins=PLUGINS - {"KeywordDetector"})
    for one in suspicions:
        print(one)
    return 1 if suspicions else 0


if __name__ == "__main__":
    sys.exit(main())
