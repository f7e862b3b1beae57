"""What the demo's organisations have set: the lab's address, logo, hours and holidays, and everybody's letterhead."""

import io
from datetime import date, time, timedelta
from typing import Final
from uuid import UUID

from PIL import Image, ImageDraw

from ils_app.demo.people import HARBOUR, LAB, LUMEN, MILL, fixed
from ils_app.kernel import clock
from ils_app.kernel.actor import Actor, Role
from ils_app.settings import service as settings
from ils_app.settings.service import Hours, LabDraft, LetterheadDraft

DAY: Final = Hours(opens=time(7, 30), closes=time(18))
SATURDAY: Final = Hours(opens=time(9), closes=time(13))
TEAL: Final = (15, 118, 110)
HOLIDAYS: Final = {(1, 1): "New Year's Day", (12, 25): "Christmas Day", (12, 26): "Boxing Day"}

LETTERHEADS: Final = (
    (LAB, LetterheadDraft(
        name="Northlight Lab", address_lines=("Unit 7, Foundry Yard", "Sutton Harbour", "Plymouth"),
        postcode="PL4 0RA", country="United Kingdom", phone="+44 1752 555 010", email="orders@northlight.example",
        website="www.northlight.example", tax_number="GB 284 6150 37", company_number="09416352",
        bank_details="Northlight Lab, Harbour Bank, sort code 00-00-00, account 00000000")),
    (HARBOUR, LetterheadDraft(
        name="Harbour Eye Care", address_lines=("12 Quay Road", "Plymouth"), postcode="PL1 2AB",
        country="United Kingdom", phone="+44 1752 555 120", email="hello@harbour.example")),
    (MILL, LetterheadDraft(
        name="Mill Lane Opticians", address_lines=("31 Mill Lane", "Exeter"), postcode="EX4 3RT",
        country="United Kingdom", phone="+44 1392 555 231", email="desk@mill-lane.example")),
    (LUMEN, LetterheadDraft(
        name="Lumen Blanks Ltd", address_lines=("Kilnfield Works", "Telford"), postcode="TF3 4NT",
        country="United Kingdom", phone="+44 1952 555 340", email="sales@lumen.example", tax_number="GB 719 3342 08")),
)  # fmt: skip


async def seed() -> None:
    """Set what nobody has set yet; what somebody changed since stays as they left it."""
    admin = Actor(fixed("admin@northlight.example"), "Ada Winter", Role.ADMIN, LAB)
    for organisation_id, draft in LETTERHEADS:
        if (await settings.letterhead_view(admin, organisation_id)).version == 0:
            await settings.set_letterhead(admin, organisation_id, draft, 0)
            await _draw_logo(admin, organisation_id, draft.name)
    lab = await settings.lab_settings(admin)
    if lab.version == 0:
        await settings.set_lab_settings(admin, _how_it_works(), 0)
        for day, name in _next_holidays(clock.today_in_lab()):
            await settings.add_holiday(admin, day, name)


def _how_it_works() -> LabDraft:
    return LabDraft(
        order_prefix="ORD", lead_time_days=5, time_zone="Europe/London", payment_terms_days=30, currency="GBP",
        opening_hours=(DAY, DAY, DAY, DAY, DAY, SATURDAY, None),
    )  # fmt: skip


def _next_holidays(today: date) -> list[tuple[date, str]]:
    """The fixed holidays within a year from today."""
    days = (today + timedelta(days=ahead) for ahead in range(366))
    return [(day, HOLIDAYS[day.month, day.day]) for day in days if (day.month, day.day) in HOLIDAYS]


async def _draw_logo(admin: Actor, organisation_id: UUID, name: str) -> None:
    """A mark of its own for each: two lenses that cross for the lab, one letter in a ring for the others."""
    picture = Image.new("RGB", (480, 240), "white")
    pen = ImageDraw.Draw(picture)
    if organisation_id == LAB:
        for left in (110, 190):
            pen.ellipse((left, 30, left + 180, 210), outline=TEAL, width=14)
        pen.line((240, 52, 240, 188), fill=TEAL, width=14)
    else:
        pen.ellipse((150, 30, 330, 210), outline=TEAL, width=14)
        pen.text((240, 120), name[0], fill=TEAL, anchor="mm", font_size=110)
    body = io.BytesIO()
    picture.save(body, "PNG")
    await settings.put_logo(admin, organisation_id, "logo.png", body.getvalue())
