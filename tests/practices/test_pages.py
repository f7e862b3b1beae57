"""What a practice's page does with what is typed into its forms."""

from uuid import UUID, uuid4

import pytest

from ils_app.auth import service as auth
from ils_app.kernel.actor import Role
from ils_app.practices import service
from ils_app.practices.pages.profile import ProfileState
from ils_app.practices.pages.roster import RosterState
from ils_app.practices.pages.state import PracticeState
from ils_app.practices.schemas import PersonDraft, PracticeDraft, PracticeView, ProfileDraft, SiteDraft
from tests.support.signed_in import PASSWORD
from tests.support.tabs import Tab


@pytest.fixture
async def practice(database: str) -> PracticeView:
    """A practice that can order."""
    added = await auth.create_organisation(name="Iris", kind=auth.OrganisationKind.PRACTICE)
    sites = (SiteDraft(code="MAIN", name="Main"),)
    return await service.register(PracticeDraft(id=added.id, name="Iris", account_number="40021", sites=sites))


@pytest.fixture
def at(practice, actor_of, monkeypatch):
    """The admin's tab on its page."""

    async def opened() -> Tab:
        tab = Tab(actor_of(Role.ADMIN), monkeypatch, f"/practices/{practice.id}")
        await tab.do(PracticeState.load)
        return tab

    return opened


async def an_account(practice_id: UUID) -> UUID:
    email = f"{uuid4().hex}@example.test"
    made = await auth.create_user(
        email=email, name="Olive Vance", password=PASSWORD, organisation_id=practice_id, roles=(Role.ECP,)
    )
    return made.user_id


async def test_the_form_of_somebody_suspended_names_their_account_and_saving_keeps_it(practice, at, actor_of):
    admin, user_id = actor_of(Role.ADMIN), await an_account(practice.id)
    draft = PersonDraft(name="Olive Vance", user_id=user_id)
    person = await service.add_staff(admin, practice.id, draft)
    await auth.suspend(admin, user_id, "On leave")
    tab = await at()
    await tab.do(RosterState.edit_person, str(person.id))
    form = tab.state(RosterState)
    assert form.person["user_id"] in {one.value for one in form.accounts}
    await tab.do(RosterState.save_person, {**form.person, "body": "GOC"})
    [kept] = (await service.profile(practice.id)).people
    assert (kept.user_id, kept.body) == (user_id, "GOC")
    await tab.do(RosterState.new_person)
    assert str(user_id) not in {one.value for one in form.accounts}


async def test_an_account_number_is_saved_over_what_was_read_and_not_over_what_came_since(practice, at, actor_of):
    admin, tab = actor_of(Role.ADMIN), await at()
    await tab.do(ProfileState.edit_number)
    await service.change_account(admin, practice.id, "40099", practice.version)
    await tab.do(PracticeState.refresh)  # the page shows the other's number; the form is still open
    form = tab.state(ProfileState)
    await tab.do(ProfileState.save_number, {"account_number": "40050"})
    assert "40099" in form.number_problem
    assert (await service.profile(practice.id)).account_number == "40099"
    await tab.do(ProfileState.save_number, {"account_number": "40050"})
    assert (await service.profile(practice.id)).account_number == "40050"
    assert not form.numbering


async def test_a_practice_that_was_missing_is_shown_once_it_is_there(practice, at, actor_of, monkeypatch):
    tab, state = await at(), PracticeState
    await service.edit_profile(actor_of(Role.ADMIN), practice.id, ProfileDraft(note="Hello"), practice.version)
    tab.state(state).missing = True
    await tab.do(state.refresh)
    assert (tab.state(state).missing, tab.state(state).profile["note"]) == (False, "Hello")
