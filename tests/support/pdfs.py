"""Reading our own PDFs back: the words of each page."""

import io

from pypdf import PdfReader


def pages_of(body: bytes) -> list[str]:
    """The words of every page, each run of spaces one space."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(body)).pages]


def text_of(body: bytes) -> str:
    """The words of all pages."""
    return " ".join(pages_of(body))


def pictures_in(body: bytes) -> int:
    """How many pictures there are on all pages."""
    return sum(len(page.images) for page in PdfReader(io.BytesIO(body)).pages)
