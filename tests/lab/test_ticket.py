"""The work ticket: everything the floor must know, in any script, with codes that open the job."""

import io
import logging
import shutil
import subprocess
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from PIL import Image

from ils_app.auth import service as auth
from ils_app.kernel import config
from ils_app.kernel.actor import Role
from ils_app.lab import service as lab
from ils_app.lab import ticket
from ils_app.lab.code128 import code128, modules_of
from ils_app.settings import service as settings
from lims_client.models import JobStatus
from tests.support.pdfs import pages_of, pictures_in

WRITTEN = {
    "od_sphere": "+1.00", "os_sphere": "+1.25", "od_cylinder": "+0.50", "od_axis": "180", "od_prism": "1.5",
    "od_base": "in", "od_prism_2": "0.5", "od_base_2": "up", "od_height": "19.5", "os_height": "19",
    "back_vertex_distance": "12", "pantoscopic_tilt": "8",
}  # fmt: skip


@pytest.fixture
def text_of(tmp_path):
    """What is written on a PDF, as a reader lays it out."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext reads the pages")

    def read(body: bytes) -> str:
        path = tmp_path / "ticket.pdf"
        path.write_bytes(body)
        done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
        return done.stdout

    return read


async def test_the_ticket_says_all_the_floor_must_know(placed, technician, text_of):
    view = await placed(WRITTEN, notes="Match the old pair’s base curve.", urgency="rush")
    card = (await lab.card(technician, view.id)).card
    body = await lab.ticket_pdf(technician, view.id)
    text = text_of(body)
    for words in (
        card.tray, view.number, view.job_id, "RUSH", "Harbour Eye Care", "MAIN", "Żółtaniecka, Małgorzata",
        "Hard coat", "AR standard", "A 52 B 36 DBL 18 ED 55 mm", "Supplied",
        "Match the old pair’s base curve.", "Vertex 12.0 mm", "Tilt 8.0°", "Measured at inspection", "Theo Marsh",
    ):  # fmt: skip
        assert words in " ".join(text.split()), words


async def test_the_rx_is_printed_as_it_is_made_and_as_it_was_written(placed, technician, text_of):
    view = await placed(WRITTEN)
    text = " ".join(text_of(await lab.ticket_pdf(technician, view.id)).split())
    assert "R +1.50 -0.50 90" in text
    assert "1.50 in" in text
    assert "0.50 up" in text
    assert "L +1.25 31.5 19.0" in text
    assert "R as written +1.00 / +0.50 × 180" in text
    assert "L as written" not in text


async def test_an_rx_written_in_minus_cylinder_stands_once(placed, technician, text_of):
    view = await placed()
    assert "as written" not in text_of(await lab.ticket_pdf(technician, view.id))


async def test_an_eye_that_is_not_ordered_is_said_so(placed, technician, text_of):
    left = {"os_sphere": "", "os_pd": ""}
    view = await placed(left, eye="right")
    assert "not ordered" in text_of(await lab.ticket_pdf(technician, view.id))


async def test_a_held_job_says_why_on_its_ticket(placed, technician, text_of):
    view = await placed()
    await lab.hold(technician, view.id, "Asks: tint depth")
    text = text_of(await lab.ticket_pdf(technician, view.id))
    assert "ON HOLD" in text
    assert "Asks: tint depth" in text


async def test_long_notes_go_on_to_a_second_page_under_the_same_head(placed, technician, text_of):
    view = await placed(notes="Handle with care. " * 110)
    tray = (await lab.card(technician, view.id)).card.tray
    pages = text_of(await lab.ticket_pdf(technician, view.id)).rstrip("\f").split("\f")
    assert len(pages) == 2
    assert all(tray in page and view.number in page for page in pages)
    assert "page 2 of 2" in pages[1]


async def test_a_job_born_in_the_lims_has_a_ticket_too(lims, clinic, technician, text_of):
    body = {
        "accountNumber": "HARB-001", "shipTo": "MAIN", "lensType": "single_vision",
        "prescription": {"eye": "both", "odSphere": -2.25, "osSphere": 0, "pd": 63, "nearPd": 60},
    }  # fmt: skip
    born = lims.call("POST", "jobs/create", json=body, headers={"Idempotency-Key": uuid4().hex})
    job = born.raise_for_status().json()
    from ils_app.orders import service as orders

    assert await orders.adopt(job["jobId"])
    order = await orders.order_of_code(technician, job["jobId"])
    await lab.take_card(order.id)
    text = " ".join(text_of(await lab.ticket_pdf(technician, order.id)).split())
    for words in ("single vision", "R -2.25", "L 0.00", "PD 63.0 mm", "Near PD 60.0 mm", job["jobId"]):
        assert words in text, words


async def test_letters_the_font_lacks_are_never_named_in_a_log(placed, technician, caplog):
    view = await placed(notes="患者は左目が先")
    with caplog.at_level(logging.DEBUG):
        await lab.ticket_pdf(technician, view.id)
    assert not [record for record in caplog.records if record.name.startswith(("fpdf", "fontTools"))]


async def test_the_engineer_may_print_a_ticket_and_an_order_without_a_job_has_none(placed, actor_of):
    view, engineer = await placed(), actor_of(Role.ENGINEER)
    assert (await lab.ticket_pdf(engineer, view.id)).startswith(b"%PDF-")
    with pytest.raises(lab.NoSuchJob):
        await lab.ticket_pdf(engineer, uuid4())


async def test_the_qr_code_leads_to_the_order_and_holds_nothing_else(placed, technician, monkeypatch):
    view = await placed()
    made: list[str] = []
    import segno

    real = segno.make

    def watched(content, **options):
        made.append(content)
        return real(content, **options)

    monkeypatch.setattr(segno, "make", watched)
    await lab.ticket_pdf(technician, view.id)
    assert made == [f"{config.current().public_url}/orders/{view.id}"]
    assert (await lab.by_code(technician, made[0])).card.job_status is JobStatus.QUEUED


def test_a_barcode_is_as_wide_as_its_letters_and_begins_and_ends_with_a_bar():
    bars = code128("ORD-2026-000001")
    assert modules_of("ORD-2026-000001") == 11 * (15 + 2) + 13
    assert bars[0] == (0, 2)
    assert all(1 <= width <= 4 for _, width in bars)
    starts_and_ends = [edge for start, width in bars for edge in (start, start + width)]
    assert starts_and_ends == sorted(starts_and_ends)


def test_a_known_barcode_comes_out_bar_for_bar():
    # "PJJ123C", the usual example: its check value is 54 in code set A, so 55 after the start of set B.
    drawn = ["0"] * modules_of("PJJ123C")
    for start, width in code128("PJJ123C"):
        drawn[start : start + width] = "1" * width
    start, stop = "11010010000", "1100011101011"
    assert "".join(drawn).startswith(start + "11101110110" + "10110111000" + "10110111000")
    assert "".join(drawn).endswith("11101000110" + stop)


@pytest.mark.parametrize("text", ["", "Straße", "a\nb"])
def test_what_no_barcode_can_hold_is_refused(text):
    with pytest.raises(ValueError, match="ASCII"):
        code128(text)


async def test_the_ticket_is_the_lab_s_own_paper_with_its_name_address_and_logo(placed, technician, actor_of):
    view = await placed()
    assert pictures_in(await lab.ticket_pdf(technician, view.id)) == 0
    house = await auth.create_organisation(name="Northlight Lab", kind=auth.OrganisationKind.LAB)
    admin = actor_of(Role.ADMIN)
    head = settings.LetterheadDraft(address_lines=("7 Foundry Yard",), postcode="PL4 0RA", phone="+44 1752 555 010")
    await settings.set_letterhead(admin, house.id, head, 0)
    logo = io.BytesIO()
    Image.new("RGB", (200, 100), "teal").save(logo, "PNG")
    await settings.put_logo(admin, house.id, "logo.png", logo.getvalue())
    body = await lab.ticket_pdf(technician, view.id)
    first = pages_of(body)[0]
    for words in ("Northlight Lab", "7 Foundry Yard, PL4 0RA", "+44 1752 555 010"):
        assert words in first
    assert pictures_in(body) == 1
    await settings.set_letterhead(admin, house.id, head.model_copy(update={"name": "Northlight Optical Ltd"}), 1)
    assert "Northlight Optical Ltd" in pages_of(await lab.ticket_pdf(technician, view.id))[0]


async def test_a_ticket_s_days_are_the_lab_s_days(placed, technician, actor_of, monkeypatch):
    view = await placed()
    monkeypatch.setattr(ticket, "now", lambda: datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    assert "Printed 2 Jul 2026, 00:30" in pages_of(await lab.ticket_pdf(technician, view.id))[0]
    lab_now = await settings.lab_settings(technician)
    draft = settings.LabDraft(**lab_now.model_dump(include=set(settings.LabDraft.model_fields))).model_copy(
        update={"time_zone": "America/New_York"}
    )
    await settings.set_lab_settings(actor_of(Role.ADMIN), draft, lab_now.version)
    assert "Printed 1 Jul 2026, 19:30" in pages_of(await lab.ticket_pdf(technician, view.id))[0]
