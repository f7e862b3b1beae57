"""`python -m bench [--only NAME …] [--rounds N]`: measure, and write what was found."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from bench import parts, results
from bench.house import House
from bench.results import Result


def main() -> int:
    """Measure the parts that were asked for; each part's results are kept as soon as they are there."""
    asked = _asked()
    os.environ["ILS_ENV"] = "test"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended then too
    alone = os.open(Path(__file__).parent, os.O_RDONLY)
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another bench runs from this folder: two would build each other's pages and share the machine.")
        return 1
    failed = 0
    for name in asked.only or list(parts.ALL):
        with tempfile.TemporaryDirectory(prefix="ils-bench-") as folder:
            house = House(Path(folder), asked.rounds)
            began = time.monotonic()
            print(f"── {name}", flush=True)
            found: list[Result] = []
            try:
                with house.held:
                    for one in parts.ALL[name].measure(house):
                        found.append(one)
                        _say(one)
            except Exception as error:  # a part that breaks must not take the others' figures with it
                print(f"   {name} broke: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
                failed += 1
                continue
            print(f"   {time.monotonic() - began:.0f} s", flush=True)
            if not asked.dry:
                results.write_page(results.keep(found, drop=f"{name}:", order=list(parts.ALL)))
    return 1 if failed else 0


def _say(one: Result) -> None:
    met = {True: "", False: "  ← goal not met", None: ""}[one.met]
    beside = "" if one.twin is None else f"  twin {one.twin:g}  ratio {one.ratio if one.ratio is not None else '—'}"
    print(f"   {one.figure}: {one.value:g} {one.unit}{beside}{met}", flush=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="*", choices=list(parts.ALL), help="these parts and no others")
    parser.add_argument("--rounds", type=int, default=3, help="rounds a median is taken over (3)")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    asked = parser.parse_args()
    if asked.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return asked


if __name__ == "__main__":
    sys.exit(main())
