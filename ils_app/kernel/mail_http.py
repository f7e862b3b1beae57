"""Mail through a provider's HTTP API: Resend, which takes a repeated key once, and SendGrid, which knows no keys."""

import base64
from typing import Any, Final

import httpx

from ils_app.kernel.mail import Message, Never, NotNow, headers, sender

RESEND: Final = "https://api.resend.com"
SENDGRID: Final = "https://api.sendgrid.com"
TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
OURS: Final = {401, 403}
"""What a provider answers when it refuses us, not the mail: an operator mends that, and then it leaves."""


class Resend:
    """https://resend.com: `POST /emails` with an `Idempotency-Key`, good for a day."""

    name = "Resend"

    def __init__(
        self, api_key: str, *, base_url: str = RESEND, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._api_key, self._base_url, self._transport = api_key, base_url, transport

    async def send(self, message: Message, key: str) -> str:
        """Hand the mail over, once for a key within a day; answers Resend's id. Raises NotNow, Never."""
        body: dict[str, Any] = {
            "from": _written(*sender(message)),
            "to": [_written(message.to_name, message.to)],
            "subject": message.subject,
            "text": message.text,
            "html": message.html,
            "headers": headers(message, key),
        }
        if message.reply_to:
            body["reply_to"] = [message.reply_to]
        if message.attachments:
            body["attachments"] = [
                {"filename": file.name, "content": _base64(file.body), "content_type": file.content_type}
                for file in message.attachments
            ]
        answer = await _posted(
            self, self._base_url + "/emails", body, {"idempotency-key": key}, self._api_key, self._transport
        )
        said = _said(answer)
        if answer.status_code == 409 and said.get("name") == "invalid_idempotent_request":
            return ""  # taken before under this key; the letterhead has changed since
        _refuse(self, answer)
        return str(said.get("id", ""))


class SendGrid:
    """https://sendgrid.com: `POST /v3/mail/send`. It would count clicks by rewriting links; that is switched off."""

    name = "SendGrid"

    def __init__(
        self, api_key: str, *, base_url: str = SENDGRID, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._api_key, self._base_url, self._transport = api_key, base_url, transport

    async def send(self, message: Message, key: str) -> str:
        """Hand the mail over; answers SendGrid's id. Raises NotNow, Never."""
        name, address = sender(message)
        body: dict[str, Any] = {
            "personalizations": [{"to": [_named(message.to_name, message.to)]}],
            "from": _named(name, address),
            "subject": message.subject,
            "content": [{"type": "text/plain", "value": message.text}, {"type": "text/html", "value": message.html}],
            "headers": headers(message, key),
            "custom_args": {"key": key},
            "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
        }
        if message.reply_to:
            body["reply_to"] = {"email": message.reply_to}
        if message.attachments:
            body["attachments"] = [
                {
                    "filename": file.name,
                    "content": _base64(file.body),
                    "type": file.content_type,
                    "disposition": "attachment",
                }
                for file in message.attachments
            ]
        answer = await _posted(self, self._base_url + "/v3/mail/send", body, {}, self._api_key, self._transport)
        _refuse(self, answer)
        return str(answer.headers.get("x-message-id", ""))


async def _posted(
    provider: Resend | SendGrid,
    url: str,
    body: dict[str, Any],
    more: dict[str, str],
    api_key: str,
    transport: httpx.AsyncBaseTransport | None,
) -> httpx.Response:
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT, transport=transport) as client:
            return await client.post(url, json=body, headers={"authorization": f"Bearer {api_key}", **more})
    except httpx.HTTPError as error:
        raise NotNow(f"{provider.name} does not answer ({type(error).__name__}).") from error


def _refuse(provider: Resend | SendGrid, answer: httpx.Response) -> None:
    """Raise unless the mail was taken."""
    status = answer.status_code
    if status < 300:
        return
    if status in OURS:
        raise NotNow(f"{provider.name} refuses our key or our address ({status}): check the key and MAIL_FROM.")
    if status in (408, 409, 425, 429) or status >= 500 or status < 400:
        raise NotNow(f"{provider.name} will not take it at the moment ({status}).")
    raise Never(f"{provider.name} refuses the mail ({status}).")


def _said(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _written(name: str, address: str) -> str:
    """An address as both providers' headers have it; what would end the quotes is left out of the name.

    >>> _written('Lumen "Lab"', "ils@lumen.example"), _written("", "a@b.example")
    ('"Lumen Lab" <ils@lumen.example>', 'a@b.example')
    """
    clean = " ".join(name.replace('"', "").replace("\\", "").replace("<", "").replace(">", "").split())
    return f'"{clean}" <{address}>' if clean else address


def _named(name: str, address: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}


def _base64(body: bytes) -> str:
    return base64.b64encode(body).decode("ascii")
