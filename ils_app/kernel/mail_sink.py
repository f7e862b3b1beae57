"""Outside production, where no provider is set: mails are kept as files below `.ils/mail/`, to be looked at."""

import asyncio
import email
import re
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from ils_app.kernel import config
from ils_app.kernel.errors import NotFound
from ils_app.kernel.local_folder import FOLDER
from ils_app.kernel.mail import Attached, Message, composed

KEPT: Final = 1000
"""How many mails are kept; the oldest go first."""

NAME: Final = re.compile(r"[0-9A-Za-z-]{1,80}")


class KeptMail(BaseModel):
    """A mail in the sink; `id` is the key it was sent with."""

    model_config = ConfigDict(frozen=True)

    id: str
    at: datetime
    sender: str
    to: str
    subject: str
    text: str = ""
    html: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attached, ...] = ()


class Sink:
    """Keeps what a provider would have sent. The same key is the same file, so a repeat is one mail."""

    name = "the sink at /dev/mail"

    async def send(self, message: Message, key: str) -> str:
        """Keep the mail; answers its file's name. Raises Never for an address no header can hold."""
        mail = composed(message, key)
        await asyncio.to_thread(_keep, key, mail.as_bytes())
        return key


def folder() -> Path:
    """Where the mails are; only this system's user may look into it."""
    place = config.current().home / FOLDER / "mail"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


async def kept(limit: int = 200) -> list[KeptMail]:
    """The newest mails, newest first, without their contents."""
    return await asyncio.to_thread(lambda: [_read(path, whole=False) for path in _newest()[:limit]])


async def one(mail_id: str) -> KeptMail:
    """A mail with everything in it. Raises NotFound."""
    path = folder() / f"{mail_id}.eml"
    if not NAME.fullmatch(mail_id) or not path.is_file():
        raise NotFound("There is no such mail.")
    return await asyncio.to_thread(_read, path, whole=True)


def _keep(key: str, body: bytes) -> None:
    if not NAME.fullmatch(key):
        raise ValueError("a mail's key is letters, digits and dashes")
    part = folder() / f"{key}.part"
    part.touch(mode=0o600)
    part.write_bytes(body)
    part.replace(part.with_suffix(".eml"))
    for path in _newest()[KEPT:]:
        path.unlink(missing_ok=True)


def _newest() -> list[Path]:
    return sorted(folder().glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _read(path: Path, *, whole: bool) -> KeptMail:
    mail = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    found = {
        "id": path.stem, "at": mail["Date"].datetime, "sender": str(mail["From"]), "to": str(mail["To"]),
        "subject": str(mail["Subject"]),
    }  # fmt: skip
    if not whole:
        return KeptMail(**found)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return KeptMail(
        **found,
        text=text.get_content() if text else "",
        html=html.get_content() if html else "",
        headers=tuple((name, str(value)) for name, value in mail.items()),
        attachments=tuple(
            Attached(
                name=part.get_filename() or "attachment",
                content_type=part.get_content_type(),
                body=part.get_payload(decode=True) or b"",
            )
            for part in mail.iter_attachments()
        ),
    )
