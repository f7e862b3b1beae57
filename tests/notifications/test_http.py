"""The room over HTTP: what one was told, the mails, and outside production the sink's pages."""

from uuid import UUID, uuid4

import httpx
import pytest

from ils_app.auth import service as auth
from ils_app.kernel import config, files, mail_sink
from ils_app.kernel.errors import NotFound
from ils_app.kernel.mail import Message, Never
from ils_app.kernel.mail_sink import Sink
from ils_app.kernel.roles import Role
from ils_app.notifications import service
from ils_app.notifications.api import app
from ils_app.settings.schemas import NotificationKind
from tests.support.surfaces import shell

PASSWORD = "violet-meniscus-42"
SHELL = shell()
TOLD = {"kind": NotificationKind.ORDER_SHIPPED, "title": "ORD-2026-000001 has been shipped", "text": "On its way.",
        "href": "/orders/1"}  # fmt: skip


@pytest.fixture
async def client(database):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ils.test") as asking:
        yield asking


async def bearer(person) -> dict[str, str]:
    signed_in = await auth.sign_in(person.email, PASSWORD, address="127.0.0.1")
    return {"authorization": f"Bearer {signed_in.token}"}


async def test_what_one_was_told_is_listed_filtered_and_marked_read(client, make_person, carrier, work_off):
    one, other = await make_person(), await make_person()
    for number in range(3):
        await service.tell(key=f"k{number}", user_ids=[one.user_id], **TOLD)
    await work_off()
    mine, theirs = await bearer(one), await bearer(other)
    page = (await client.get("/api/v1/notifications", headers=mine)).json()
    assert (page["total"], page["unread"], page["rows"][0]["kind"]) == (3, 3, "order_shipped")
    path = f"/api/v1/notifications/{page['rows'][0]['id']}/read"
    assert (await client.post(path, headers=theirs)).status_code == 404
    assert [(await client.post(path, headers=mine)).status_code for _ in range(2)] == [204, 204]
    unread = (await client.get("/api/v1/notifications?unread=true&size=1", headers=mine)).json()
    assert (unread["total"], len(unread["rows"])) == (2, 1)
    assert (await client.get("/api/v1/notifications?kind=invoice", headers=mine)).json()["total"] == 0
    assert (await client.get("/api/v1/notifications?kind=gossip", headers=mine)).status_code == 422
    assert (await client.post("/api/v1/notifications/read", headers=mine)).json() == {"marked": 2}
    assert (await client.get("/api/v1/notifications", headers=theirs)).json()["rows"] == []


async def test_an_administrator_lists_mails_and_has_one_sent_again(client, make_person, carrier, work_off):
    admin = await make_person(Role.ADMIN)
    carrier.refuses = Never("The mail server refuses the mail (554).")
    await service.write(key="po:1", to="desk@lumen.example", to_name="", subject="PO-2026-000001", text="Here.")
    await work_off()
    headers = await bearer(admin)
    (row,) = (await client.get("/api/v1/mails?state=given_up", headers=headers)).json()["rows"]
    assert (row["subject"], row["last_error"]) == ("PO-2026-000001", "The mail server refuses the mail (554).")
    carrier.refuses = None
    assert (await client.post(f"/api/v1/mails/{row['id']}/send", headers=headers)).json()["state"] == "waiting"
    again = await client.post(f"/api/v1/mails/{row['id']}/send", headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "not_given_up")
    await work_off()
    assert (await client.get("/api/v1/mails", headers=headers)).json()["sent"] == 1


@pytest.fixture
def empty_sink(database, tmp_path):
    """A home of its own, so that a test sees its own mails only."""
    home = config.current().model_copy(update={"home": tmp_path})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "current", lambda: home)
        yield tmp_path


@pytest.fixture
async def browser(empty_sink):
    """A browser on the whole application."""
    transport = httpx.ASGITransport(SHELL.hardened(SHELL.gateway()))
    async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as asking:
        yield asking


