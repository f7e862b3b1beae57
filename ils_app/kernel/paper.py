"""Business papers as PDF: an A4 page with letterhead, parties, a table whose head repeats, totals, and page x of y.

Rooms say what stands on the paper; how it looks is decided here, once. Black on white, readable when printed grey.
"""

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from fpdf import FPDF, FontFace
from fpdf.enums import Align, TableBordersLayout, TableHeadingsDisplay, VAlign, XPos, YPos

FONTS: Final = Path(__file__).parent / "fonts"
MARGIN_MM: Final = 18.0
FOOT_MM: Final = 22.0
LOGO_MM: Final = (46.0, 18.0)
LABEL_MM: Final = 38.0
LINE_MM: Final = 4.8
GREY: Final = 95
RULE_GREY: Final = 170

# fpdf names the letters a font lacks in its log, and those may be a person's name.
logging.getLogger("fpdf").setLevel(logging.CRITICAL)
logging.getLogger("fontTools").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Party:
    """Somebody with a name and an address."""

    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sender(Party):
    """Whose paper it is: `contacts` stand below the address, `legal` (company and tax numbers) at the foot."""

    contacts: tuple[str, ...] = ()
    legal: tuple[str, ...] = ()
    logo: bytes | None = None  # PNG or JPEG


@dataclass(frozen=True)
class Column:
    """A column of a table; widths are shares of the page's width."""

    head: str
    share: int
    align: Literal["left", "right"] = "left"


class Paper(FPDF):
    """One paper. Its parts are added from top to bottom, then `finished` gives the PDF."""

    def __init__(self, kind: str, number: str, *, sender: Sender, made_at: datetime) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.kind, self.number, self.sender = kind, number, sender
        for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font("dejavu", style, FONTS / name)
        self.set_margins(MARGIN_MM, 16, MARGIN_MM)
        self.set_auto_page_break(True, margin=FOOT_MM)
        self.set_title(f"{kind} {number}")
        self.set_author(sender.name)
        self.set_creation_date(made_at)
        self.add_page()

    def header(self) -> None:
        """The letterhead on the first page; on the others one line that says whose and which paper it is."""
        if self.page_no() > 1:
            self._write(f"{self.sender.name}   ·   {self.kind} {self.number}", 8, grey=True)
            self.ln(3)
            return
        top = self.get_y()
        if self.sender.logo:
            width, height = LOGO_MM
            image = io.BytesIO(self.sender.logo)
            self.image(image, self.w - MARGIN_MM - width, top, width, height, keep_aspect_ratio=True)
        self._write(self.sender.name, 13, bold=True, width=self.epw - LOGO_MM[0] - 4, height=6.5)
        for line in (*self.sender.lines, *self.sender.contacts):
            self._write(line, 8, grey=True, width=self.epw - LOGO_MM[0] - 4, height=4)
        self.set_y(max(self.get_y(), top + LOGO_MM[1]) + 7)
        self._write(self.kind, 20, bold=True, height=9)
        self._write(self.number, 11, grey=True, height=6)
        self.ln(4)

    def footer(self) -> None:
        """Company and tax numbers, and which page of how many this is."""
        self.set_y(-FOOT_MM + 7)
        self._rule()
        pages = f"{self.number}   ·   page {self.page_no()} of {{nb}}"
        if self.sender.legal:
            self._write("   ·   ".join(self.sender.legal), 7, grey=True, height=4)
        self._write(pages, 7, grey=True, height=4)

    def parties(self, *parties: tuple[str, Party]) -> None:
        """Addresses side by side, each under what it is ("Supplier", "Deliver to")."""
        width = self.epw / max(len(parties), 1)
        top = bottom = self.get_y()
        for place, (label, party) in enumerate(parties):
            self.set_left_margin(MARGIN_MM + place * width)
            self.set_xy(MARGIN_MM + place * width, top)
            self._write(label, 8, grey=True, width=width - 4, height=4.5)
            self._write(party.name, 10, bold=True, width=width - 4)
            for line in party.lines:
                self._write(line, 9, width=width - 4)
            bottom = max(bottom, self.get_y())
        self.set_left_margin(MARGIN_MM)
        self.set_xy(MARGIN_MM, bottom + 5)

    def facts(self, *pairs: tuple[str, str]) -> None:
        """Dates, references and terms: a label and what stands behind it; nothing for nothing."""
        for label, value in pairs:
            if value:
                self._pair(label, value)
        self.ln(4)

    def table(  # type: ignore[override]
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, empty: str = "Nothing."
    ) -> None:
        """Lines under a head that every page repeats; a line never breaks across two pages."""
        self.set_font("dejavu", "", 9)
        self.set_draw_color(RULE_GREY)
        head = FontFace(emphasis="BOLD", fill_color=(238, 238, 238))
        aligned = tuple(Align.R if column.align == "right" else Align.L for column in columns)
        with super().table(
            v_align=VAlign.T,
            width=self.epw,
            col_widths=tuple(column.share for column in columns),
            text_align=aligned,
            headings_style=head,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            repeat_headings=TableHeadingsDisplay.ON_TOP_OF_EVERY_PAGE,
            line_height=LINE_MM,
            padding=(1.2, 1.5),
        ) as drawn:
            drawn.row([column.head for column in columns])
            for row in rows or [[empty, *[""] * (len(columns) - 1)]]:
                drawn.row(list(row))
        self.set_draw_color(0)
        self.ln(3)

    def totals(self, *pairs: tuple[str, str], last_bold: bool = True) -> None:
        """Sums at the right, the last one in bold; they stay together on one page."""
        if self.will_page_break(len(pairs) * 6 + 2):
            self.add_page()
        for place, (label, amount) in enumerate(pairs):
            bold = last_bold and place == len(pairs) - 1
            self.set_font("dejavu", "B" if bold else "", 11 if bold else 9)
            self.set_x(MARGIN_MM + self.epw * 0.45)
            self.cell(self.epw * 0.3, 6, label, border="T" if bold else 0)
            self.cell(self.epw * 0.25, 6, amount, align="R", border="T" if bold else 0)
            self.ln(6)
        self.ln(4)

    def words(self, text: str, *, title: str = "") -> None:
        """A paragraph: notes, terms, how to pay."""
        if not text:
            return
        if title:
            self._write(title, 9, bold=True)
        self.set_font("dejavu", "", 9)
        self.multi_cell(self.epw, LINE_MM, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
        self.ln(3)

    def finished(self) -> bytes:
        """The PDF."""
        return bytes(self.output())

    def _pair(self, label: str, value: str) -> None:
        self.set_font("dejavu", "", 8)
        self.set_text_color(GREY)
        self.cell(LABEL_MM, LINE_MM, label)
        self.set_text_color(0)
        self.set_font("dejavu", "", 9)
        self.multi_cell(self.epw - LABEL_MM, LINE_MM, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def _write(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        grey: bool = False,
        width: float = 0,
        height: float = LINE_MM,
    ) -> None:
        """Text in one width, wrapped where it is longer."""
        self.set_font("dejavu", "B" if bold else "", size)
        self.set_text_color(GREY if grey else 0)
        self.multi_cell(width or self.epw, height, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
        self.set_text_color(0)

    def _rule(self) -> None:
        self.set_draw_color(RULE_GREY)
        self.line(MARGIN_MM, self.get_y(), self.w - MARGIN_MM, self.get_y())
        self.set_draw_color(0)
        self.ln(1.5)


__all__ = ["Column", "Paper", "Party", "Sender"]
