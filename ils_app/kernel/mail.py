"""How mail leaves: one small interface over SMTP, Resend, SendGrid and, outside production, files to look at.

`send` is called once for each attempt, from durable jobs only, and never inside a transaction. What goes wrong is of
two kinds: `NotNow` is worth another try, `Never` is not. Their words are for an administrator's eyes and name no
address.
"""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from ils_app.kernel import config
from ils_app.kernel.clock import now


class NotSent(Exception):
    """A mail did not leave; `why` is a sentence without addresses or contents."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotNow(NotSent):
    """It may leave another time: the provider is away, overloaded, or refuses us and not this mail."""


class Never(NotSent):
    """This mail will not leave however often it is tried: its address or its contents are refused."""


class Attached(BaseModel):
    """A file that goes along."""

    model_config = ConfigDict(frozen=True)

    name: str
    content_type: str
    body: bytes


class Message(BaseModel):
    """A mail, whole: the same words as text and as HTML."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    to: str
    to_name: str = ""
    from_name: str = ""  # shown unless MAIL_FROM names somebody itself
    reply_to: str = ""
    subject: str
    text: str
    html: str
    settings_url: str = ""  # where the reader chooses what is mailed; stands in List-Unsubscribe
    attachments: tuple[Attached, ...] = ()


class Provider(Protocol):
    """What takes a mail and carries it on."""

    name: str

    async def send(self, message: Message, key: str) -> str:
        """Hand the mail over; answers the id the provider knows it by, "" for none. Raises NotNow, Never.

        A `key` names one mail: a provider that can tell a repeat takes it once, and every other gets the same
        Message-ID, by which mail servers and readers tell one.
        """
        ...


def sender(message: Message) -> tuple[str, str]:
    """The name and the address a mail comes from: `MAIL_FROM`, under the organisation's name if it has none itself."""
    name, address = parseaddr(config.current().mail_from or "")
    return name or message.from_name, address or f"ils@{_own_domain()}"


def message_id(key: str) -> str:
    """The Message-ID of a mail, the same at every attempt."""
    return f"<{key}@{_own_domain()}>"


def headers(message: Message, key: str) -> dict[str, str]:
    """What stands in a mail's head beside who, whom and what; the same through every provider."""
    found = {"Message-ID": message_id(key), "Auto-Submitted": "auto-generated"}
    if message.settings_url:
        found["List-Unsubscribe"] = f"<{message.settings_url}>"
    return found


def composed(message: Message, key: str) -> EmailMessage:
    """The mail as it goes over the wire. Raises Never for an address or a name no header can hold."""
    mail = EmailMessage(policy=SMTP)
    try:
        name, address = sender(message)
        mail["From"] = Address(name, addr_spec=address)
        mail["To"] = Address(message.to_name, addr_spec=message.to)
        if message.reply_to:
            mail["Reply-To"] = Address(addr_spec=message.reply_to)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(now())
        for header, value in headers(message, key).items():
            mail[header] = value
    except (ValueError, IndexError, MessageError) as error:  # the library makes each of them of some bad address
        raise Never("The address is not one that mail can be sent to.") from error
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    for file in message.attachments:
        kind, _, subkind = file.content_type.partition("/")
        mail.add_attachment(file.body, maintype=kind, subtype=subkind or "octet-stream", filename=file.name)
    return mail


def _own_domain() -> str:
    """The domain mail comes from, else the one people reach ILS at."""
    settings = config.current()
    _, address = parseaddr(settings.mail_from or "")
    return address.rpartition("@")[2] or urlsplit(settings.public_url).hostname or "localhost"
