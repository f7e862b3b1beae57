"""How the lab works: set by its administrator, refused in words, changed by one at a time, read by everybody."""

import asyncio
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import OperationalError

from ils_app.kernel import clock, live, remembered
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.settings import following, handlers, reading
from ils_app.settings import service as settings
from ils_app.settings.errors import ChangedElsewhere
from ils_app.settings.service import Hours, LabDraft, LetterheadDraft, Theme

LONG_DAY = Hours(opens=time(7), closes=time(20))
WEEK = (LONG_DAY, LONG_DAY, LONG_DAY, LONG_DAY, LONG_DAY, Hours(opens=time(9), closes=time(13)), None)
WANTED = LabDraft(
    order_prefix=" mer ", lead_time_days=3, time_zone="America/New_York", opening_hours=WEEK, payment_terms_days=14,
    currency="USD",
)  # fmt: skip


async def test_what_an_administrator_sets_is_what_everybody_reads(house, facts):
    saved = await settings.set_lab_settings(house.admin, WANTED, 0)
    assert (saved.order_prefix, saved.lead_time_days, saved.time_zone) == ("MER", 3, "America/New_York")
    assert (saved.opening_hours, saved.payment_terms_days, saved.currency) == (WEEK, 14, "USD")
    assert (saved.version, saved.lab_id) == (1, house.lab.id)
    for role in Role:
        assert await settings.lab_settings(Actor(house.member.user_id, "X", role, house.supplier.id)) == saved
    lab = await settings.lab()
    assert (lab.order_prefix, lab.zone, lab.opening_hours) == ("MER", ZoneInfo("America/New_York"), WEEK)
    assert await facts() == [
        ("LabSettingsChanged", {"changed": [
            "order_prefix", "lead_time_days", "time_zone", "opening_hours", "payment_terms_days", "currency",
        ]}),
    ]  # fmt: skip


async def test_saving_the_same_again_changes_nothing(house, facts):
    saved = await settings.set_lab_settings(house.admin, WANTED, 0)
    assert await settings.set_lab_settings(house.admin, WANTED, 1) == saved
    assert len(await facts()) == 1


async def test_a_form_read_before_somebody_saved_is_refused_and_says_so(house):
    await settings.set_lab_settings(house.admin, WANTED, 0)
    with pytest.raises(ChangedElsewhere, match="changed elsewhere"):
        await settings.set_lab_settings(house.admin, WANTED.model_copy(update={"lead_time_days": 9}), 0)
    assert (await settings.lab()).lead_time_days == 3


async def test_of_two_who_save_at_once_one_is_told(house):
    first = WANTED.model_copy(update={"lead_time_days": 8})
    second = WANTED.model_copy(update={"lead_time_days": 9})
    answers = await asyncio.gather(
        *(settings.set_lab_settings(house.admin, draft, 0) for draft in (first, second)), return_exceptions=True
    )
    refused = [one for one in answers if isinstance(one, ChangedElsewhere)]
    kept = [one for one in answers if not isinstance(one, BaseException)]
    assert (len(refused), len(kept)) == (1, 1)
    assert (await settings.lab()).lead_time_days == kept[0].lead_time_days


@pytest.mark.parametrize(("changes", "field", "words"), [
    ({"order_prefix": "4EVER"}, "order_prefix", "letter first"),
    ({"order_prefix": "O"}, "order_prefix", "2 to 6"),
    ({"order_prefix": "ORD-1"}, "order_prefix", "letters and digits"),
    ({"order_prefix": "inv"}, "order_prefix", "INV is what other numbers"),
    ({"lead_time_days": 0}, "lead_time_days", "1 to 90"),
    ({"lead_time_days": 91}, "lead_time_days", "1 to 90"),
    ({"payment_terms_days": -1}, "payment_terms_days", "0 to 180"),
    ({"time_zone": "Mars/Olympus"}, "time_zone", "time zone"),
    ({"time_zone": "../etc/passwd"}, "time_zone", "time zone"),
    ({"currency": "JPY"}, "currency", "GBP"),
    ({"opening_hours": (None,) * 7}, "opening_hours", "one day"),
    ({"opening_hours": (Hours(opens=time(18), closes=time(8)), *WEEK[1:])}, "hours_monday", "closes after it opens"),
])  # fmt: skip
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(house, changes, field, words):
    with pytest.raises(Invalid) as refused:
        await settings.set_lab_settings(house.admin, WANTED.model_copy(update=changes), 0)
    assert set(refused.value.fields) == {field}
    assert words in refused.value.fields[field]
    assert (await settings.lab_settings(house.admin)).version == 0


