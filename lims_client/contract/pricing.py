"""Checks of prices."""

from __future__ import annotations

from lims_client.contract.bench import Bench, must
from lims_client.models import Price


def _adds_up(price: Price | None, where: str) -> None:
    must(price is not None, f"{where} has no price")
    assert price is not None
    must(len(price.currency) == 3 and price.currency.isupper(), f"{where}: {price.currency!r} is no currency")
    must(price.lines, f"{where}: the price has no lines")
    must(sum(line.minor for line in price.lines) == price.total_minor, f"{where}: the lines do not make the total")


async def a_configuration_has_a_price(bench: Bench) -> None:
    """POST /validation of a valid configuration has a price whose lines make the total"""
    _adds_up((await bench.check(bench.order())).price, "the validation")


async def a_job_has_the_price_that_was_shown(bench: Bench) -> None:
    """a job carries the price that its validation showed"""
    shown = (await bench.check(bench.order())).price
    job = await bench.a_job()
    _adds_up(job.price, "the job")
    assert job.price is not None
    must(shown is not None and shown.total_minor == job.price.total_minor, "the job costs something else")


CHECKS = (a_configuration_has_a_price, a_job_has_the_price_that_was_shown)
