"""Mail leaves over SMTP, Resend and SendGrid, or into the sink; what goes wrong is worth another try, or never."""

import asyncio
import base64
import json
import socket
import ssl
from email import message_from_bytes
from email.policy import default

import httpx
import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult
from pydantic import SecretStr

from ils_app.kernel import config, mail, mail_provider, mail_smtp
from ils_app.kernel.mail import Attached, Message, Never, NotNow
from ils_app.kernel.mail_http import Resend, SendGrid
from ils_app.kernel.mail_sink import Sink
from ils_app.kernel.mail_smtp import Smtp

KEY = "6e0fb4ac-6e3a-4d70-9a79-4d3f9f1f0001"
MESSAGE = Message(
    to="olive@harbour.example",
    to_name="Olive Vance",
    from_name="Northlight Lab, Ltd.",
    reply_to="desk@northlight.example",
    subject="ORD-2026-000001 has been shipped · śťč",
    text="It is on its way.\n",
    html="<p>It is on its way.</p>",
    settings_url="https://ils.example/settings",
    attachments=(Attached(name="order.pdf", content_type="application/pdf", body=b"%PDF-1.7 \x00\xff"),),
)


@pytest.fixture
def settings(monkeypatch, ils_home):
    """Puts other settings in place."""
    real = config.load({"ILS_ENV": "test"}, home=ils_home)

    def put(**changes):
        changed = real.model_copy(update={"mail_from": "ils@northlight.example", **changes})
        monkeypatch.setattr(config, "current", lambda: changed)
        return changed

    put()
    return put


class Desk:
    """A mail server that keeps what it takes and says what a test has it say."""

    def __init__(self) -> None:
        self.taken = []
        self.on_rcpt = self.on_data = self.on_mail = ""
        self.hang = None

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.on_mail or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.on_rcpt:
            return self.on_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((session.ssl is not None, session.auth_data, envelope))
        if self.hang is not None:
            await self.hang.wait()
        return self.on_data or "250 filed as 42"


def authenticated(server, session, envelope, mechanism, data):
    known = data.login == b"ils" and data.password == b"p@ss word"
    return AuthResult(success=known, handled=known, auth_data=data.login)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
