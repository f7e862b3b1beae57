"""The drawing of a work ticket: A5, black on white, readable when printed grey and under a lab's lamp."""

from __future__ import annotations

import io
import logging
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from PIL import Image

from ils_app.kernel.clock import lab_zone
from ils_app.lab.code128 import QUIET_MODULES, code128, modules_of
from ils_app.lab.floor import FLOOR

if TYPE_CHECKING:
    from ils_app.lab.ticket import EyeLine, Ticket

FONTS: Final = Path(__file__).parents[1] / "kernel" / "fonts"
PAGE_MM: Final = (148.0, 210.0)
MARGIN_MM: Final = 9.0
WIDTH_MM: Final = PAGE_MM[0] - 2 * MARGIN_MM
LOGO_MM: Final = (30.0, 10.0)
QR_MM: Final = 22.0
BAR_MODULE_MM: Final = 0.3
BAR_HEIGHT_MM: Final = 10.0
HEADS: Final = ("", "Sphere", "Cyl", "Axis", "Add", "Prism", "PD", "Height")
COLUMNS_MM: Final = (9.0, 18.0, 16.0, 13.0, 15.0, 29.0, 14.0, 16.0)
GREY: Final = 90

# fpdf names the letters a font lacks in its log, and those are a patient's.
logging.getLogger("fpdf").setLevel(logging.CRITICAL)
logging.getLogger("fontTools").setLevel(logging.ERROR)


def drawn(ticket: Ticket) -> bytes:
    """The ticket as a PDF; what does not fit on one page goes on under the same head."""
    pdf = _Page(ticket)
    pdf.add_page()
    _rx(pdf, ticket)
    _lens_and_frame(pdf, ticket)
    _notes(pdf, ticket)
    _quality(pdf, ticket)
    _stations(pdf)
    return bytes(pdf.output())


