"""Technical documents: what a file is is told from its content, versions replace each other, an end is said before."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from ils_app.kernel import files
from ils_app.kernel.actor import Actor
from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.errors import Forbidden, Invalid, NotFound
from ils_app.kernel.roles import Role
from ils_app.notifications import service as notifications
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.document_schemas import MOST_BYTES
from ils_app.suppliers.expiring import remind_of_expiry
from ils_app.suppliers.room import room

TODAY = today_in_lab()
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 64
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 64
TEXT = "Härtebad: pH 9,5 – nicht einatmen.\n".encode()


def a_draft(**fields) -> suppliers.DocumentDraft:
    return suppliers.DocumentDraft(
        **{"title": "Hard coat 7, safety data", "kind": "sds", "valid_until": in_days(200), **fields}
    )


def in_days(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def kept() -> int:
    return len(list(files._folder().iterdir()))


@pytest.mark.parametrize(
    ("name", "body", "kind", "shown"),
    [
        ("sds.pdf", PDF, "application/pdf", "sds.pdf"),
        ("sds.exe", PDF, "application/pdf", "sds.pdf"),
        ("scan.png", PNG, "image/png", "scan.png"),
        ("../../scan.JPEG", JPEG, "image/jpeg", "scan.JPEG"),
        ("", TEXT, "text/plain", "document.txt"),
        ("table.csv", b"a;b\n1;2\n", "text/plain", "table.csv"),
        ("page.html", b"<script>alert(1)</script>", "text/plain", "page.txt"),
    ],
)
async def test_what_a_file_is_is_told_from_its_content(theo, marco, name, body, kind, shown):
    added = await suppliers.add_document(marco, a_draft(), name, body)
    assert (added.versions[0].content_type, added.versions[0].name, added.number) == (kind, shown, 1)
    ref, content_type, back = await suppliers.download_document(theo, added.versions[0].id)
    assert (ref.name, content_type, back) == (shown, kind, body)


@pytest.mark.parametrize(
    "body",
    [b"MZ\x90\x00" + b"\x00" * 200, b"PK\x03\x04" + b"\x00" * 300, b"GIF89a" + b"\x01" * 60, b"text \x00 with zero",
     b"\xff\xfe\x00t", b"a" * 5000 + b"\xff", b"a" * 5000 + b"\x01", "ü".encode()[:1]],
    ids=["program", "zip", "gif", "zero", "utf16", "late byte", "late control", "half a letter"],
)  # fmt: skip
async def test_what_is_none_of_the_kinds_is_refused_with_a_sentence_and_not_kept(marco, body):
    before = kept()
    with pytest.raises(suppliers.WrongContent, match="PDF") as refused:
        await suppliers.add_document(marco, a_draft(), "sds.pdf", body)
    assert set(refused.value.fields) == {"file"}
    assert kept() == before
    assert (await suppliers.documents_page(marco)).total == 0


async def test_a_file_that_is_too_large_is_refused_as_soon_as_it_is_and_leaves_nothing(marco):
    sent = 0

    async def endless():
        nonlocal sent
        yield PDF
        while True:
            sent += 1
            yield b"x" * 1_000_000

    before = kept()
    with pytest.raises(Invalid, match="10 MB"):
        await suppliers.add_document(marco, a_draft(), "large.pdf", endless())
    assert sent <= MOST_BYTES // 1_000_000 + 1
    with pytest.raises(Invalid):
        await suppliers.add_document(marco, a_draft(), "empty.pdf", b"")
    assert kept() == before


async def test_wrong_words_are_said_by_field_before_the_file_is_looked_at(marco):
    async def never():
        raise AssertionError("nobody reads it")
        yield b""

    with pytest.raises(Invalid) as refused:
        await suppliers.add_document(marco, a_draft(title=" ", kind="novel", valid_until=in_days(-1)), "a", never())
    assert set(refused.value.fields) == {"title", "kind", "valid_until"}


async def test_a_newer_version_replaces_and_the_older_ones_are_kept(theo, marco):
    first = await suppliers.add_document(marco, a_draft(valid_until=in_days(5)), "one.pdf", PDF)
    assert first.state is suppliers.DocumentState.EXPIRING
    second = await suppliers.add_version(marco, first.id, in_days(400), "two.png", PNG)
    assert (second.number, second.state, second.valid_until.isoformat()) == (2, "valid", in_days(400))
    assert [(one.number, one.name) for one in second.versions] == [(2, "two.png"), (1, "one.pdf")]
    for version, body in zip(second.versions, (PNG, PDF), strict=True):
        assert (await suppliers.download_document(theo, version.id))[2] == body
    endless = await suppliers.add_version(marco, first.id, "", "three.txt", TEXT)
    assert (endless.valid_until, endless.state) == (None, "valid")


async def test_a_document_is_called_otherwise_and_withdrawn_and_stays_to_be_read(theo, marco):
    added = await suppliers.add_document(marco, a_draft(), "one.pdf", PDF)
    named = await suppliers.edit_document(marco, added.id, "Coating 7", "certificate", added.version)
    assert (named.title, named.kind) == ("Coating 7", "certificate")
    with pytest.raises(suppliers.ChangedElsewhere):
        await suppliers.edit_document(marco, added.id, "Coating 8", "sds", added.version)
    gone = await suppliers.withdraw_document(marco, added.id)
    assert await suppliers.withdraw_document(marco, added.id) == gone
    assert (gone.state, gone.may_write) == ("withdrawn", False)
    counts = await suppliers.document_counts(theo)
    assert [counts.of(view) for view in suppliers.DocumentList] == [0, 0, 0, 1]
    assert (await suppliers.download_document(theo, gone.versions[0].id))[2] == PDF
    for act in (
        lambda: suppliers.add_version(marco, added.id, "", "two.pdf", PDF),
        lambda: suppliers.edit_document(marco, added.id, "Coating 9", "sds", gone.version),
    ):
        with pytest.raises(suppliers.NotThatMove):
            await act()


async def test_documents_are_read_by_the_lab_and_written_by_their_supplier_alone(theo, marco, anna, lumen):
    added = await suppliers.add_document(marco, a_draft(), "one.pdf", PDF)
    before = kept()
    for role in (Role.LAB, Role.ENGINEER, Role.ADMIN):
        reader = Actor(uuid4(), "Somebody", role, theo.organisation_id)
        assert (await suppliers.document(reader, added.id)).may_write is False
        with pytest.raises(Forbidden):
            await suppliers.add_document(reader, a_draft(), "two.pdf", PDF)
    with pytest.raises(Forbidden):
        await suppliers.documents_page(Actor(uuid4(), "Olive", Role.ECP, uuid4()))
    for act in (
        lambda: suppliers.document(anna, added.id),
        lambda: suppliers.download_document(anna, added.versions[0].id),
        lambda: suppliers.add_version(anna, added.id, "", "two.pdf", PDF),
        lambda: suppliers.edit_document(anna, added.id, "Mine", "sds", 1),
        lambda: suppliers.withdraw_document(anna, added.id),
        lambda: suppliers.document(theo, uuid4()),
        lambda: suppliers.download_document(theo, uuid4()),
    ):
        with pytest.raises(suppliers.NoSuchDocument):
            await act()
    with pytest.raises(NotFound):
        await suppliers.documents_page(anna, supplier_id=lumen.id)
    with pytest.raises(suppliers.NoSuchSupplier):
        await suppliers.add_document(Actor(uuid4(), "Nobody", Role.SUPPLIER, uuid4()), a_draft(), "two.pdf", PDF)
    assert (await suppliers.documents_page(anna)).total == 0
    assert kept() == before


async def test_the_library_is_found_filtered_and_counted_truly(theo, marco, anna):
    for number, days in enumerate((400, 30, 7, 0)):
        await suppliers.add_document(marco, a_draft(title=f"Sheet {number}", valid_until=in_days(days)), "a.pdf", PDF)
    await suppliers.add_document(anna, a_draft(title="ISO 9001", kind="certificate", valid_until=""), "b.pdf", PDF)
    old = await suppliers.add_document(anna, a_draft(title="Spent", valid_until=in_days(3)), "c.pdf", PDF)
    async with room.unit_of_work() as uow:
        await uow.session.execute(
            text("UPDATE suppliers.document SET valid_until = :day WHERE id = :id"),
            {"day": TODAY - timedelta(days=1), "id": old.id},
        )
    counts = await suppliers.document_counts(theo)
    assert [counts.of(view) for view in suppliers.DocumentList] == [6, 3, 1, 0]
    for view in suppliers.DocumentList:
        assert (await suppliers.documents_page(theo, view=view)).total == counts.of(view)
    assert (await suppliers.document_counts(anna)).of(suppliers.DocumentList.EXPIRED) == 1
    assert [row.title for row in (await suppliers.documents_page(theo)).rows][:2] == ["Spent", "Sheet 3"]
    assert [row.title for row in (await suppliers.documents_page(theo, text="lumen sheet 2")).rows] == ["Sheet 2"]
    only = await suppliers.documents_page(theo, kind=suppliers.DocumentKind.CERTIFICATE)
    assert [row.title for row in only.rows] == ["ISO 9001"]


async def test_both_sides_are_reminded_thirty_and_seven_days_before_once_each(
    theo, marco, lumen, carrier, work_off, signed_up, monkeypatch
):
    mine, theirs = await signed_up(lumen.id, "supplier"), await signed_up(theo.organisation_id, "lab_tech")
    engineer, admin = [await signed_up(theo.organisation_id, role) for role in ("engineer", "admin")]
    added = await suppliers.add_document(marco, a_draft(valid_until=in_days(40)), "a.pdf", PDF)

    async def on_day(days: int) -> int:
        for place in ("expiring", "document_lists"):
            monkeypatch.setattr(f"ils_app.suppliers.{place}.today_in_lab", lambda: TODAY + timedelta(days=days))
        said = await remind_of_expiry() + await remind_of_expiry()
        await work_off()
        return said

    assert [await on_day(days) for days in (9, 10, 11, 32, 33, 34, 40, 41)] == [0, 1, 0, 0, 1, 0, 0, 0]
    for reader, many in ((mine, 2), (theirs, 2), (engineer, 2), (admin, 0)):
        told = (await notifications.notifications(reader)).rows
        assert len(told) == many
        assert all("Hard coat 7" in one.title for one in told)
    assert (await suppliers.document(theo, added.id)).state is suppliers.DocumentState.EXPIRED


async def test_one_put_up_with_days_left_is_reminded_of_once_and_a_new_version_afresh(theo, marco, carrier, work_off):
    added = await suppliers.add_document(marco, a_draft(valid_until=in_days(3)), "a.pdf", PDF)
    assert [await remind_of_expiry(), await remind_of_expiry()] == [1, 0]
    await suppliers.add_version(marco, added.id, in_days(20), "b.pdf", PDF)
    assert [await remind_of_expiry(), await remind_of_expiry()] == [1, 0]
    await suppliers.withdraw_document(marco, added.id)
    endless = await suppliers.add_document(marco, a_draft(valid_until=""), "c.pdf", PDF)
    assert endless.state is suppliers.DocumentState.VALID
    assert await remind_of_expiry() == 0


async def test_words_of_any_length_are_said_to_be_wrong_by_field(marco):
    for long in (150, 3000):
        draft = suppliers.DocumentDraft.read({"title": "t" * long, "kind": "k" * long, "valid_until": "1" * long})
        with pytest.raises(Invalid) as refused:
            await suppliers.add_document(marco, draft, "a.pdf", PDF)
        assert set(refused.value.fields) == {"title", "kind", "valid_until"}
        added = await suppliers.add_document(marco, a_draft(), "a.pdf", PDF)
        with pytest.raises(Invalid) as refused:
            await suppliers.edit_document(marco, added.id, "t" * long, "k" * long, added.version)
        assert set(refused.value.fields) == {"title", "kind"}