async def desk_at(authority, tmp_path, monkeypatch):
    """Starts a server on this loop; the certificate's authority is trusted as an operator's would be."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    servers = []

    async def start(*, tls: str = "", auth: bool = False, host: str = "127.0.0.1", named: str = "127.0.0.1"):
        desk, context = Desk(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(named).configure_cert(context)
        more = {"tls_context": context, "require_starttls": True} if tls == "starttls" else {}
        if auth:
            more |= {"authenticator": authenticated, "auth_required": True, "auth_require_tls": bool(tls == "starttls")}
        with socket.socket() as free:
            free.bind((host, 0))
            port = free.getsockname()[1]
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(desk, enable_SMTPUTF8=True, **more), host, port, ssl=context if tls == "smtps" else None
        )
        servers.append(server)
        return desk, port

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize("tls", ["starttls", "smtps"])
async def test_a_mail_reaches_an_smtp_server_over_tls_with_its_password(settings, desk_at, tls):
    desk, port = await desk_at(tls=tls, auth=tls == "starttls")
    scheme, user = ("smtps", "") if tls == "smtps" else ("smtp", "ils:p%40ss%20word@")  # pragma: allowlist secret
    said = await Smtp(f"{scheme}://{user}127.0.0.1:{port}").send(MESSAGE, KEY)
    assert "42" in said
    secure, user, envelope = desk.taken[0]
    assert secure or tls == "smtps"
    assert user == (b"ils" if tls == "starttls" else None)
    assert (envelope.mail_from, envelope.rcpt_tos) == ("ils@northlight.example", ["olive@harbour.example"])
    got = message_from_bytes(envelope.content, policy=default)
    assert got["From"] == '"Northlight Lab, Ltd." <ils@northlight.example>'
    assert got["To"] == "Olive Vance <olive@harbour.example>"
    assert got["Subject"] == MESSAGE.subject
    assert got["Message-ID"] == f"<{KEY}@northlight.example>"
    assert got["List-Unsubscribe"] == "<https://ils.example/settings>"
    assert got["Reply-To"] == "desk@northlight.example"
    assert got.get_body(("plain",)).get_content().strip() == "It is on its way."
    assert got.get_body(("html",)).get_content().strip() == MESSAGE.html
    (file,) = got.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("order.pdf", "application/pdf")
    assert file.get_payload(decode=True) == MESSAGE.attachments[0].body


async def test_a_server_of_this_machine_needs_no_tls(settings, desk_at):
    desk, port = await desk_at()
    await Smtp(f"smtp://127.0.0.1:{port}").send(MESSAGE, KEY)
    assert len(desk.taken) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_elsewhere_nothing_is_said_without_tls(settings, desk_at, monkeypatch):
    desk, port = await desk_at(auth=True)
    monkeypatch.setattr(mail_smtp, "is_loopback", lambda _: False)
    with pytest.raises(NotNow, match="no TLS"):
        await Smtp(f"smtp://ils:p%40ss%20word@127.0.0.1:{port}").send(MESSAGE, KEY)  # pragma: allowlist secret
    assert desk.taken == []


async def test_a_certificate_of_another_name_is_refused(settings, desk_at):
    desk, port = await desk_at(tls="smtps", named="mail.elsewhere.example")
    with pytest.raises(NotNow) as refused:
        await Smtp(f"smtps://127.0.0.1:{port}").send(MESSAGE, KEY)
    assert desk.taken == []
    assert "127.0.0.1" not in refused.value.why


@pytest.mark.parametrize(
    ("what", "answer", "kind", "said"),
    [
        ("on_rcpt", "550 no such mailbox olive@harbour.example", Never, "recipient's address (550)"),
        ("on_rcpt", "452 mailbox full", NotNow, "recipient's address at the moment (452)"),
        ("on_data", "554 looks like spam", Never, "refuses the mail (554)"),
        ("on_data", "451 try later", NotNow, "the mail at the moment (451)"),
        ("on_mail", "553 not your address", NotNow, "check MAIL_FROM"),
    ],
)
async def test_what_a_server_refuses_for_good_is_not_tried_again(settings, desk_at, what, answer, kind, said):
    desk, port = await desk_at()
    setattr(desk, what, answer)
    with pytest.raises(kind) as refused:
        await Smtp(f"smtp://127.0.0.1:{port}").send(MESSAGE, KEY)
    assert said in refused.value.why
    assert "olive" not in refused.value.why


async def test_a_wrong_password_is_the_operator_s_to_mend(settings, desk_at):
    _, port = await desk_at(tls="starttls", auth=True)
    with pytest.raises(NotNow, match="check SMTP_URL"):
        await Smtp(f"smtp://ils:wrong@127.0.0.1:{port}").send(MESSAGE, KEY)  # pragma: allowlist secret


async def test_a_server_that_is_away_or_silent_is_tried_again(settings, desk_at, monkeypatch):
    with pytest.raises(NotNow, match="does not answer"):
        await Smtp("smtp://127.0.0.1:9").send(MESSAGE, KEY)
    desk, port = await desk_at()
    desk.hang = asyncio.Event()
    monkeypatch.setattr(mail_smtp, "TOTAL_SECONDS", 0.3)
    with pytest.raises(NotNow, match="does not answer"):
        await Smtp(f"smtp://127.0.0.1:{port}").send(MESSAGE, KEY)
    desk.hang.set()


@pytest.mark.parametrize("address", ["not an address", "a@b@c", "", "olive@harbour.example\r\nBcc: x@evil.example"])
async def test_an_address_no_header_can_hold_is_refused_for_good(settings, desk_at, address):
    desk, port = await desk_at()
    with pytest.raises(Never):
        await Smtp(f"smtp://127.0.0.1:{port}").send(MESSAGE.model_copy(update={"to": address}), KEY)
    assert desk.taken == []


def answering(status: int, body: object = None, headers: dict[str, str] | None = None):
    """A provider that answers this, and what it was asked."""
    asked: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, json=body if body is not None else {}, headers=headers)

    return asked, httpx.MockTransport(answer)


async def test_resend_is_asked_with_the_key_and_answers_its_id(settings):
    asked, transport = answering(200, {"id": "49a3999c"})
    assert await Resend("re_12345678", transport=transport).send(MESSAGE, KEY) == "49a3999c"
    (request,) = asked
    assert str(request.url) == "https://api.resend.com/emails"
    assert request.headers["authorization"] == "Bearer re_12345678"
    assert request.headers["idempotency-key"] == KEY
    body = json.loads(request.content)
    assert body["from"] == '"Northlight Lab, Ltd." <ils@northlight.example>'
    assert body["to"] == ['"Olive Vance" <olive@harbour.example>']
    assert (body["subject"], body["text"], body["html"]) == (MESSAGE.subject, MESSAGE.text, MESSAGE.html)
    assert body["headers"]["Message-ID"] == f"<{KEY}@northlight.example>"
    assert body["reply_to"] == ["desk@northlight.example"]
    assert base64.b64decode(body["attachments"][0]["content"]) == MESSAGE.attachments[0].body


async def test_sendgrid_is_asked_and_answers_its_id_and_rewrites_no_link(settings):
    asked, transport = answering(202, headers={"x-message-id": "14c5d75ce93"})
    named = await SendGrid("SG.12345678", transport=transport).send(MESSAGE, KEY)
    assert named == "14c5d75ce93"  # pragma: allowlist secret
    (request,) = asked
    assert str(request.url) == "https://api.sendgrid.com/v3/mail/send"
    body = json.loads(request.content)
    assert body["from"] == {"email": "ils@northlight.example", "name": "Northlight Lab, Ltd."}
    assert body["personalizations"] == [{"to": [{"email": "olive@harbour.example", "name": "Olive Vance"}]}]
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert body["headers"]["Message-ID"] == f"<{KEY}@northlight.example>"
    assert body["reply_to"] == {"email": "desk@northlight.example"}
    assert body["tracking_settings"]["click_tracking"] == {"enable": False}
    assert base64.b64decode(body["attachments"][0]["content"]) == MESSAGE.attachments[0].body


@pytest.mark.parametrize("provider", [Resend, SendGrid])
@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Never), (404, Never), (413, Never), (422, Never), (401, NotNow), (403, NotNow), (409, NotNow),
     (429, NotNow), (500, NotNow), (503, NotNow), (302, NotNow)],
)  # fmt: skip
async def test_a_provider_s_refusals_are_of_two_kinds(settings, provider, status, kind):
    _, transport = answering(status, {"message": "olive@harbour.example is wrong", "name": "validation_error"})
    with pytest.raises(kind) as refused:
        await provider("k", transport=transport).send(MESSAGE, KEY)
    assert str(status) in refused.value.why
    assert "olive" not in refused.value.why


@pytest.mark.parametrize("provider", [Resend, SendGrid])
@pytest.mark.parametrize("error", [httpx.ConnectTimeout, httpx.ReadTimeout, httpx.ConnectError, httpx.ReadError])
async def test_a_provider_that_does_not_answer_is_tried_again(settings, provider, error):
    async def fail(request: httpx.Request) -> httpx.Response:
        raise error("away", request=request)

    with pytest.raises(NotNow, match=error.__name__):
        await provider("k", transport=httpx.MockTransport(fail)).send(MESSAGE, KEY)


async def test_a_repeat_that_resend_took_before_counts_as_taken(settings):
    """The letterhead may have changed between the tries: the mail is out all the same."""
    _, transport = answering(409, {"name": "invalid_idempotent_request"})
    assert await Resend("k", transport=transport).send(MESSAGE, KEY) == ""
    _, transport = answering(409, {"name": "concurrent_idempotent_requests"})
    with pytest.raises(NotNow):
        await Resend("k", transport=transport).send(MESSAGE, KEY)
    broken = httpx.MockTransport(lambda _: httpx.Response(200, text="not json"))
    assert await Resend("k", transport=broken).send(MESSAGE, KEY) == ""


def test_the_way_out_is_what_is_set_else_the_sink_else_in_production_none(settings):
    production = {"ils_env": config.Environment.PRODUCTION}
    secret = SecretStr
    for changes, name in (
        ({"smtp_url": "smtp://127.0.0.1"}, "SMTP"), ({"resend_api_key": secret("re_12345678")}, "Resend"),
        ({"sendgrid_api_key": secret("SG.12345678")}, "SendGrid"),
    ):  # fmt: skip
        settings(**changes, **production)
        chosen = mail_provider.chosen()
        assert chosen is not None
        assert chosen.name == name
    settings()
    assert isinstance(mail_provider.chosen(), Sink)
    settings(**production)
    assert mail_provider.chosen() is None


async def test_without_any_way_out_in_production_a_mail_waits(settings):
    settings(ils_env=config.Environment.PRODUCTION)
    with pytest.raises(NotNow, match="SMTP_URL"):
        await mail_provider.send(MESSAGE, KEY)


def test_who_a_mail_comes_from_is_named_by_the_operator_or_the_organisation(settings):
    settings(mail_from="ILS <ils@northlight.example>")
    assert mail.sender(MESSAGE) == ("ILS", "ils@northlight.example")
    settings(mail_from=None, public_url="https://ils.example")
    assert mail.sender(MESSAGE) == ("Northlight Lab, Ltd.", "ils@ils.example")
    assert mail.message_id(KEY) == f"<{KEY}@ils.example>"


async def test_check_sees_whether_a_mail_server_is_there_and_knows_us(settings, desk_at):
    desk, port = await desk_at(tls="starttls", auth=True)
    await Smtp(f"smtp://ils:p%40ss%20word@127.0.0.1:{port}").reach()  # pragma: allowlist secret
    with pytest.raises(NotNow, match="check SMTP_URL"):
        await Smtp(f"smtp://ils:wrong@127.0.0.1:{port}").reach()  # pragma: allowlist secret
    assert desk.taken == []
