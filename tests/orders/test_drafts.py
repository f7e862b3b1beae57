"""Drafts: nothing typed is lost, two tabs do not overwrite each other, and nobody else sees them."""

import asyncio
from uuid import uuid4

import pytest

from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.orders import service as orders
from ils_app.orders.schemas import ListView, OrderDraft, OrderStatus


async def test_what_is_typed_is_kept_as_it_was_typed(lab, clinic, good):
    opened = await orders.open_draft(clinic.actor, OrderDraft())
    typed = good({"od_sphere": "+1,25", "od_cylinder": "−0.50", "os_sphere": "pl", "nonsense": "dropped", "pd": " "})
    saved = await orders.autosave(clinic.actor, opened.id, typed, version=opened.version)
    again = await orders.draft(clinic.actor, opened.id)
    assert again == saved
    assert again.draft.written["od_sphere"] == "+1,25"
    assert again.draft.written["od_cylinder"] == "−0.50"
    assert not {"nonsense", "pd"} & set(again.draft.written)
    assert again.version == opened.version + 1


async def test_a_character_that_no_text_can_hold_is_left_out(lab, clinic):
    opened = await orders.open_draft(clinic.actor, OrderDraft(notes="a\x00b", written={"od_sphere": "-1\x00.00"}))
    again = await orders.draft(clinic.actor, opened.id)
    assert (again.draft.notes, again.draft.written["od_sphere"]) == ("ab", "-1.00")


async def test_of_two_tabs_the_later_save_is_refused_with_what_stands_there(lab, clinic, good):
    opened = await orders.open_draft(clinic.actor, good())
    mine, theirs = good({"od_sphere": "-3.00"}), good({"od_sphere": "-4.00"}, reference="Theirs")
    await orders.autosave(clinic.actor, opened.id, theirs, version=opened.version)
    with pytest.raises(orders.DraftChanged) as changed:
        await orders.autosave(clinic.actor, opened.id, mine, version=opened.version)
    assert changed.value.theirs.draft.written["od_sphere"] == "-4.00"
    assert changed.value.theirs.draft.reference == "Theirs"
    kept = await orders.autosave(clinic.actor, opened.id, mine, version=changed.value.theirs.version)
    assert kept.draft.written["od_sphere"] == "-3.00"


async def test_of_many_saves_at_the_same_moment_one_wins_and_the_others_are_told(lab, clinic, good):
    opened = await orders.open_draft(clinic.actor, good())
    saves = [orders.autosave(clinic.actor, opened.id, good(reference=str(n)), version=opened.version) for n in range(6)]
    results = await asyncio.gather(*saves, return_exceptions=True)
    (winner,) = [one for one in results if not isinstance(one, Exception)]
    assert all(isinstance(one, orders.DraftChanged) for one in results if one is not winner)
    assert (await orders.draft(clinic.actor, opened.id)).draft.reference == winner.draft.reference


async def test_a_draft_that_was_thrown_away_is_gone_and_no_longer_counted(lab, clinic, good):
    opened = await orders.open_draft(clinic.actor, good())
    assert (await orders.counts(clinic.actor)).of(ListView.DRAFTS) == 1
    await orders.discard(clinic.actor, opened.id)
    assert (await orders.counts(clinic.actor)).of(ListView.ALL) == 0
    with pytest.raises(orders.NoSuchOrder):
        await orders.draft(clinic.actor, opened.id)


async def test_a_sent_order_is_no_draft_any_more(lab, clinic, good, placed):
    order = await placed()
    for attempt in (
        orders.draft(clinic.actor, order.id),
        orders.autosave(clinic.actor, order.id, good(), version=order.version),
        orders.discard(clinic.actor, order.id),
        orders.resend(clinic.actor, order.id),
    ):
        with pytest.raises(orders.NotADraft):
            await attempt


def every_door(actor, order_id, draft):
    """Every door that takes an order's id, with an actor."""
    return {
        "order": lambda: orders.order(actor, order_id),
        "timeline": lambda: orders.timeline(actor, order_id),
        "draft": lambda: orders.draft(actor, order_id),
        "autosave": lambda: orders.autosave(actor, order_id, draft, version=1),
        "discard": lambda: orders.discard(actor, order_id),
        "submit": lambda: orders.submit(actor, order_id, draft),
        "resend": lambda: orders.resend(actor, order_id),
        "cancel": lambda: orders.cancel(actor, order_id, reason="Not mine"),
        "cancel_and_correct": lambda: orders.cancel_and_correct(actor, order_id),
        "duplicate": lambda: orders.duplicate(actor, order_id),
        "attached": lambda: orders.attached(actor, order_id),
        "patient_of_draft": lambda: orders.patient_of_draft(actor, order_id),
    }


DOORS = list(every_door(None, None, None))


@pytest.mark.parametrize("door", DOORS)
async def test_a_foreign_practices_draft_and_order_do_not_exist_for_any_door(
    door, lab, clinic, clinic_of, good, placed
):
    other = await clinic_of("MILL-001", "Mill Lane")
    theirs = good(patient_id=other.patient_id)
    mine = [(await orders.open_draft(clinic.actor, good())).id, (await placed()).id]
    before = [await orders.order(clinic.actor, order_id) for order_id in mine]
    for order_id in (*mine, uuid4()):
        with pytest.raises(orders.NoSuchOrder) as refused:
            await every_door(other.actor, order_id, theirs)[door]()
        assert refused.value.message == "There is no such order."
    assert [await orders.order(clinic.actor, order_id) for order_id in mine] == before
    assert (await orders.counts(other.actor)).of(ListView.ALL) == 0


