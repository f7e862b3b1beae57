"""What stands on an organisation's documents: who may write it, what is refused, and what a logo is."""

import asyncio
from uuid import uuid4

import pytest

from ils_app.auth import service as auth
from ils_app.kernel import config
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.settings import pictures
from ils_app.settings import service as settings
from ils_app.settings.errors import ChangedElsewhere, NotThatPicture
from ils_app.settings.service import LetterheadDraft

WANTED = LetterheadDraft(
    name="Meridian Optical Laboratory Ltd", address_lines=(" 4 Foundry Yard ", "", "Cattedown\t"), postcode="PL4 0SJ",
    country="United Kingdom", phone="+44 (0)1752 555 010", email="Office@Meridian.example",
    website="www.meridian.example", tax_number="GB 123 4567 89", company_number="09876543",
    bank_details=" Plym Bank, account  12345678 ",
)  # fmt: skip


async def test_what_is_written_is_what_stands_on_the_documents(house, facts):
    saved = await settings.set_letterhead(house.admin, house.lab.id, WANTED, 0)
    head = await settings.letterhead(house.lab.id)
    assert head == saved.letterhead
    assert head.name == "Meridian Optical Laboratory Ltd"
    assert head.lines == ("4 Foundry Yard", "Cattedown", "PL4 0SJ", "United Kingdom")
    assert head.contacts == ("+44 (0)1752 555 010", "office@meridian.example", "www.meridian.example")
    assert (head.tax_number, head.company_number) == ("GB 123 4567 89", "09876543")
    assert head.bank_details == "Plym Bank, account 12345678"
    assert (saved.organisation_name, saved.version) == ("Meridian Lens Lab", 1)
    ((name, body),) = await facts()
    assert (name, body["organisation_id"]) == ("LetterheadChanged", str(house.lab.id))
    assert "phone" in body["changed"]
    assert "+44" not in str(body)


async def test_a_name_that_is_the_organisation_s_own_goes_on_following_it(house):
    same = LetterheadDraft(name="Harbour Eyecare", postcode="PL1 1AA")
    saved = await settings.set_letterhead(house.manager, house.practice.id, same, 0)
    assert saved.letterhead.name == "Harbour Eyecare"
    await auth.rename_organisation(house.admin, house.practice.id, "Harbour Vision")
    assert (await settings.letterhead(house.practice.id)).name == "Harbour Vision"


async def test_who_signs_in_or_out_has_no_letterhead_read_again(house, monkeypatch):
    await auth.create_user(
        email="ada@meridian.example", name="Ada", password="violet-meniscus-42", organisation_id=house.lab.id,
        roles=(Role.ADMIN,),
    )  # fmt: skip
    read = []
    real = auth.organisation_name
    monkeypatch.setattr(auth, "organisation_name", lambda one: read.append(one) or real(one))
    for _ in range(2):
        await settings.letterhead(house.lab.id)
        signed_in = await auth.sign_in("ada@meridian.example", "violet-meniscus-42", address="192.0.2.1")
        await auth.sign_out(signed_in.token)
    assert read == [house.lab.id]


async def test_a_practice_s_manager_writes_its_own_and_no_other(house):
    saved = await settings.set_letterhead(house.manager, house.practice.id, LetterheadDraft(name="Harbour"), 0)
    assert saved.letterhead.name == "Harbour"
    for organisation in (house.other, house.lab, house.supplier):
        with pytest.raises(NotFound):
            await settings.set_letterhead(house.manager, organisation.id, LetterheadDraft(name="Mine"), 0)
        with pytest.raises(NotFound):
            await settings.letterhead_view(house.manager, organisation.id)


async def test_a_member_who_is_no_manager_reads_the_letterhead_and_writes_nothing(house, picture):
    await settings.set_letterhead(house.manager, house.practice.id, LetterheadDraft(phone="01752 555010"), 0)
    assert (await settings.letterhead_view(house.member, house.practice.id)).letterhead.phone == "01752 555010"
    for call in (
        settings.set_letterhead(house.member, house.practice.id, LetterheadDraft(), 1),
        settings.put_logo(house.member, house.practice.id, "logo.png", picture()),
        settings.remove_logo(house.member, house.practice.id),
    ):
        with pytest.raises(Forbidden):
            await call


@pytest.mark.parametrize("role", [Role.LAB, Role.ENGINEER, Role.SUPPLIER])
async def test_nobody_else_writes_letterheads(house, role):
    home = house.supplier if role is Role.SUPPLIER else house.lab
    actor = Actor(house.member.user_id, "X", role, home.id, manager=True, supervisor=True)
    with pytest.raises(Forbidden):
        await settings.set_letterhead(actor, home.id, LetterheadDraft(name="Ours"), 0)


async def test_an_administrator_writes_those_of_practices_and_suppliers(house):
    for organisation in (house.practice, house.supplier):
        saved = await settings.set_letterhead(house.admin, organisation.id, LetterheadDraft(postcode="PL1"), 0)
        assert saved.letterhead.lines == ("PL1",)


async def test_a_form_read_before_somebody_saved_is_refused(house):
    await settings.set_letterhead(house.admin, house.practice.id, LetterheadDraft(phone="01752 555010"), 0)
    with pytest.raises(ChangedElsewhere):
        await settings.set_letterhead(house.manager, house.practice.id, LetterheadDraft(phone="01752 555011"), 0)
    assert (await settings.letterhead(house.practice.id)).phone == "01752 555010"


