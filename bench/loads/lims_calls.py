"""Calls the LIMS through `lims_client` and with httpx alone, in turns: `URL KEY validation|job CALLS ROUNDS`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import httpx

from bench.measuring import medians, spread
from lims_client import Configuration, CreateJobRequest, LimsClient

TURN = 50
WARM_UP = 50
CONFIGURATION = Configuration.model_validate(
    {
        "accountNumber": "HARB-001",
        "prescription": {
            "odSphere": "-2.00", "odCylinder": "-0.50", "odAxis": 90, "odPd": "31.5", "osSphere": "-1.75",
            "osPd": "31.5",
        },
        "lensType": "single_vision", "design": "sv-sph", "material": "150", "coatings": ["hc", "ar-std"],
        "frame": {"type": "full_rim", "a": "52", "b": "36", "dbl": "18", "ed": "55", "status": "supplied"},
    }
)  # fmt: skip
Call = Callable[[], Awaitable[object]]


async def main(url: str, key: str, operation: str, calls: int, rounds: int) -> None:
    """Print the medians of both."""
    async with (
        LimsClient(base_url=url, api_key=key) as lims,
        httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {key}"}, trust_env=False) as bare,
    ):
        ours, twin = await _pair(lims, bare, operation)
        for call in (ours, twin):
            await _timed(call, WARM_UP)
        found: dict[str, list[dict[str, float]]] = {"ours": [], "twin": []}
        for _ in range(rounds):
            taken: dict[str, list[float]] = {"ours": [], "twin": []}
            for _ in range(0, calls, TURN):
                taken["ours"] += await _timed(ours, TURN)
                taken["twin"] += await _timed(twin, TURN)
            for name in found:
                found[name].append(spread(taken[name]))
    print(json.dumps({name: medians(samples) for name, samples in found.items()}))


async def _pair(lims: LimsClient, bare: httpx.AsyncClient, operation: str) -> tuple[Call, Call]:
    if operation == "validation":
        body = CONFIGURATION.to_wire()

        async def bare_validation() -> object:
            answer = await bare.post("/validation", json=body)
            answer.raise_for_status()
            return answer.json()

        return lambda: lims.validate_configuration(CONFIGURATION), bare_validation
    job = await lims.create_job(CreateJobRequest(**CONFIGURATION.model_dump(exclude_none=True), order_number="BENCH-1"))

    async def bare_job() -> object:
        answer = await bare.get(f"/jobs/{job.job_id}")
        answer.raise_for_status()
        return answer.json()

    return lambda: lims.get_job(job.job_id), bare_job


async def _timed(call: Call, times: int) -> list[float]:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await call()
        taken.append(time.perf_counter() - began)
    return taken


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], *map(int, sys.argv[4:6])))
