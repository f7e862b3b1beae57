"""The settings room over HTTP, run alone and signed in as auth has it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from ils_app.auth import service as auth
from ils_app.kernel import clock
from ils_app.kernel.roles import Role
from ils_app.settings import api
from tests.support.signed_in import signed_in

URL = "/api/v1/settings"
DAY = {"opens": "08:30:00", "closes": "17:00:00"}
LAB = {
    "order_prefix": "MER", "lead_time_days": 4, "time_zone": "Europe/Paris", "payment_terms_days": 21,
    "currency": "EUR", "opening_hours": [DAY, DAY, DAY, DAY, DAY, None, None],
}  # fmt: skip


@pytest.fixture
async def admin(database: str) -> AsyncIterator[httpx.AsyncClient]:
    """The lab's administrator."""
    async with signed_in(api.app, Role.ADMIN) as client:
        yield client


@pytest.fixture
async def practice(admin: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at a practice."""
    async with signed_in(api.app, Role.ECP) as client:
        yield client


async def test_the_lab_s_settings_are_read_changed_and_read_again(admin, practice):
    before = (await practice.get(f"{URL}/lab")).json()
    assert (before["order_prefix"], before["version"], before["holidays"]) == ("ORD", 0, [])
    saved = await admin.put(f"{URL}/lab", json=LAB | {"version": 0})
    assert saved.status_code == 200
    assert saved.json() | LAB == saved.json()
    assert (await practice.get(f"{URL}/lab")).json() == saved.json()
    stale = await admin.put(f"{URL}/lab", json=LAB | {"version": 0})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_elsewhere")


async def test_what_cannot_be_is_answered_field_by_field(admin):
    bad = await admin.put(f"{URL}/lab", json=LAB | {"version": 0, "order_prefix": "?", "currency": "XXX"})
    assert bad.status_code == 422
    assert {error["field"] for error in bad.json()["errors"]} == {"order_prefix", "currency"}
    for broken in ({"opening_hours": [DAY]}, {"lead_time_days": "soon"}, {"surprise": 1}):
        answer = await admin.put(f"{URL}/lab", json=LAB | {"version": 0} | broken)
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_a_holiday_comes_and_goes(admin, practice):
    day = clock.today_in_lab().replace(year=clock.today_in_lab().year + 1, day=1).isoformat()
    added = await admin.post(f"{URL}/lab/holidays", json={"day": day, "name": "Founders' Day"})
    assert added.json()["holidays"] == [{"day": day, "name": "Founders' Day"}]
    assert (await practice.get(f"{URL}/lab")).json()["holidays"] == added.json()["holidays"]
    assert (await admin.delete(f"{URL}/lab/holidays/{day}")).json()["holidays"] == []
    assert (await admin.delete(f"{URL}/lab/holidays/{day}")).status_code == 404


async def test_the_lab_s_day_is_told_to_who_waits_for_it(practice):
    said = (await practice.get(f"{URL}/lab/today")).json()
    assert said["estimate"].startswith("The lab usually needs 5 working days: about ")
    assert said["open"] is (said["closed"] == "")


async def test_a_letterhead_and_its_logo(admin, practice, picture):
    lab_id = (await admin.get(f"{URL}/lab")).json()["lab_id"]
    path = f"{URL}/letterheads/{lab_id}"
    read = (await admin.get(path)).json()
    assert (read["name"], read["version"], read["logo"]) == ("Test", 0, False)
    wanted = {"name": "Meridian", "address_lines": ["4 Foundry Yard"], "postcode": "PL4 0SJ", "version": 0}
    saved = (await admin.put(path, json=wanted)).json()
    assert (saved["name"], saved["address_lines"], saved["version"]) == ("Meridian", ["4 Foundry Yard"], 1)
    assert (await practice.get(f"{URL}/lab/logo")).status_code == 404
    put = await admin.put(f"{path}/logo", content=picture(), headers={"content-type": "image/png"})
    assert put.json()["logo"] is True
    shown = await practice.get(f"{URL}/lab/logo")
    assert (shown.content, shown.headers["content-type"]) == (picture(), "image/png")
    assert (await admin.get(f"{path}/logo")).content == picture()
    refused = await admin.put(f"{path}/logo", content=b"<svg/>", headers={"content-type": "image/png"})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_that_picture")
    assert (await admin.delete(f"{path}/logo")).json()["logo"] is False
    assert (await practice.get(path)).status_code == 404


async def test_more_than_a_logo_may_be_is_refused_before_it_is_read_whole(admin):
    lab_id = (await admin.get(f"{URL}/lab")).json()["lab_id"]
    answer = await admin.put(f"{URL}/letterheads/{lab_id}/logo", content=b"\x89PNG" + b"0" * 3_000_000)
    assert answer.status_code == 413


async def test_one_s_own_settings_are_all_or_nothing(practice, admin):
    before = (await practice.get(f"{URL}/own")).json()
    assert before["theme"] == "system"
    assert all(before["in_app"].values())
    wanted = {"theme": "dark", "by_mail": {"invoice": False}}
    saved = (await practice.patch(f"{URL}/own", json=wanted)).json()
    assert (saved["theme"], saved["by_mail"]["invoice"], saved["in_app"]["invoice"]) == ("dark", False, True)
    refused = await practice.patch(f"{URL}/own", json={"theme": "light", "in_app": {"account": False}})
    assert refused.status_code == 422
    assert (await practice.get(f"{URL}/own")).json() == saved
    for broken in ({"theme": "pink"}, {"by_mail": {"gossip": True}}, {"surprise": 1}):
        assert (await practice.patch(f"{URL}/own", json=broken)).status_code == 422
    assert (await admin.get(f"{URL}/own")).json()["theme"] == "system"


async def test_there_is_one_lab_whose_settings_these_are(admin):
    known = await auth.the_lab()
    assert (await admin.get(f"{URL}/lab")).json()["lab_id"] == str(known.id)