async def test_of_two_first_letterheads_written_at_once_one_is_told(house):
    answers = await asyncio.gather(
        *(
            settings.set_letterhead(actor, house.practice.id, LetterheadDraft(postcode=code), 0)
            for actor, code in ((house.admin, "PL1"), (house.manager, "PL2"))
        ),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in answers) == ["ChangedElsewhere", "LetterheadView"]


@pytest.mark.parametrize(("changes", "field"), [
    ({"name": "n" * 121}, "name"),
    ({"address_lines": ("1", "2", "3", "4", "5")}, "address_lines"),
    ({"address_lines": ("a" * 101,)}, "address_lines"),
    ({"postcode": "P" * 17}, "postcode"),
    ({"phone": "call us"}, "phone"),
    ({"phone": "12"}, "phone"),
    ({"email": "office at meridian"}, "email"),
    ({"website": "javascript:alert(1)"}, "website"),
    ({"website": "our site"}, "website"),
    ({"website": "meridian"}, "website"),
    ({"tax_number": "9" * 33}, "tax_number"),
])  # fmt: skip
async def test_a_line_that_cannot_be_is_refused_beside_its_field(house, changes, field):
    with pytest.raises(Invalid) as refused:
        await settings.set_letterhead(house.admin, house.lab.id, WANTED.model_copy(update=changes), 0)
    assert set(refused.value.fields) == {field}
    assert (await settings.letterhead_view(house.admin, house.lab.id)).version == 0


@pytest.mark.parametrize("good", ["www.meridian.example", "https://meridian.example/office", "meridian.co.uk"])
async def test_a_website_is_taken_as_people_write_it(house, good):
    saved = await settings.set_letterhead(house.admin, house.lab.id, LetterheadDraft(website=good), 0)
    assert saved.letterhead.website == good


async def test_an_organisation_there_is_not_has_no_letterhead(house):
    for call in (
        settings.letterhead_view(house.admin, house.admin.user_id),
        settings.set_letterhead(house.admin, house.admin.user_id, WANTED, 0),
        settings.put_logo(house.admin, house.admin.user_id, "logo.png", b"x"),
    ):
        with pytest.raises(NotFound):
            await call


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
async def test_a_logo_is_told_by_its_bytes_and_shown_at_once(house, picture, facts, kind, media_type):
    body = picture(kind)
    saved = await settings.put_logo(house.admin, house.lab.id, "drawing.exe", body)
    assert saved.letterhead.logo is not None
    head = await settings.letterhead(house.lab.id)
    assert await settings.logo(head) == body
    for shown in (
        await settings.logo_picture(house.admin, house.lab.id),
        await settings.lab_logo(house.member),
    ):
        assert (shown.body, shown.media_type) == (body, media_type)
    ((name, told),) = await facts()
    assert (name, told["changed"]) == ("LetterheadChanged", ["logo"])


async def test_a_logo_leaves_what_is_being_typed_beside_it_alone(house, picture):
    await settings.put_logo(house.admin, house.lab.id, "logo.png", picture())
    saved = await settings.set_letterhead(house.admin, house.lab.id, WANTED, 0)
    assert saved.letterhead.logo is not None
    again = await settings.remove_logo(house.admin, house.lab.id)
    assert (again.letterhead.logo, again.version) == (None, 1)
    assert await settings.remove_logo(house.admin, house.lab.id) == again
    with pytest.raises(NotFound):
        await settings.lab_logo(house.member)


async def test_what_is_no_picture_is_refused_whatever_it_is_called(house, picture):
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    whole = picture()
    for body, words in (
        (b"", "empty"),
        (svg, "Only PNG and JPEG"),
        (picture("GIF"), "Only PNG and JPEG"),
        (b"%PDF-1.7 not a picture", "Only PNG and JPEG"),
        (whole[: len(whole) // 2], "damaged"),
        (whole[:8] + b"\x00" * 200, "damaged"),
        (picture(size=(8, 8)), "8 × 8"),
        (picture(size=(4001, 20)), "4001 × 20"),
        (whole + b"\x00" * pictures.MOST_BYTES, "at most 500 kB"),
    ):
        with pytest.raises(NotThatPicture, match=words) as refused:
            await settings.put_logo(house.admin, house.lab.id, "logo.png", body)
        assert set(refused.value.fields) == {"logo"}
    assert (await settings.letterhead(house.lab.id)).logo is None


async def test_a_logo_whose_file_is_gone_leaves_the_letterhead_readable(house, picture):
    await settings.put_logo(house.admin, house.lab.id, "logo.png", picture())
    head = await settings.letterhead(house.lab.id)
    for path in (config.current().home / ".ils" / "files").glob(str(head.logo.id)):
        path.unlink()
    assert await settings.logo(head) is None


async def test_before_there_is_a_lab_there_is_no_logo_of_it(database):
    nobody = Actor(uuid4(), "X", Role.SUPPLIER, uuid4())
    with pytest.raises(NotFound):
        await settings.lab_logo(nobody)
    assert (await settings.lab_settings(nobody)).lab_id is None
    assert await auth.the_lab() is None
