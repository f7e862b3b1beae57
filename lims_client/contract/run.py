"""Runs every check in order and leaves the LIMS as it was."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from typing import Any

import httpx
from pydantic import ValidationError

from lims_client.calling import Timing
from lims_client.client import LimsClient
from lims_client.contract import core, floor, pricing, rules
from lims_client.contract.bench import SAMPLE, Bench, Broken, NotApplicable, a_secret, hooks_into
from lims_client.contract.listener import Listener
from lims_client.contract.report import CheckResult, Outcome, Report
from lims_client.errors import LimsError
from lims_client.hooks import NaiveTimestamps
from lims_client.models import Capability

Check = Callable[[Bench], Awaitable[None]]

PLAN: tuple[tuple[Capability, Iterable[Check]], ...] = (
    (Capability.CORE, core.CHECKS),
    (Capability.RULES, rules.CHECKS),
    (Capability.FLOOR, floor.CHECKS),
    (Capability.PRICING, pricing.CHECKS),
    (Capability.CORE, core.LAST),
)


async def run_contract(
    base_url: str,
    api_key: str,
    *,
    account_number: str = "CONTRACT-001",
    ship_to: str = "main",
    configuration: dict[str, Any] | None = None,
    listen_host: str = "127.0.0.1",
    listen_port: int = 0,
    callback_url: str | None = None,
    webhook_wait_seconds: float = 30.0,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Report:
    """Check the LIMS at `base_url` and report.

    `configuration` is an order (wire names) that the LIMS can make; a plain single vision pair when absent. The LIMS
    delivers to `callback_url`, by default the listener itself; a LIMS that is not on this machine cannot reach that,
    and the checks that need it are skipped. `transport` carries every request (for tests).
    Raises `ValueError` for a base URL or key that could never work.
    """
    secret, naive = a_secret(), list[NaiveTimestamps]()
    sample = {**(configuration or SAMPLE), "accountNumber": account_number, "shipTo": ship_to}
    async with AsyncExitStack() as stack:
        listener = None
        if callback_url or _is_here(base_url):
            listener = await stack.enter_async_context(Listener(listen_host, listen_port))
        lims = await stack.enter_async_context(
            LimsClient(
                base_url,
                api_key,
                webhook_secret=secret,
                hooks=hooks_into(naive),
                timing=Timing(deadline_seconds=15, backoff_seconds=0.2),
                catalog_fresh_seconds=0,
                transport=transport,
            )
        )
        http = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=base_url,
                headers={"Authorization": f"Bearer {api_key}"},
                timeout=15,
                trust_env=not _is_here(base_url),
                transport=transport,
            )
        )
        bench = Bench(
            client=lims,
            http=http,
            sample=sample,
            listener=listener,
            webhook_wait_seconds=webhook_wait_seconds,
            callback_url=callback_url or (listener.url if listener else ""),
            naive=naive,
            webhook_secret=secret,
            capabilities=(await lims.health()).capabilities,
        )
        results = [await _run(bench, capability, check) for capability, checks in PLAN for check in checks]
        trouble = await bench.end()
        results += [CheckResult(Capability.CORE, "everything is as before", Outcome.FAILED, why) for why in trouble]
    return Report(base_url, tuple(results))


async def _run(bench: Bench, capability: Capability, check: Check) -> CheckResult:
    says = " ".join((check.__doc__ or check.__name__).split())
    if not bench.can(capability):
        return CheckResult(capability, says, Outcome.SKIPPED, f"it does not claim {capability}")
    try:
        await check(bench)
    except NotApplicable as why:
        return CheckResult(capability, says, Outcome.SKIPPED, str(why))
    except Broken as why:
        return CheckResult(capability, says, Outcome.FAILED, str(why))
    except (LimsError, httpx.HTTPError) as error:
        return CheckResult(capability, says, Outcome.FAILED, f"{type(error).__name__}: {error}")
    except ValidationError as error:
        return CheckResult(capability, says, Outcome.FAILED, f"outside the contract: {error.error_count()} faults")
    return CheckResult(capability, says, Outcome.PASSED)


def _is_here(base_url: str) -> bool:
    host = httpx.URL(base_url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
