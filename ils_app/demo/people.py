"""The people of the demo and where they work; fixed ids, so that a second seeding finds them."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from ils_app.auth import service as auth
from ils_app.auth.schemas import OrganisationKind
from ils_app.kernel.actor import Actor, Role
from ils_app.practices import service as practices
from ils_app.practices.service import PersonDraft, PracticeDraft, SiteDraft, StaffRole

SPACE = UUID("5f1d3a52-7a3c-4c1b-9a1e-1f0c1a5d0001")


def fixed(name: str) -> UUID:
    """The demo's id for a thing of this name."""
    return uuid5(SPACE, name)


@dataclass(frozen=True)
class Cast:
    """Who the demo's orders are placed by."""

    harbour: Actor
    mill: Actor
    technician: Actor
    admin: Actor


HARBOUR, MILL, LAB, LUMEN = (fixed(name) for name in ("harbour", "mill-lane", "northlight", "lumen"))

ORGANISATIONS = (
    (HARBOUR, "Harbour Eye Care", OrganisationKind.PRACTICE),
    (MILL, "Mill Lane Opticians", OrganisationKind.PRACTICE),
    (LAB, "Northlight Lab", OrganisationKind.LAB),
    (LUMEN, "Lumen Blanks", OrganisationKind.SUPPLIER),
)
PEOPLE: tuple[tuple[str, str, UUID, tuple[Role, ...], bool], ...] = (  # the last: manager, or supervisor at the lab
    ("ecp@harbour.example", "Olive Vance", HARBOUR, (Role.ECP,), True),
    ("sam@harbour.example", "Sam Ito", HARBOUR, (Role.ECP,), False),
    ("ecp@mill-lane.example", "Priya Nair", MILL, (Role.ECP,), True),
    ("lab@northlight.example", "Theo Brandt", LAB, (Role.LAB,), True),
    ("engineer@northlight.example", "Ines Calder", LAB, (Role.ENGINEER, Role.LAB), False),
    ("supplier@lumen.example", "Marco Bell", LUMEN, (Role.SUPPLIER,), False),
    ("admin@northlight.example", "Ada Winter", LAB, (Role.ADMIN,), False),
)
PRACTICES = (
    (HARBOUR, "Harbour Eye Care", "HARB-001", (("MAIN", "Quayside", "12 Quay Road", "PL1 2AB"),
                                               ("HILL", "Hill Street", "4 Hill Street", "PL4 8NN"))),
    (MILL, "Mill Lane Opticians", "MILL-001", (("MAIN", "Mill Lane", "31 Mill Lane", "EX4 3RT"),)),
)  # fmt: skip


async def seed(password: str) -> Cast:
    """Add organisations, people and practices that are not there yet."""
    admin = Actor(fixed("admin@northlight.example"), "Ada Winter", Role.ADMIN, LAB)
    known = {organisation.id for organisation in await auth.organisations(admin)}
    for key, name, kind in ORGANISATIONS:
        if key not in known:
            await auth.create_organisation(name=name, kind=kind, organisation_id=key)
    there = {person.email for person in await auth.demo_people()}
    for email, name, organisation_id, roles, senior in PEOPLE:
        if email not in there:
            await auth.create_user(
                email=email, name=name, password=password, organisation_id=organisation_id, roles=roles, demo=True,
                user_id=fixed(email), manager=senior and Role.ECP in roles, supervisor=senior and Role.LAB in roles,
            )  # fmt: skip
    for key, name, account, sites in PRACTICES:
        staff = tuple(
            PersonDraft(
                name=person, user_id=fixed(email), role=StaffRole.OPTOMETRIST, body="GOC", registration=f"01-{number}"
            )
            for number, (email, person, organisation_id, *_) in enumerate(PEOPLE, start=10_000)
            if organisation_id == key
        )
        await practices.register(
            PracticeDraft(
                id=key,
                name=name,
                account_number=account,
                phone="01752 000000",
                people=staff,
                sites=tuple(
                    SiteDraft(code=code, name=site, address_lines=(line,), postcode=postcode, default=code == "MAIN")
                    for code, site, line, postcode in sites
                ),
            )
        )
    return Cast(
        harbour=Actor(fixed("ecp@harbour.example"), "Olive Vance", Role.ECP, HARBOUR, manager=True),
        mill=Actor(fixed("ecp@mill-lane.example"), "Priya Nair", Role.ECP, MILL, manager=True),
        technician=Actor(fixed("lab@northlight.example"), "Theo Brandt", Role.LAB, LAB, supervisor=True),
        admin=admin,
    )
