"""`python -m tests.soak [--rounds N] [--seed N]`: kill what runs, bring it back, see whether anything is missing."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.flood import flood
from tests.soak.rounds import faults, play
from tests.soak.stage import staged
from tests.soak.told import Told

ORDERS, SECONDS = 12, 5.0


async def main() -> int:
    """Play the rounds; 1 when anything was violated."""
    asked = _asked()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended then too
    print(f"seed={asked.seed}", flush=True)
    told, wrong, played = Told(), 0, 0
    with contextlib.ExitStack() as held:
        folder = asked.keep or held.enter_context(tempfile.TemporaryDirectory(prefix="ils-soak-"))
        with staged(Path(folder)) as stage:
            for number in range(asked.first, asked.first + asked.rounds):
                began = time.monotonic()
                told.surprises.clear()
                found = await play(stage, told, seed=asked.seed, number=number, orders=ORDERS, seconds=SECONDS)
                killed = " ".join("+".join(fault.victims) for fault in faults(asked.seed, number, SECONDS))
                print(f"round {number}: {killed}, {time.monotonic() - began:.0f} s", flush=True)
                for one in found:
                    print(f"   {one}", flush=True)
                wrong, played = wrong + len(found), played + 1
                if found and not asked.on:
                    break
            if asked.flood and (asked.on or not wrong):
                found = await flood(stage, told, asked.flood)
                for one in found:
                    print(f"   {one}", flush=True)
                wrong += len(found)
            webhooks = stage.sql("SELECT count(*) FROM kernel.inbox")[0][0]
    if asked.lives and (asked.on or not wrong):
        wrong += _lives(asked.lives) + _long_ones()
    print(f"rounds={played} orders={len(told.orders)} webhooks={webhooks} violations={wrong}")
    return 1 if wrong else 0


def _lives(number: int) -> int:
    """So many lives of orders against the model; 1 when one of them went wrong, which pytest then tells."""
    words = [sys.executable, "-m", "pytest", "-q", "--no-cov", "tests/orders/test_order_life.py"]
    print(f"{number} lives of orders against the model", flush=True)
    return int(subprocess.run(words, env={**os.environ, "ORDER_LIVES": str(number)}, check=False).returncode != 0)


def _long_ones() -> int:
    """The tests that are too long for every run: faults on every line, documents asked at length. 1 for a failure."""
    words = [sys.executable, "-m", "pytest", "-q", "--no-cov", "-m", "soak and not browser", "tests"]
    print("the long tests", flush=True)
    return int(subprocess.run(words, check=False).returncode != 0)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="how many (100)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="repeats the faults")
    parser.add_argument("--first", type=int, default=0, help="the round to begin with (0)")
    parser.add_argument("--flood", type=int, default=10_000, help="webhooks at once, at the end (10000)")
    parser.add_argument("--lives", type=int, default=200, help="of orders against a model, at the end (200)")
    parser.add_argument("--on", action="store_true", help="go on after a violation")
    parser.add_argument("--keep", type=Path, help="a folder to leave the logs in")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