async def test_every_problem_of_a_form_is_said_at_once(house):
    bad = WANTED.model_copy(update={"order_prefix": "!", "lead_time_days": 0, "currency": "XXX"})
    with pytest.raises(Invalid, match="2 more to correct") as refused:
        await settings.set_lab_settings(house.admin, bad, 0)
    assert set(refused.value.fields) == {"order_prefix", "lead_time_days", "currency"}


@pytest.mark.parametrize("role", [Role.ECP, Role.LAB, Role.ENGINEER, Role.SUPPLIER])
async def test_only_an_administrator_sets_how_the_lab_works(house, role):
    actor = Actor(house.member.user_id, "X", role, house.lab.id, manager=True, supervisor=True)
    for call in (
        settings.set_lab_settings(actor, WANTED, 0),
        settings.add_holiday(actor, clock.today_in_lab(), "Today off"),
        settings.remove_holiday(actor, clock.today_in_lab()),
    ):
        with pytest.raises(Forbidden):
            await call


async def test_a_holiday_is_added_renamed_and_removed(house, facts):
    day = clock.today_in_lab() + timedelta(days=30)
    added = await settings.add_holiday(house.admin, day, "  Midsummer   day ")
    assert [(holiday.day, holiday.name) for holiday in added.holidays] == [(day, "Midsummer day")]
    await settings.add_holiday(house.admin, day, "Midsummer day")
    renamed = await settings.add_holiday(house.admin, day, "Summer party")
    assert [holiday.name for holiday in renamed.holidays] == ["Summer party"]
    assert (await settings.lab()).holidays == renamed.holidays
    assert (await settings.remove_holiday(house.admin, day)).holidays == ()
    with pytest.raises(NotFound):
        await settings.remove_holiday(house.admin, day)
    told = [name for name, _ in await facts()]
    assert told == ["HolidayAdded", "HolidayAdded", "HolidayRemoved"]


async def test_holidays_are_no_part_of_the_form_s_version(house):
    await settings.set_lab_settings(house.admin, WANTED, 0)
    day = clock.today_in_lab() + timedelta(days=3)
    assert (await settings.add_holiday(house.admin, day, "A day off")).version == 1
    again = await settings.set_lab_settings(house.admin, WANTED.model_copy(update={"lead_time_days": 4}), 1)
    assert (again.version, len(again.holidays)) == (2, 1)


@pytest.mark.parametrize(("ahead", "name", "field"), [
    (-1, "Yesterday", "day"), (366 * 6, "Far ahead", "day"), (1, "  ", "name"), (1, "n" * 61, "name"),
])  # fmt: skip
async def test_a_holiday_that_cannot_be_is_refused(house, ahead, name, field):
    with pytest.raises(Invalid) as refused:
        await settings.add_holiday(house.admin, clock.today_in_lab() + timedelta(days=ahead), name)
    assert set(refused.value.fields) == {field}


async def test_the_clock_follows_the_lab_s_zone_at_once(house, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 23, 30, tzinfo=ZoneInfo("UTC")))
    assert clock.today_in_lab() == date(2026, 11, 24)
    await settings.set_lab_settings(house.admin, WANTED.model_copy(update={"time_zone": "Asia/Tokyo"}), 0)
    assert clock.lab_zone().key == "Asia/Tokyo"
    assert clock.today_in_lab() == date(2026, 11, 25)


async def test_another_process_s_change_is_heard(house, behind_its_back):
    """The note that comes through the database names the topic; what was remembered is read again."""
    await settings.set_lab_settings(house.admin, WANTED, 0)
    await settings.lab()
    await behind_its_back("UPDATE settings.lab SET lead_time_days = 7, time_zone = 'Asia/Tokyo'")
    assert (await settings.lab()).lead_time_days == 3  # remembered
    await live._hear([settings.LAB])
    assert clock.lab_zone().key == "Asia/Tokyo"
    assert (await settings.lab()).lead_time_days == 7


