"""What the demo's practices say about themselves, and who works there without an account."""

from typing import Final

from ils_app.demo.people import Cast
from ils_app.kernel.actor import Actor
from ils_app.practices import service as practices
from ils_app.practices.service import PersonDraft, ProfileDraft, StaffRole

HARBOUR: Final = ProfileDraft(
    phone="01752 600 100",
    email="desk@harbour.example",
    website="https://www.harbour.example",
    note="Quayside is closed on Wednesday afternoons: leave parcels with the chandler next door.",
)
MILL: Final = ProfileDraft(phone="01392 400 210", email="hello@mill-lane.example", website="https://mill-lane.example")
HARBOUR_STAFF: Final = (
    PersonDraft(name="Ana Reyes", role=StaffRole.DISPENSING_OPTICIAN, body="GOC", registration="D-10412"),
    PersonDraft(name="Tom Ashby", role=StaffRole.OPTICAL_ASSISTANT),
)
MILL_STAFF: Final = (
    PersonDraft(name="Huw Parry", role=StaffRole.CONTACT_LENS_OPTICIAN, body="GOC", registration="D-9921"),
)


async def seed(cast: Cast) -> None:
    """Fill in both practices' pages, once: what somebody changed since is left alone."""
    for actor, profile, staff in ((cast.harbour, HARBOUR, HARBOUR_STAFF), (cast.mill, MILL, MILL_STAFF)):
        await _practice(actor, profile, staff)


async def _practice(actor: Actor, profile: ProfileDraft, staff: tuple[PersonDraft, ...]) -> None:
    view = await practices.practice(actor, actor.organisation_id)
    if view.version > 1:
        return
    there = {person.name for person in view.people}
    for person in staff:
        if person.name not in there:
            await practices.add_staff(actor, view.id, person)
    await practices.edit_profile(actor, view.id, profile, view.version)
