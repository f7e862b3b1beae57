"""Files people attach, kept untouched outside the database and outside anything that is served publicly."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict

from ils_app.kernel import config
from ils_app.kernel.errors import Invalid, NotFound

MAX_BYTES = 1_000_000


class FileRef(BaseModel):
    """Where a kept file is found again; a room stores this, not the bytes."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    name: str
    size_bytes: int
    sha256: str


def _folder() -> Path:
    place = urlsplit(config.current().files_url)
    if place.scheme != "file":
        raise config.ConfigError("FILES_URL", "names S3, which this version cannot write to yet: set a file:// folder.")
    folder = Path(url2pathname(place.path))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


async def keep(name: str, body: bytes | AsyncIterable[bytes], *, most_bytes: int = MAX_BYTES) -> FileRef:
    """Keep a file of at most `most_bytes`, given whole or piece by piece. Raises Invalid when it is empty or larger.

    What comes in pieces goes to the disk as it comes, and no further once it is too much.
    """
    if isinstance(body, bytes) and len(body) > most_bytes:
        raise _too_large(most_bytes, f"{len(body) / 1e6:.1f} MB is too large.")
    file_id = uuid4()
    part = _folder() / f"{file_id}.part"
    try:
        size, digest = await _take(part, _pieces(body), most_bytes)
        await asyncio.to_thread(part.replace, _folder() / str(file_id))
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
    return FileRef(id=file_id, name=Path(name).name[:120], size_bytes=size, sha256=digest)


async def forget(ref: FileRef) -> None:
    """Take away a file that nothing names."""
    await asyncio.to_thread((_folder() / str(ref.id)).unlink, missing_ok=True)


async def _take(part: Path, pieces: AsyncIterable[bytes], most_bytes: int) -> tuple[int, str]:
    """Write the pieces; how many bytes they were, and their SHA-256."""
    size, digest = 0, hashlib.sha256()
    await asyncio.to_thread(part.touch, mode=0o600)
    file = await asyncio.to_thread(part.open, "wb")
    try:
        async for piece in pieces:
            size += len(piece)
            if size > most_bytes:
                raise _too_large(most_bytes)
            digest.update(piece)
            await asyncio.to_thread(file.write, piece)
    finally:
        await asyncio.to_thread(file.close)
    if not size:
        raise Invalid("The file is empty: choose another.", fields={"file": "The file is empty."})
    return size, digest.hexdigest()


def _too_large(most_bytes: int, said: str = "") -> Invalid:
    most = f"{most_bytes / 1e6:g} MB"
    fields = {"file": said or f"Choose one of at most {most}."}
    return Invalid(f"The file is larger than {most}, the most that can be kept.", fields=fields)


async def _pieces(body: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
        return
    async for piece in body:
        yield piece


async def read(ref: FileRef) -> bytes:
    """The file as it came. Raises NotFound when it is gone or no longer what was kept."""
    path = _folder() / str(ref.id)
    body = await asyncio.to_thread(lambda: path.read_bytes() if path.is_file() else b"")
    if hashlib.sha256(body).hexdigest() != ref.sha256:
        raise NotFound("The attached file is not to be found any more.")
    return body