class _Page(FPDF):
    """An A5 page whose head says on every page whose ticket it is."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(orientation="portrait", unit="mm", format=PAGE_MM)
        self.ticket = ticket
        for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font("dejavu", style, FONTS / name)
        self.add_font("mono", "", FONTS / "DejaVuSansMono.ttf")
        self.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, margin=13)
        self.set_title(f"Work ticket {ticket.card.number}")
        self.set_author(ticket.house.name or "ILS")
        self.set_creation_date(ticket.printed_at)

    def header(self) -> None:
        """Whose it is; tray, order number and barcode; the QR code; who and by when on the first page only."""
        ticket, card = self.ticket, self.ticket.card
        self.letterhead()
        top = self.get_y()
        self.say(card.tray, 20, bold=True, width=80, height=9)
        self.say(f"{card.number}   {card.job_id}", 9, mono=True, width=95, height=5)
        _barcode(self, card.number, MARGIN_MM, self.get_y() + 1)
        _qr(self, ticket.link, PAGE_MM[0] - MARGIN_MM - QR_MM, top)
        self.set_y(top + 28)
        if self.page_no() > 1:
            self.rule()
            return
        flags = [word for word, on in (
            (card.urgency.upper(), card.urgency in ("rush", "expedited")), ("FRAME TO COME", card.waiting_for_frame),
            ("ON HOLD", card.held), ("FAILED", card.failed),
        ) if on]  # fmt: skip
        if flags:
            self.set_fill_color(0)
            self.set_text_color(255)
            self.say("   ".join(flags), 10, bold=True, height=6.5, fill=True, align="C")
            self.set_text_color(0)
            self.ln(1)
        self.pair("Practice", f"{card.practice_name}   {ticket.ship_to}".strip(), bold=True)
        self.pair("Patient", ticket.patient or "–", bold=True)
        self.pair("Ordered", ", ".join(filter(None, (day(ticket.placed_at), ticket.ecp))))
        self.pair("Reference", ticket.reference)
        self.pair("Due", due_words(card.due_at, ticket.promised_at), bold=True)
        self.rule()

    def letterhead(self) -> None:
        """The lab's name; on the first page its logo, address and contacts beside it."""
        house, left, top = self.ticket.house, MARGIN_MM, MARGIN_MM - 3
        if not house.name:
            return
        first = self.page_no() == 1
        if house.logo and first:
            left += self.mark(house.logo, left, top) + 3
        self.set_xy(left, top)
        room = PAGE_MM[0] - MARGIN_MM - left
        self.say(house.name, 8, bold=True, width=room, height=4)
        for line in house.lines if first else ():
            self.set_x(left)
            self.say(line, 6.5, grey=True, width=room, height=3)
        self.set_y(top + LOGO_MM[1] + 1.5 if first else self.get_y() + 1)

    def mark(self, logo: bytes, left: float, top: float) -> float:
        """Draw the logo as large as its place allows; how wide it came out, in mm."""
        with Image.open(io.BytesIO(logo)) as picture:
            width, height = picture.size
        scale = min(LOGO_MM[0] / width, LOGO_MM[1] / height)
        self.image(io.BytesIO(logo), left, top, width * scale, height * scale)
        return width * scale

    def footer(self) -> None:
        """When and by whom it was printed, under which rules, and which page it is."""
        self.set_y(-10)
        rules = f" · rules {self.ticket.rules_version}" if self.ticket.rules_version else ""
        printed = f"Printed {moment(self.ticket.printed_at)} by {self.ticket.printed_by}{rules}"
        self.say(f"{printed} · page {self.page_no()} of {{nb}}", 6.5, grey=True, height=4)

    def say(
        self, text: str, size: float, *, bold: bool = False, mono: bool = False, grey: bool = False,
        width: float = 0, height: float = 5, **more: Any,
    ) -> None:  # fmt: skip
        """One line, shortened with an ellipsis where it would run out of its width."""
        self.set_font("mono" if mono else "dejavu", "B" if bold else "", size)
        if grey:
            self.set_text_color(GREY)
        space = width or self.epw
        while text and self.get_string_width(text) > space - 1:
            text = text[:-2].rstrip() + "…"
        self.cell(width or self.epw, height, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, **more)
        if grey:
            self.set_text_color(0)

    def pair(self, label: str, value: str, *, bold: bool = False) -> None:
        """A label and what stands behind it, wrapped; nothing for nothing."""
        if not value:
            return
        self.set_font("dejavu", "", 7.5)
        self.set_text_color(GREY)
        self.cell(22, 5, label)
        self.set_text_color(0)
        self.set_font("dejavu", "B" if bold else "", 9)
        self.multi_cell(self.epw - 22, 5, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def rule(self) -> None:
        """A thin line across."""
        self.ln(1)
        self.set_line_width(0.2)
        self.line(MARGIN_MM, self.get_y(), PAGE_MM[0] - MARGIN_MM, self.get_y())
        self.ln(1.5)

    def keep_together(self, height_mm: float) -> None:
        """Begin a new page when so much would not fit on this one."""
        if self.will_page_break(height_mm):
            self.add_page()


def _rx(pdf: _Page, ticket: Ticket) -> None:
    """The Rx grid in minus cylinder, with what was written where that was another form."""
    if not ticket.eyes:
        pdf.say("The lab's system told no prescription for this job.", 9)
        return
    pdf.set_font("dejavu", "", 7)
    pdf.set_text_color(GREY)
    for head, width in zip(HEADS, COLUMNS_MM, strict=True):
        pdf.cell(width, 4, head, align="C")
    pdf.ln(4)
    pdf.set_text_color(0)
    pdf.set_line_width(0.3)
    for line in ticket.eyes:
        _eye(pdf, line)
    pdf.ln(1)
    for line in ticket.eyes:
        if line.written:
            pdf.pair(f"{line.eye} as written", f"{line.written}   (above: as it is made, minus cylinder)")
    if ticket.shared:
        pdf.say("   ".join(f"{label} {value}" for label, value in ticket.shared), 9)
    pdf.rule()


def _eye(pdf: _Page, line: EyeLine) -> None:
    pdf.set_font("dejavu", "B", 11)
    pdf.cell(COLUMNS_MM[0], 8, line.eye, border=1, align="C")
    if not any(line.cells[1:]) and line.cells[0][:1].isalpha():
        pdf.set_font("dejavu", "", 9)
        pdf.cell(sum(COLUMNS_MM[1:]), 8, f"  {line.cells[0]}", border=1)
    else:
        for text, width in zip(line.cells, COLUMNS_MM[1:], strict=True):
            _cell(pdf, text, width)
    pdf.ln(8)


def _cell(pdf: _Page, text: str, width_mm: float) -> None:
    """One figure in its box; two prisms stand above one another, so that both stay readable."""
    lines = text.split(" + ")
    x, y, height = pdf.get_x(), pdf.get_y(), 8 / len(lines)
    pdf.rect(x, y, width_mm, 8)
    for place, line in enumerate(lines):
        size = 11.5 if len(lines) == 1 else 9.5
        pdf.set_font("mono", "", size)
        while pdf.get_string_width(line) > width_mm - 1.5 and size > 6:
            size -= 0.5
            pdf.set_font("mono", "", size)
        pdf.set_xy(x, y + place * height)
        pdf.cell(width_mm, height, line, align="C")
    pdf.set_xy(x + width_mm, y)


def _lens_and_frame(pdf: _Page, ticket: Ticket) -> None:
    for label, value in ticket.lens:
        pdf.pair(label, value, bold=label in ("Design", "Lens", "Material"))
    if ticket.frame:
        pdf.ln(1)
        for label, value in ticket.frame:
            pdf.pair(label, value)
    pdf.rule()


def _notes(pdf: _Page, ticket: Ticket) -> None:
    if ticket.card.reason:
        pdf.pair("Held since", f"{moment(ticket.card.entered_stage_at)}: {ticket.card.reason}")
    if ticket.notes:
        pdf.pair("Notes", ticket.notes)
    if ticket.card.reason or ticket.notes:
        pdf.rule()


def _quality(pdf: _Page, ticket: Ticket) -> None:
    """Boxes for what the inspection measures, eye by eye."""
    pdf.keep_together(29)
    pdf.say("Measured at inspection", 7, grey=True, height=4)
    pdf.set_line_width(0.2)
    for line in ticket.eyes or ():
        pdf.set_font("dejavu", "B", 10)
        pdf.cell(COLUMNS_MM[0], 8, line.eye, border=1, align="C")
        for width in COLUMNS_MM[1:]:
            pdf.cell(width, 8, "", border=1)
        pdf.ln(8)
    pdf.set_font("dejavu", "", 8)
    pdf.cell(WIDTH_MM, 6, "☐ Power   ☐ Cosmetic   ☐ Mounting   ☐ Pass   ☐ Fail      By ___________   Date ________",
             new_x=XPos.LMARGIN, new_y=YPos.NEXT)  # fmt: skip
    pdf.ln(1)


def _stations(pdf: _Page) -> None:
    """A box a stage, for initials."""
    pdf.keep_together(13)
    stages = [stage for stage in FLOOR if stage.stations]
    width = WIDTH_MM / len(stages)
    pdf.set_font("dejavu", "", 6.5)
    pdf.set_text_color(GREY)
    for stage in stages:
        pdf.cell(width, 3.5, stage.label, align="C")
    pdf.ln(3.5)
    pdf.set_text_color(0)
    for _ in stages:
        pdf.cell(width, 8, "", border=1)
    pdf.ln(8)


def _barcode(pdf: _Page, text: str, x: float, y: float) -> None:
    """The Code 128 of the order's number, its quiet zone kept free."""
    left = x + QUIET_MODULES * BAR_MODULE_MM - 2  # the page's own margin is quiet already
    module = min(BAR_MODULE_MM, (WIDTH_MM - QR_MM - 10) / modules_of(text))
    pdf.set_fill_color(0)
    for start, width in code128(text):
        pdf.rect(left + start * module, y, width * module, BAR_HEIGHT_MM, style="F")


def _qr(pdf: _Page, link: str, x: float, y: float) -> None:
    """The QR code of the order's page: its address holds the order's id and nothing else."""
    matrix = [bytes(row) for row in segno.make(link, error="m", micro=False).matrix]
    module = QR_MM / len(matrix)
    pdf.set_fill_color(0)
    for row, line in enumerate(matrix):
        column = 0
        while column < len(line):
            run = 1
            while line[column] and column + run < len(line) and line[column + run]:
                run += 1
            if line[column]:
                pdf.rect(x + column * module, y + row * module, run * module + 0.01, module + 0.01, style="F")
            column += run


def due_words(due_at: datetime | None, promised_at: datetime | None) -> str:
    """The due date, and the promise first made where that was another day."""
    if due_at is None:
        return "no date yet"
    if promised_at is not None and day(promised_at) != day(due_at):
        return f"{day(due_at)}   (first promised {day(promised_at)})"
    return day(due_at)


def day(at: datetime) -> str:
    """A day at the lab."""
    return f"{at.astimezone(lab_zone()):%a %-d %b %Y}"


def moment(at: datetime) -> str:
    """Day and time at the lab."""
    return f"{at.astimezone(lab_zone()):%-d %b %Y, %H:%M}"
