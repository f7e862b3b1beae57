"""Every act leaves its doer behind: what a door writes is found in the audit list under who wrote it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from ils_app.kernel.actor import Actor
from ils_app.kernel.errors import IlsError
from ils_app.kernel.roles import TABLE, Role
from tests.permissions.test_doors import GUARDED
from tests.support.door_calls import DOORS, Aim, at
from tests.support.sandbox_process import SandboxProcess, start_sandbox
from tests.support.world import World

IN_TURN = (Role.ECP, Role.SUPPLIER, Role.LAB, Role.ENGINEER, Role.ADMIN)
QUIET = {
    "orders.autosave", "orders.cancel_and_correct", "orders.duplicate", "orders.open_draft",  # writing is no act yet
    "notifications.mark_all_read", "notifications.mark_read",  # one's own reading
    "settings.remove_logo",  # where there is none, an empty row is all that comes of it
    "billing.credit_note_pdf", "billing.invoice_pdf",  # drawn once and kept
    "billing.stand_in_decline", "billing.stand_in_page", "billing.stand_in_pay",  # Stripe's part: its event tells it
}  # fmt: skip
BOOKKEEPING = {"kernel.event", "public.procrastinate_events", "public.procrastinate_jobs", "patients.patient_read"}
"""Besides facts and jobs: who read a patient is a list of its own."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A LIMS of its own: rules are published in it, and others' orders are not to be held against them."""
    with start_sandbox(tmp_path_factory.mktemp("lims"), paused=True) as running:
        yield running


async def test_what_a_door_writes_is_told_with_who_wrote_it(world: World):
    wrote, untold, before = set(), [], world.written()
    for name, door in GUARDED.items():
        for role in (one for one in IN_TURN if one in TABLE[str(door.row)]):
            actor = world.actors[role]
            for args, kwargs in DOORS[name].calls(aimed_at_own(world, role)):
                told, done = told_of(world, actor), False
                with suppress(IlsError):  # the world may not be such that it can be done: the room's own tests do it
                    await door.function(actor, *args, **kwargs)
                    done = True
                after = world.written()
                changed = {table for table in after if after[table] != before[table]} - BOOKKEEPING
                before = after
                if done and changed and name not in QUIET:
                    wrote.add(name)
                    untold += [(name, role, sorted(changed))] if told_of(world, actor) == told else []
            if name in wrote:
                break
    assert untold == []
    assert len(wrote) > 45


def aimed_at_own(world: World, role: Role) -> Aim:
    """At what this role may change."""
    aim = at(world, world.mill)
    return replace(aim, supply=world.own_supply) if role is Role.SUPPLIER else aim


def told_of(world: World, actor: Actor) -> int:
    (row,) = world.sql("SELECT count(*) FROM kernel.event WHERE actor_id = %s", actor.user_id)
    return int(row[0])
