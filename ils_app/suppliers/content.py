"""What a file really is, told from its content while it comes in; its name is not asked."""

import codecs
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import PurePath
from typing import Final

import filetype

from ils_app.suppliers.errors import WrongContent

HEAD_BYTES: Final = 4096
TEXT: Final = "text/plain"
ENDINGS: Final = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", TEXT: ".txt"}
_CONTROL: Final = frozenset(range(32)) - {9, 10, 12, 13}
REFUSED: Final = "A document is a PDF, a PNG or JPEG picture, or plain text; this file is none of them."


class Content:
    """Looks at a file's bytes as they pass; `kind` is known once they all have. Raises WrongContent early."""

    def __init__(self) -> None:
        self.kind = ""
        self._head = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    async def watched(self, pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """The same pieces, looked at."""
        async for piece in pieces:
            self._look(piece)
            yield piece
        if not self.kind and self._head:
            self._decide()
        if self.kind == TEXT:
            self._read_text(b"", final=True)

    def _look(self, piece: bytes) -> None:
        if self.kind:
            if self.kind == TEXT:
                self._read_text(piece)
            return
        self._head += piece
        if len(self._head) >= HEAD_BYTES:
            self._decide()

    def _decide(self) -> None:
        found = filetype.guess(self._head)
        self.kind = found.mime if found else TEXT
        if self.kind not in ENDINGS:
            raise _refused()
        if self.kind == TEXT:
            self._read_text(self._head)

    def _read_text(self, piece: bytes, *, final: bool = False) -> None:
        try:
            self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            raise _refused() from None
        if _CONTROL & set(piece):
            raise _refused()


def named(name: str, kind: str) -> str:
    """The file's own name with the ending of what it is.

    >>> named("SDS coating.exe", "application/pdf"), named("scan.JPEG", "image/jpeg"), named("", "text/plain")
    ('SDS coating.pdf', 'scan.JPEG', 'document.txt')
    """
    plain = "".join(c for c in name.replace("\\", "/") if c.isprintable())
    path = PurePath(plain.rsplit("/", 1)[-1].strip() or "document")
    known = {".jpeg", ".jpg"} if kind == "image/jpeg" else {ENDINGS[kind]}
    if path.suffix.lower() in known or (kind == TEXT and path.suffix.lower() in {".csv", ".md"}):
        return str(path)[-110:]
    return f"{path.stem[:100]}{ENDINGS[kind]}"


def _refused() -> WrongContent:
    return WrongContent(REFUSED, fields={"file": REFUSED})
