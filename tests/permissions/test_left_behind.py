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

WRITES = {
    "auth.add_organisation", "auth.add_person", "auth.change_name", "auth.end_session", "auth.invite",
    "auth.rename_organisation", "auth.reset_password", "auth.revoke", "auth.set_access", "auth.set_roles",
    "auth.suspend", "billing.add_tax_rate", "billing.issue_credit_note", "engineering.publish",
    "engineering.replay", "notifications.send_again", "orders.cancel", "orders.discard", "orders.place",
    "patients.add", "patients.edit", "patients.take_for_order", "practices.add_site", "practices.add_staff",
    "practices.change_account", "practices.choose_default_site", "practices.edit_site", "practices.edit_staff",
    "practices.staff_left", "practices.staff_returned", "settings.add_holiday", "settings.change_preferences",
    "settings.remove_holiday", "settings.set_lab_settings", "settings.set_letterhead",
    "suppliers.acknowledge_order", "suppliers.add_contact", "suppliers.add_document", "suppliers.add_supplier",
    "suppliers.add_version", "suppliers.begin_order", "suppliers.cancel_order", "suppliers.edit_contact",
    "suppliers.order_again", "suppliers.remove_contact", "suppliers.set_supplier_active", "suppliers.ship_order",
    "suppliers.withdraw_document",
}  # fmt: skip
"""What can be done in the world as it is; one that drops out is tried no more, and must be named here no more."""


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
    assert wrote >= WRITES


def aimed_at_own(world: World, role: Role) -> Aim:
    """At what this role may change."""
    aim = at(world, world.mill)
    return replace(aim, supply=world.own_supply) if role is Role.SUPPLIER else aim


def told_of(world: World, actor: Actor) -> int:
    (row,) = world.sql("SELECT count(*) FROM kernel.event WHERE actor_id = %s", actor.user_id)
    return int(row[0])
