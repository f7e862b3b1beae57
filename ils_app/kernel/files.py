"""Files people attach, kept untouched outside the database and outside anything that is served publicly."""

import asyncio
import hashlib
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


async def keep(name: str, body: bytes) -> FileRef:
    """Keep a file of at most 1 MB. Raises Invalid when it is empty or larger."""
    if not body:
        raise Invalid("The file is empty: choose the file the tracer wrote.", fields={"file": "The file is empty."})
    if len(body) > MAX_BYTES:
        size = f"{len(body) / 1e6:.1f} MB"
        raise Invalid(f"The file is {size}; at most 1 MB can be attached.", fields={"file": f"{size} is too large."})
    ref = FileRef(id=uuid4(), name=Path(name).name[:120], size_bytes=len(body), sha256=hashlib.sha256(body).hexdigest())
    await asyncio.to_thread(_write, _folder() / str(ref.id), body)
    return ref


async def read(ref: FileRef) -> bytes:
    """The file as it came. Raises NotFound when it is gone or no longer what was kept."""
    path = _folder() / str(ref.id)
    body = await asyncio.to_thread(lambda: path.read_bytes() if path.is_file() else b"")
    if hashlib.sha256(body).hexdigest() != ref.sha256:
        raise NotFound("The attached file is not to be found any more.")
    return body


def _write(path: Path, body: bytes) -> None:
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_bytes(body)
    part.replace(path)
