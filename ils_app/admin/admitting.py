"""Letting in who signed up: the organisation if it is new, a practice's account with the lab, then the account."""

from typing import Final
from uuid import UUID, uuid5

from ils_app.admin.errors import DecidedAlready
from ils_app.admin.schemas import Admission, NewPlace
from ils_app.auth import service as auth
from ils_app.auth.schemas import Grant, OrganisationDraft, OrganisationKind, PersonStatus, PersonView
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Invalid
from ils_app.kernel.permissions import door
from ils_app.practices import service as practices
from ils_app.practices.schemas import PracticeDraft, SiteDraft

NAMES: Final = UUID("5b0f3f0e-6f6b-4d0e-9a1c-0d6a7e4c1f52")
"""The namespace of organisations made for a request: asking twice for the same request makes one."""

KIND_OF: Final = {Role.ECP: OrganisationKind.PRACTICE, Role.SUPPLIER: OrganisationKind.SUPPLIER}
FIELDS: Final = {"name": "site_name", "code": "site_code", "address_lines": "address"}


@door("people.manage")
async def admit(actor: Actor, user_id: UUID, admission: Admission) -> PersonView:
    """Let somebody in who signed up, so that they can work at once: a new practice gets its account and its site first.

    Whatever breaks off half way is taken up where it stood by doing it again. Raises Invalid by field, what the
    practices room refuses (AccountTaken), RoleDoesNotFit, DecidedAlready, NotFound.
    """
    person = await auth.person(actor, user_id)
    if person.status is not PersonStatus.PENDING:
        raise DecidedAlready(person.name, person.status.value)
    organisation_id = admission.organisation_id
    if admission.new is not None:
        organisation_id = await _new_place(actor, user_id, admission.role, admission.new)
    if organisation_id is None:
        raise Invalid("Say where they work.", fields={"organisation_id": "Choose one, or add a new one."})
    given = Grant(organisation_id=organisation_id, roles=(admission.role,), manager=admission.manager)
    return await auth.approve(actor, user_id, given)


async def _new_place(actor: Actor, user_id: UUID, role: Role, new: NewPlace) -> UUID:
    kind = KIND_OF.get(role)
    if kind is None:
        raise Invalid("The lab's own people are added under People.", fields={"role": "Choose another."})
    organisation_id = uuid5(NAMES, f"{user_id}:{kind.value}")
    draft = OrganisationDraft(name=new.name, kind=kind)
    practice = _practice(organisation_id, new) if kind is OrganisationKind.PRACTICE else None
    made = await auth.add_organisation(actor, draft, organisation_id)
    if made.name != " ".join(new.name.split()):  # an earlier try, and the name was corrected since
        await auth.rename_organisation(actor, organisation_id, new.name)
    if practice is not None:
        await practices.open_practice(actor, practice)
    return organisation_id


def _practice(organisation_id: UUID, new: NewPlace) -> PracticeDraft:
    """The practice with its first site, or every problem with both at once."""
    problems: dict[str, str] = {}
    site: SiteDraft | None = None
    lines = tuple(line for line in map(str.strip, new.address.splitlines()) if line)
    entered = {
        "code": new.site_code,
        "name": new.site_name or new.name,
        "address_lines": lines,
        "postcode": new.postcode,
        "country": new.country,
        "default": True,
    }
    try:
        site = SiteDraft.read(entered)
    except Invalid as refused:
        problems = {FIELDS.get(name, name): text for name, text in refused.fields.items()}
    try:
        draft = PracticeDraft.read(
            {
                "id": organisation_id,
                "name": new.name,
                "account_number": new.account_number,
                "phone": new.phone or None,
                "sites": (site,) if site else (),
            }
        )
    except Invalid as refused:
        problems |= refused.fields
    if problems:
        raise Invalid("Some of this is missing or wrong.", fields=problems)
    return draft