async def test_when_notes_were_lost_everything_is_read_again(house, behind_its_back):
    await settings.set_lab_settings(house.admin, WANTED, 0)
    await settings.change_preferences(house.member, theme=Theme.DARK)
    await settings.set_letterhead(house.admin, house.lab.id, LetterheadDraft(phone="01752 555010"), 0)
    for read in (settings.lab(), settings.preferences(house.member.user_id), settings.letterhead(house.lab.id)):
        await read
    await behind_its_back("UPDATE settings.lab SET lead_time_days = 7")
    await behind_its_back("UPDATE settings.person SET theme = 'light'")
    await behind_its_back("UPDATE settings.letterhead SET phone = '01752 555999'")
    await live._hear([live.EVERYTHING])
    assert (await settings.lab()).lead_time_days == 7
    assert (await settings.preferences(house.member.user_id)).theme is Theme.LIGHT
    assert (await settings.letterhead(house.lab.id)).phone == "01752 555999"


async def test_what_is_remembered_is_trusted_for_half_a_minute(house, behind_its_back, monkeypatch):
    await settings.set_lab_settings(house.admin, WANTED, 0)
    await settings.lab()
    await behind_its_back("UPDATE settings.lab SET lead_time_days = 7")
    started = remembered.monotonic()
    monkeypatch.setattr(remembered, "monotonic", lambda: started + 29)
    assert (await settings.lab()).lead_time_days == 3
    monkeypatch.setattr(remembered, "monotonic", lambda: started + 31)
    assert (await settings.lab()).lead_time_days == 7


async def test_a_process_takes_the_lab_s_zone_at_its_start_and_looks_again_by_itself(
    house, behind_its_back, monkeypatch
):
    await settings.set_lab_settings(house.admin, WANTED, 0)
    clock.set_lab_zone(clock.USUAL_ZONE)
    reading._lab.forget()
    monkeypatch.setattr(following, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(remembered, "TRUSTED_SECONDS", 0.0)
    async with following.followed():
        assert clock.lab_zone().key == "America/New_York"
        await behind_its_back("UPDATE settings.lab SET time_zone = 'Asia/Tokyo'")
        async with asyncio.timeout(5):
            while clock.lab_zone().key != "Asia/Tokyo":  # noqa: ASYNC110 - it looks by the clock, and tells nobody
                await asyncio.sleep(0.01)


async def test_a_process_starts_without_its_database_and_keeps_the_usual_zone(database, monkeypatch):
    async def away(_: int) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(reading._lab, "_read", away)
    async with following.followed():
        assert clock.lab_zone() is clock.USUAL_ZONE


async def test_what_the_lab_says_today_is_an_estimate_and_its_next_opening(house, monkeypatch):
    def at(day: int, hour: int) -> None:
        moment = datetime(2026, 12, day, hour, tzinfo=ZoneInfo("Europe/London"))
        monkeypatch.setattr(clock, "now", lambda: moment)

    at(1, 10)
    await settings.add_holiday(house.admin, date(2026, 12, 25), "Christmas Day")
    await settings.add_holiday(house.admin, date(2026, 12, 28), "Boxing Day")
    said = await settings.lab_today(house.member)
    assert (said.open, said.closed, said.about) == (True, "", date(2026, 12, 8))
    assert said.estimate == "The lab usually needs 5 working days: about Tuesday 8 December."
    at(24, 19)
    said = await settings.lab_today(house.member)
    assert said.closed == "The lab is closed now. It opens again on Tuesday 29 December at 08:00."
    assert said.about == date(2027, 1, 5)
    at(25, 12)
    said = await settings.lab_today(house.member)
    assert said.closed == "The lab is closed today (Christmas Day). It opens again on Tuesday 29 December at 08:00."
    at(29, 7)
    assert (await settings.lab_today(house.member)).closed == (
        "The lab is closed now. It opens again today at 08:00."
    )  # fmt: skip
    at(28, 7)
    assert "tomorrow at 08:00" in (await settings.lab_today(house.member)).closed


async def test_open_pages_hear_when_the_lab_opens_and_closes_and_not_between(house, monkeypatch):
    heard: list[str] = []

    async def ear(topics):
        heard.extend(topics)

    stop = live.subscribe(ear)
    try:
        for hour, minute, told in ((7, 59, 0), (8, 0, 1), (8, 1, 0), (17, 59, 0), (18, 0, 1), (18, 1, 0)):
            moment = datetime(2026, 11, 24, hour, minute, 5, tzinfo=ZoneInfo("Europe/London"))
            monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
            heard.clear()
            await handlers.mind_the_hours()
            assert heard.count(settings.LAB) == told, (hour, minute)
    finally:
        stop()