async def test_outside_production_what_would_leave_is_to_be_read_at_dev_mail(
    browser, empty_sink, make_person, work_off
):
    assert "No mail yet" in (await browser.get("/dev/mail")).text
    person = await make_person(name="Olive <i>Vance</i>")
    pdf, odd = await files.keep("po č.pdf", b"%PDF-1.7 x"), await files.keep("page.html", b"<script>alert(1)</script>")
    await service.write(key="po:1", to=person.email, to_name=person.name, subject="PO & <more>", text="Here it is.",
                        href="/purchase-orders/1", attachments=(pdf, odd))  # fmt: skip
    await work_off()
    (kept,) = await mail_sink.kept()
    listed = (await browser.get("/dev/mail")).text
    assert f"/dev/mail/{kept.id}" in listed
    assert "PO &amp; &lt;more&gt;" in listed
    shown = await browser.get(f"/dev/mail/{kept.id}")
    assert "Here it is." in shown.text
    assert "<i>Vance" not in shown.text
    assert "script-src" in shown.headers["content-security-policy"]
    html = await browser.get(f"/dev/mail/{kept.id}/html")
    assert "sandbox" in html.headers["content-security-policy"]
    assert html.headers["x-frame-options"] == "SAMEORIGIN"
    assert "/purchase-orders/1" in html.text
    opened = await browser.get(f"/dev/mail/{kept.id}/attachments/0")
    assert (opened.content, opened.headers["content-type"]) == (b"%PDF-1.7 x", "application/pdf")
    saved = await browser.get(f"/dev/mail/{kept.id}/attachments/1")
    assert saved.headers["content-type"] == "application/octet-stream", "no page of a stranger's runs on our origin"
    assert saved.headers["content-disposition"].startswith("attachment")
    for nothing in (f"/dev/mail/{uuid4()}", "/dev/mail/..%2f..%2fsecrets", f"/dev/mail/{kept.id}/attachments/7"):
        assert (await browser.get(nothing)).status_code == 404
    file = empty_sink / ".ils" / "mail" / f"{kept.id}.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


async def test_mails_are_read_from_this_machine_alone(empty_sink):
    async def answers(*, client: str = "127.0.0.1") -> list[int]:
        transport = httpx.ASGITransport(SHELL.hardened(SHELL.gateway()), client=(client, 50000))
        async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as asking:
            places = ("/dev/mail", f"/dev/mail/{uuid4()}", f"/dev/mail/{uuid4()}/html")
            return [(await asking.get(place)).status_code for place in places]

    assert await answers() == [200, 404, 404]
    for elsewhere in ("192.0.2.7", "2001:db8::1", "a socket"):
        assert await answers(client=elsewhere) == [404] * 3
    public = config.current().model_copy(update={"public_url": "https://ils.example"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "current", lambda: public)
        assert await answers() == [404] * 3


async def test_the_sink_keeps_a_repeated_mail_once_and_the_newest_only(empty_sink, monkeypatch):
    monkeypatch.setattr(mail_sink, "KEPT", 3)
    message = Message(to="a@b.example", subject="s", text="t", html="<p>t</p>")
    keys = [str(UUID(int=number)) for number in range(5)]
    for key in [*keys, keys[-1]]:
        await Sink().send(message, key)
    assert [mail.id for mail in await mail_sink.kept()] == [keys[4], keys[3], keys[2]]
    with pytest.raises(NotFound):
        await mail_sink.one(keys[0])
    with pytest.raises(ValueError, match="key"):
        await Sink().send(message, "../../secrets")
    with pytest.raises(Never):
        await Sink().send(message.model_copy(update={"to": "nowhere"}), keys[0])


async def test_in_production_there_is_no_such_page(database):
    real = config.current().model_copy(
        update={"ils_env": config.Environment.PRODUCTION, "public_url": "https://ils.example"}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "current", lambda: real)
        transport = httpx.ASGITransport(SHELL.gateway())
        async with httpx.AsyncClient(transport=transport, base_url="http://ils.test") as asking:
            assert (await asking.get("/dev/mail")).status_code == 404