async def test_a_foreign_practice_is_not_found_however_it_is_named(lab, clinic, clinic_of, good):
    other = await clinic_of("MILL-001", "Mill Lane")
    for attempt in (
        orders.open_draft(clinic.actor, good(practice_id=other.id)),
        orders.open_draft(clinic.actor, good(patient_id=other.patient_id)),
        orders.place(clinic.actor, good(practice_id=other.id)),
        orders.orders_page(clinic.actor, practice_id=other.id),
        orders.counts(clinic.actor, practice_id=other.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await orders.counts(other.actor)).of(ListView.ALL) == 0


@pytest.mark.parametrize("door", DOORS)
async def test_the_lab_does_not_see_what_a_practice_is_still_writing(door, lab, clinic, good, technician, engineer):
    draft = await orders.open_draft(clinic.actor, good())
    for actor in (technician, engineer):
        with pytest.raises((orders.NoSuchOrder, Forbidden)):
            await every_door(actor, draft.id, good(practice_id=clinic.id))[door]()
    for practice_id in (None, clinic.id):
        assert (await orders.orders_page(technician, practice_id=practice_id)).rows == ()
    counted = await orders.counts(technician)
    assert counted.of(ListView.DRAFTS) == counted.of(ListView.ALL) == 0
    assert await orders.find_orders(technician, "Jones") == []


async def test_the_lab_enters_an_order_for_a_practice_and_it_is_marked(lab, clinic, good, technician):
    wanted = good(practice_id=clinic.id)
    opened = await orders.open_draft(technician, wanted)
    assert (await orders.counts(technician)).of(ListView.DRAFTS) == 1
    assert (await orders.counts(technician, practice_id=clinic.id)).of(ListView.DRAFTS) == 1
    assert [row.id for row in (await orders.orders_page(technician, view=ListView.DRAFTS)).rows] == [opened.id]
    view = await orders.submit(technician, opened.id, wanted)
    seen = await orders.order(clinic.actor, view.id)
    assert (seen.practice_id, seen.entered_for_practice, seen.status) == (clinic.id, True, OrderStatus.IN_PRODUCTION)
    assert (await orders.timeline(clinic.actor, view.id))[-1].who == technician.name


async def test_the_lab_must_say_for_which_practice(lab, good, technician):
    with pytest.raises(Invalid) as refused:
        await orders.open_draft(technician, good())
    assert set(refused.value.fields) == {"practice_id"}


async def test_a_draft_of_the_labs_moves_whole_to_the_practice_chosen_instead(lab, clinic, clinic_of, good, technician):
    other = await clinic_of("MILL-001", "Mill Lane")
    opened = await orders.open_draft(technician, good(practice_id=clinic.id))
    moved = good(practice_id=other.id, patient_id=other.patient_id)
    saved = await orders.autosave(technician, opened.id, moved, version=opened.version)
    assert saved.practice_id == other.id
    with pytest.raises(orders.NoSuchOrder):
        await orders.order(clinic.actor, opened.id)
    assert (await orders.counts(clinic.actor)).of(ListView.ALL) == 0
    view = await orders.submit(technician, opened.id, moved)
    assert (view.practice_id, view.practice_name, view.account_number) == (other.id, "Mill Lane", "MILL-001")
    back = await orders.open_draft(technician, moved)
    sent = await orders.submit(technician, back.id, good(practice_id=clinic.id))
    assert (sent.practice_id, sent.account_number) == (clinic.id, "HARB-001")


async def test_an_administrator_sees_the_order_but_no_patient_and_no_prescription(
    lab, clinic, good, placed, admin, tell_lims
):
    held = good(
        {"od_sphere": "-7", "od_cylinder": "", "od_axis": "", "os_sphere": "-7", "frame_b": "34", "frame_ed": "54"},
        material="159", frame_type="rimless", reference="Tray of Mrs Jones",
    )  # fmt: skip
    order = await placed(held)
    seen = await orders.order(admin, order.id)
    assert (seen.number, seen.status, seen.attention) == (order.number, OrderStatus.ON_HOLD, True)
    assert (seen.draft, seen.prescription, seen.patient_id, seen.findings) == (None, None, None, ())
    shown = seen.model_dump_json() + "".join(
        line.model_dump_json() for line in await orders.timeline(admin, order.id)
    ) + "".join(row.model_dump_json() for row in (await orders.orders_page(admin)).rows)  # fmt: skip
    for secret in ("Jones", "Margaret", "CUST-", "7.00", "\u22127", '"-7'):
        assert secret not in shown, secret
    with pytest.raises(Forbidden):
        await orders.attached(admin, order.id)
    with pytest.raises(Forbidden):
        await orders.orders_page(admin, patient_id=clinic.patient_id)
    assert await orders.find_orders(admin, "Jones") == []
    assert [row.id for row in await orders.find_orders(admin, order.number)] == [order.id]
    assert [row.id for row in await orders.find_orders(admin, "harbour")] == [order.id]
    assert [row.id for row in await orders.find_orders(clinic.actor, "Jones")] == [order.id]


async def test_the_patient_of_a_draft_is_named_with_what_tells_them_apart(lab, clinic, good):
    chosen = await orders.open_draft(clinic.actor, good())
    name, detail = await orders.patient_of_draft(clinic.actor, chosen.id)
    assert name == "Jones, Margaret"
    assert "born 14 Mar 1961" in detail
    empty = await orders.open_draft(clinic.actor, OrderDraft())
    assert await orders.patient_of_draft(clinic.actor, empty.id) == ("", "")
