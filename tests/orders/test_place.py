"""Placing in one call when the process dies on the way: nothing nobody wrote is left, and the call again goes on."""

import pytest

from ils_app.orders import place as placing
from ils_app.orders import service as orders
from ils_app.orders.schemas import ListView, OrderStatus


class Died(BaseException):
    """As if the process had been killed: nobody clears up."""


@pytest.fixture
def dying(monkeypatch):
    """Have the process die where it comes to this function of `place`."""

    async def gone(*_, **__):
        raise Died

    def at(name: str) -> None:
        monkeypatch.setattr(placing, name, gone if name == "submitted" else lambda *_: (_ for _ in ()).throw(Died))

    return at


async def drafts(clinic) -> int:
    return (await orders.counts(clinic.actor)).of(ListView.DRAFTS)


async def test_a_process_that_dies_before_the_key_is_kept_leaves_no_draft(clinic, good, dying):
    dying("publish")  # the last thing before the commit
    with pytest.raises(Died):
        await orders.place(clinic.actor, good(), key="k")
    assert await drafts(clinic) == 0


async def test_the_same_call_after_a_crash_goes_on_with_the_same_order(clinic, good, dying, monkeypatch, jobs_of):
    with monkeypatch.context() as there:
        there.setattr(placing, "submitted", placing.submitted)
        dying("submitted")
        with pytest.raises(Died):
            await orders.place(clinic.actor, good(), key="k")
    monkeypatch.undo()
    assert await drafts(clinic) == 1
    view = await orders.place(clinic.actor, good(), key="k")
    assert view.status is OrderStatus.IN_PRODUCTION
    assert await drafts(clinic) == 0
    assert len(jobs_of(clinic.id)) == 1


@pytest.mark.parametrize("key", ["k", None])
async def test_what_nobody_asks_for_again_is_taken_back_after_a_while(clinic, good, dying, sql, key):
    dying("submitted")
    for one in (key, "young", "typed in"):
        with pytest.raises(Died):
            await orders.place(clinic.actor, good(), key=one)
    old = "UPDATE orders.idempotency_key SET at = at - interval '2 hours' WHERE key <> 'young'"
    await sql(old)
    await sql("UPDATE orders.\"order\" SET placed_at = placed_at - interval '2 hours'")
    (typed,) = await sql("SELECT order_id FROM orders.idempotency_key WHERE key = 'typed in'")
    await orders.autosave(clinic.actor, typed.order_id, good(reference="Mine"), version=1)
    assert await placing.forget_unplaced() == 1
    assert await drafts(clinic) == 2
    assert {row.key for row in await sql("SELECT key FROM orders.idempotency_key")} == {"young", "typed in"}
