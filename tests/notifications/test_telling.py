"""What is told reaches those it is for, in the ways they wish, once for ever by its key."""

from uuid import uuid4

import pytest

from ils_app.kernel.errors import NotFound
from ils_app.kernel.roles import Role
from ils_app.kernel.room import Room
from ils_app.notifications import service
from ils_app.settings.schemas import NotificationKind

HELD = NotificationKind.ORDER_ON_HOLD
TOLD = {"kind": HELD, "title": "ORD-2026-000001 is on hold", "text": "The blank cracked.", "href": "/orders/1"}


async def test_everybody_of_a_practice_is_told_in_the_app_and_by_mail(make_person, as_actor, carrier, work_off):
    one = await make_person()
    other = await make_person(organisation_id=one.organisation_id)
    await make_person()  # of another practice
    await service.tell(key="order-on-hold:1", organisation_id=one.organisation_id, roles=[Role.ECP], **TOLD)
    await work_off()
    assert carrier.addresses == sorted([one.email, other.email])
    for person in (one, other):
        page = await service.notifications(as_actor(person))
        assert [(row.kind, row.title, row.href) for row in page.rows] == [(HELD, TOLD["title"], "/orders/1")]
        assert (page.total, page.unread) == (1, 1)


async def test_a_key_is_said_once_however_often_it_is_told(make_person, as_actor, carrier, work_off, rows):
    one = await make_person()
    for _ in range(3):
        await service.tell(key="order-shipped:7", user_ids=[one.user_id], **TOLD)
        await work_off()
    late = await make_person(organisation_id=one.organisation_id)
    await service.tell(key="order-shipped:7", organisation_id=one.organisation_id, **TOLD)
    await work_off()
    assert carrier.addresses == [one.email]
    assert await service.unread_count(as_actor(late)) == 0
    await service.spread(rows("SELECT id FROM notifications.notice")[0][0])  # the same job once more
    await work_off()
    assert await service.unread_count(as_actor(one)) == 1
    assert carrier.asked == 1


async def test_what_is_told_goes_with_the_change_it_tells_of_or_not_at_all(make_person, carrier, work_off, rows):
    one = await make_person()
    with pytest.raises(RuntimeError):
        async with Room("orders").unit_of_work() as uow:
            await service.tell(key="k", user_ids=[one.user_id], uow=uow, **TOLD)
            await service.write(key="k", to="desk@example.com", to_name="", subject="s", text="t", uow=uow)
            raise RuntimeError("the change did not happen")
    await work_off()
    assert rows("SELECT count(*) FROM notifications.notice") == [(0,)]
    async with Room("orders").unit_of_work() as uow:
        await service.tell(key="k", user_ids=[one.user_id], uow=uow, **TOLD)
    await work_off()
    assert carrier.addresses == [one.email]


@pytest.mark.parametrize(
    ("off_in_app", "off_by_mail"), [([], [HELD]), ([HELD], []), ([HELD], [HELD]), (["invoice"], ["invoice"])]
)
async def test_what_somebody_switched_off_does_not_reach_them(
    make_person, as_actor, carrier, work_off, rows, off_in_app, off_by_mail
):
    one = await make_person()
    rows(
        "INSERT INTO settings.person (user_id, theme, off_in_app, off_by_mail, updated_at)"
        " VALUES (%s, 'system', %s, %s, now())",
        one.user_id, [str(kind) for kind in off_in_app], [str(kind) for kind in off_by_mail],
    )  # fmt: skip
    await service.tell(key="k", user_ids=[one.user_id], **TOLD)
    await work_off()
    assert await service.unread_count(as_actor(one)) == (0 if HELD in off_in_app else 1)
    assert carrier.addresses == ([] if HELD in off_by_mail else [one.email])


async def test_whoever_may_not_sign_in_is_told_nothing(make_person, as_actor, carrier, work_off, rows):
    one = await make_person()
    rows("UPDATE auth.person SET status = 'suspended' WHERE id = %s", one.user_id)
    await service.tell(key="k", organisation_id=one.organisation_id, **TOLD)
    await work_off()
    assert carrier.asked == 0
    assert rows("SELECT count(*) FROM notifications.entry") == [(0,)]


async def test_nobody_is_told_by_an_oversight(database):
    with pytest.raises(ValueError, match="whom"):
        await service.tell(key="k", **TOLD)
    for elsewhere in ("https://evil.example", "//evil.example", "orders/1", ""):
        with pytest.raises(ValueError, match="slash"):
            await service.tell(key="k", user_ids=[uuid4()], **{**TOLD, "href": elsewhere})
        if elsewhere:
            with pytest.raises(ValueError, match="slash"):
                await service.write(key="k", to="a@b.example", to_name="", subject="s", text="t", href=elsewhere)


async def test_what_is_read_counts_no_more_and_is_nobody_else_s_to_read(make_person, as_actor, carrier, work_off):
    one, other = as_actor(await make_person()), as_actor(await make_person())
    for number in range(3):
        await service.tell(key=f"k{number}", user_ids=[one.user_id], **TOLD)
    await service.tell(key="account", user_ids=[one.user_id], **{**TOLD, "kind": NotificationKind.ACCOUNT})
    await work_off()
    first = (await service.notifications(one)).rows[0]
    assert first.kind is NotificationKind.ACCOUNT, "the newest stands first"
    with pytest.raises(NotFound):
        await service.mark_read(other, first.id)
    for _ in range(2):
        await service.mark_read(one, first.id)
    page = await service.notifications(one, unread_only=True)
    assert (page.total, page.unread, [row.id == first.id for row in page.rows]) == (3, 3, [False] * 3)
    assert (await service.notifications(one, kind=NotificationKind.ACCOUNT)).rows[0].read_at is not None
    second = await service.notifications(one, page=2, size=3)
    assert (len(second.rows), second.total) == (1, 4)
    assert await service.mark_all_read(one) == 3
    assert await service.mark_all_read(one) == 0
    assert await service.unread_count(one) == 0


async def test_nobody_is_told_what_their_role_is_not_offered(database, rows):
    with pytest.raises(ValueError, match="REACHES"):
        await service.tell(key="k", roles=[Role.ECP, Role.SUPPLIER], **TOLD)
    assert rows("SELECT count(*) FROM notifications.notice") == [(0,)]
