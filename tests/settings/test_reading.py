"""What other rooms read of this one before anybody has set anything."""

from datetime import date
from uuid import uuid4

import pytest

from ils_app.auth import service as auth
from ils_app.kernel.errors import NotFound
from ils_app.settings import service as settings
from ils_app.settings.service import NotificationKind, Theme


async def test_a_lab_that_said_nothing_works_as_labs_usually_do(database):
    lab = await settings.lab()
    assert (lab.order_prefix, lab.lead_time_days, lab.zone.key) == ("ORD", 5, "Europe/London")
    assert (lab.payment_terms_days, lab.currency.value, lab.holidays) == (30, "GBP", ())
    assert [hours is not None for hours in lab.opening_hours] == [True] * 5 + [False] * 2
    assert await settings.working_day_after(5, date(2026, 11, 24)) == date(2026, 12, 1)
    assert await settings.working_day_after(0, date(2026, 11, 28)) == date(2026, 11, 30)


async def test_an_organisation_without_a_letterhead_goes_by_its_own_name(database):
    made = await auth.create_organisation(name="Harbour Eyecare", kind=auth.OrganisationKind.PRACTICE)
    head = await settings.letterhead(made.id)
    assert (head.name, head.lines, head.contacts, head.logo) == ("Harbour Eyecare", (), (), None)
    assert await settings.logo(head) is None
    with pytest.raises(NotFound):
        await settings.letterhead(uuid4())


async def test_who_never_chose_is_told_everything(database):
    likes = await settings.preferences(uuid4())
    assert likes.theme is Theme.SYSTEM
    assert likes.in_app == likes.by_mail == frozenset(NotificationKind)
