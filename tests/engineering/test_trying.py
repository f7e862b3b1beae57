"""A draft tried on past orders: who gains, who loses."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from ils_app.engineering import service
from ils_app.engineering.edits import Allow, AnyEdit, Forbid, PriceLine
from ils_app.engineering.errors import NoSuchRules
from ils_app.kernel.actor import Actor
from lims_client import CreateJobRequest, LimsClient, Prescription

Make = Callable[..., Actor]


async def a_job(lims: LimsClient, number: str, *coatings: str, **more: object) -> str:
    job = await lims.create_job(
        CreateJobRequest(
            order_number=number,
            prescription=Prescription(od_sphere=-2, os_sphere=-2, od_pd=32, os_pd=32),
            lens_type="single_vision",
            coatings=coatings,
            frame={"type": "full_rim", "a": 52, "b": 36, "dbl": 18},
            **more,
        )
    )
    return job.job_id


async def a_draft(actor: Actor, *edits: AnyEdit) -> str:
    draft = await service.start_draft(actor, "try it")
    await service.change(actor, draft.version, edits)
    return draft.version


async def test_orders_a_draft_would_refuse_are_named_with_the_sentence(lims, actor: Make):
    loser = await a_job(lims, "A-1", "hc", "ar-std", "uv400")
    await a_job(lims, "A-2", "hc")
    version = await a_draft(
        actor(), Forbid(first="treatment:ar-std", second="treatment:uv400", because="UV is in the AR already.")
    )
    tried = await service.simulate(actor(), version)
    assert tried.counts == {"gains": 0, "loses": 1, "other": 0, "same": tried.tried - 1}
    (order,) = tried.orders
    assert (order.job_id, order.direction, order.before, order.after) == (loser, "loses", order.before, "reject")
    assert order.gained == ("UV is in the AR already.",)
    assert order.lost == ()
    assert tried.codes[0].model_dump() == {"code": "TREAT_CLASH", "gained": 1, "lost": 0}
    assert "1 would be judged more strictly, 0 more mildly" in tried.sentence


async def test_losers_come_first_then_gainers_then_those_judged_alike_for_other_reasons(lims, actor: Make):
    slow = Forbid(first="treatment:uv400", second="treatment:hc", because="Slow.", severity="warn")
    first = await a_draft(actor(), slow)
    await service.publish(actor(), first, "warn of it")
    other = await a_job(lims, "A-1", "hc", "uv400")
    gainer = await a_job(lims, "A-2", "hc", "uv400", material="156")
    loser = await a_job(lims, "A-3", "hc", "ar-std")
    second = await a_draft(
        actor(),
        Allow(first="treatment:uv400", second="treatment:hc"),
        Forbid(first="treatment:uv400", second="material:150", because="Yellows.", severity="warn"),
        Forbid(first="treatment:ar-std", second="material:150", because="Peels."),
    )
    tried = await service.simulate(actor(), second, last=3)
    assert [(order.job_id, order.direction) for order in tried.orders] == [
        (loser, "loses"),
        (gainer, "gains"),
        (other, "other"),
    ]
    assert tried.orders[1].lost == ("Slow.",)
    assert tried.sentence == (
        "Of the last 3 orders 1 would be judged more strictly, 1 more mildly, 1 differently with the same decision; "
        "prices and promises are not compared."
    )


async def test_an_order_of_a_practice_is_named_by_number_and_practice(lims, actor: Make, monkeypatch):
    """The orders room's own door finds it; here it is only asked."""
    from types import SimpleNamespace

    from ils_app.engineering import trying

    job_id, order_id = await a_job(lims, "ORD-2026-000001", "hc", "uv400"), uuid4()

    async def order_of_code(_: Actor, code: str) -> SimpleNamespace:
        assert code == job_id
        return SimpleNamespace(id=order_id, number="ORD-2026-000001", practice_name="Clear Sight")

    monkeypatch.setattr(trying.orders, "order_of_code", order_of_code)
    version = await a_draft(actor(), Forbid(first="treatment:uv400", second="treatment:hc", because="No."))
    (order,) = (await service.simulate(actor(), version, last=1)).orders
    assert (order.order_id, order.number, order.practice_name) == (order_id, "ORD-2026-000001", "Clear Sight")


async def test_a_draft_that_changes_only_prices_changes_no_decision(lims, actor: Make):
    await a_job(lims, "A-1", "hc")
    version = await a_draft(actor(), PriceLine(what="treatments", id="hc", minor=1))
    tried = await service.simulate(actor(), version)
    assert tried.orders == ()
    assert tried.sentence == (
        f"0 gain, 0 lose among the last {tried.tried} orders; prices and promises are not compared."
    )


async def test_a_lab_without_past_orders_has_nothing_to_try_on(sandbox, lims, actor: Make, monkeypatch):
    from lims_client import SimulationResult

    async def none(*_: object, **__: object) -> SimulationResult:
        return SimulationResult(jobs=())

    monkeypatch.setattr(lims, "simulate", none)
    assert (await service.simulate(actor(), "1")).sentence == "The lab has no past orders to try this on."


async def test_a_set_that_is_not_there_cannot_be_tried(lims, actor: Make):
    with pytest.raises(NoSuchRules):
        await service.simulate(actor(), "77")
