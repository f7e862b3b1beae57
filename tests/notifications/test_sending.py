"""A mail leaves once from its durable job: whatever is repeated, killed in the middle, or refused for a while."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from ils_app.auth import service as auth
from ils_app.kernel import files
from ils_app.kernel.errors import NotFound
from ils_app.kernel.mail import Never, NotNow
from ils_app.kernel.roles import Role
from ils_app.notifications import service
from ils_app.notifications.errors import NotGivenUp
from ils_app.notifications.models import PAUSES
from ils_app.notifications.schemas import MailState
from ils_app.settings.schemas import NotificationKind

MAIL = "SELECT state, attempts, last_error, provider_id FROM notifications.mail"


@pytest.fixture
def facts(rows):
    """What this room told others, with the keys."""
    query = "SELECT name, body->>'key' FROM kernel.event WHERE name LIKE 'Mail%%' ORDER BY id"
    return lambda: rows(query)


async def write(**changes) -> None:
    said = {"key": "po:1", "to": "desk@lumen.example", "to_name": "Lumen desk", "subject": "PO-2026-000001",
            "text": "Please find our order.\n\nKind regards", **changes}  # fmt: skip
    await service.write(**said)


def only_mail(rows) -> UUID:
    ((mail_id,),) = rows("SELECT id FROM notifications.mail")
    return mail_id


async def test_a_written_mail_leaves_once_and_says_so(carrier, work_off, rows, facts):
    await write(href="/purchase-orders/1", attachments=(await files.keep("po.pdf", b"%PDF-1.7"),))
    await write()
    await work_off()
    for _ in range(2):
        await service.send(only_mail(rows))  # the job once more
    assert await service.sweep() == 0
    ((message, key),) = carrier.taken
    assert (message.to, message.to_name, message.subject) == ("desk@lumen.example", "Lumen desk", "PO-2026-000001")
    assert (message.attachments[0].name, message.attachments[0].content_type) == ("po.pdf", "application/pdf")
    assert "/purchase-orders/1" in message.text
    assert message.settings_url == "", "whoever has no account has no settings"
    assert key == str(only_mail(rows))
    assert rows(MAIL) == [("sent", 1, "", "taken-1")]
    assert facts() == [("MailLeft", "po:1")]


async def test_whoever_dies_while_sending_leaves_a_claim_that_runs_out(carrier, work_off, rows, facts):
    """The worker is gone between the provider's yes and the mark: after the claim the same key is handed over again."""
    await write()
    mail_id, held = only_mail(rows), asyncio.Event()

    async def die() -> None:
        held.set()
        await asyncio.Event().wait()

    carrier.meanwhile = die
    first = asyncio.create_task(service.send(mail_id))
    await held.wait()
    await service.send(mail_id)  # another worker, meanwhile
    assert len(carrier.taken) == 1
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    carrier.meanwhile = None
    await service.send(mail_id)
    assert len(carrier.taken) == 1, "the dead one's claim still stands"
    assert rows("SELECT state FROM notifications.mail") == [("waiting",)]
    rows("UPDATE notifications.mail SET claimed_until = now() - interval '1 second',"
         " next_try_at = now() - interval '1 hour'")  # fmt: skip
    rows("DELETE FROM procrastinate_jobs")  # and its job was lost with it
    assert await service.sweep() == 1
    await work_off()
    assert [key for _, key in carrier.taken] == [str(mail_id)] * 2, "one key: one Message-ID, one Idempotency-Key"
    assert rows("SELECT state, attempts FROM notifications.mail") == [("sent", 2)]
    assert facts() == [("MailLeft", "po:1")]


async def test_two_workers_at_once_hand_it_over_once(carrier, rows):
    await write()
    began, gate = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        began.set()
        await gate.wait()

    carrier.meanwhile = slowly
    all_of_them = [asyncio.create_task(service.send(only_mail(rows))) for _ in range(4)]
    await began.wait()
    gate.set()
    await asyncio.gather(*all_of_them)
    assert len(carrier.taken) == 1


async def test_what_is_refused_for_now_is_tried_again_later_and_later_and_given_up_after_a_day(
    carrier, work_off, rows, facts
):
    carrier.refuses = NotNow("The mail server does not answer.")
    await write()
    waits = []
    for attempt in range(1, len(PAUSES) + 1):
        await service.send(only_mail(rows))
        ((state, attempts, why, _),) = rows(MAIL)
        assert (state, attempts, why) == ("waiting", attempt, "The mail server does not answer.")
        ((due,),) = rows("SELECT next_try_at FROM notifications.mail")
        waits.append(due - datetime.now(UTC))
    assert waits == sorted(waits)
    assert sum(waits, timedelta()) > timedelta(days=1)
    assert facts() == []
    ((scheduled,),) = rows("SELECT max(scheduled_at) FROM procrastinate_jobs WHERE task_name = 'notifications.send'")
    assert scheduled > datetime.now(UTC)
    await service.send(only_mail(rows))
    assert rows(MAIL)[0][:2] == ("given_up", len(PAUSES) + 1)
    assert facts() == [("MailGaveUp", "po:1")]
    await work_off()
    assert carrier.asked == len(PAUSES) + 1


async def test_what_is_refused_for_good_is_given_up_at_once_and_an_administrator_may_try_anew(
    carrier, work_off, rows, facts, make_person, as_actor
):
    admin, other = as_actor(await make_person(Role.ADMIN)), as_actor(await make_person())
    carrier.refuses = Never("The mail server refuses the recipient's address (550).")
    await write()
    await service.tell(
        key="k", kind=NotificationKind.INVOICE, title="INV-000001", text="It is due.", href="/invoices/1",
        user_ids=[other.user_id],
    )  # fmt: skip
    await work_off()
    page = await service.mails(admin, state=MailState.GIVEN_UP)
    assert (page.total, page.given_up, page.waiting, page.sent, page.leaves) == (2, 2, 0, 0, True)
    assert await service.mails_given_up(admin) == 2
    written = next(row for row in page.rows if row.address == "desk@lumen.example")
    assert (written.subject, written.attempts, written.last_error) == (
        "PO-2026-000001", 1, "The mail server refuses the recipient's address (550).",
    )  # fmt: skip
    assert facts() == [("MailGaveUp", "po:1")], "what was told to a person is no fact for others"
    carrier.refuses = None
    again = await service.send_again(admin, written.id)
    assert (again.state, again.attempts) == (MailState.WAITING, 0)
    await work_off()
    assert carrier.addresses == ["desk@lumen.example"]
    assert facts() == [("MailGaveUp", "po:1"), ("MailTriedAgain", None), ("MailLeft", "po:1")]
    with pytest.raises(NotGivenUp):
        await service.send_again(admin, written.id)
    with pytest.raises(NotFound):
        await service.send_again(admin, uuid4())


async def test_a_file_that_is_gone_gives_a_mail_up_with_the_reason(carrier, work_off, rows, facts):
    ref = await files.keep("po.pdf", b"%PDF-1.7")
    await write(attachments=(ref.model_copy(update={"sha256": "0" * 64}),))
    await work_off()
    assert rows(MAIL) == [("given_up", 1, "A file that goes along with it is not to be found any more.", "")]
    assert (carrier.asked, facts()) == (0, [("MailGaveUp", "po:1")])


async def test_what_breaks_unexpectedly_is_an_attempt_and_says_no_more_than_its_kind(carrier, work_off, rows):
    carrier.refuses = RuntimeError("olive@harbour.example")
    await write()
    await work_off()
    assert rows(MAIL) == [("waiting", 1, "ILS could not write it (RuntimeError).", "")]
    assert rows("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'") == [(0,)]


async def test_a_mail_bears_the_sender_s_letterhead_and_says_where_to_choose_what_comes(
    carrier, work_off, rows, make_person
):
    one = await make_person(Role.LAB, name="Theo <b>Brandt</b>")
    rows(
        "INSERT INTO settings.letterhead (organisation_id, name, address_lines, postcode, country, phone, email,"
        " website, tax_number, company_number, version, updated_at) VALUES (%s, 'Northlight & Sons', '{1 Quay}',"
        " 'PL1 1AA', 'United Kingdom', '01752 1', 'desk@northlight.example', '', '', '', 1, now())",
        one.organisation_id,
    )
    kinds = (NotificationKind.INVOICE, NotificationKind.ACCOUNT)
    for kind in kinds:
        await service.tell(key=kind, kind=kind, title="A <title>", text="One.\n\nTwo.", href="/x?a=1&b=2",
                           user_ids=[one.user_id])  # fmt: skip
        await work_off()
    (invoice, _), (account, _) = carrier.taken
    assert (invoice.from_name, invoice.reply_to) == ("Northlight & Sons", "desk@northlight.example")
    assert "Northlight &amp; Sons" in invoice.html
    assert "A &lt;title&gt;" in invoice.html
    assert "<b>Brandt" not in invoice.html
    for word in ("Northlight & Sons", "1 Quay, PL1 1AA, United Kingdom", "One.", "Two.", "/x?a=1&b=2", "/settings"):
        assert word in invoice.text
    assert "/x?a=1&amp;b=2" in invoice.html
    assert "<img" not in invoice.html
    assert invoice.settings_url.endswith("/settings")
    assert account.settings_url == ""
    assert "/settings" not in account.text + account.html


async def test_what_was_told_leaves_only_while_they_are_still_those_it_is_for(
    carrier, work_off, rows, make_person, as_actor
):
    admin = as_actor(await make_person(Role.ADMIN))
    suspended = await make_person(Role.LAB)
    stripped = await make_person(Role.LAB, organisation_id=suspended.organisation_id)
    staying = await make_person(Role.LAB, organisation_id=suspended.organisation_id)
    carrier.refuses = NotNow("The mail server does not answer.")
    await service.tell(
        key="po-late:1", kind=NotificationKind.PURCHASE_ORDER, title="PO-2026-000001", text="It is late.", href="/x",
        organisation_id=suspended.organisation_id, roles=[Role.LAB],
    )  # fmt: skip
    await work_off()
    await auth.suspend(admin, suspended.user_id, "Left the lab")
    await auth.set_roles(admin, stripped.user_id, (Role.ENGINEER,))
    await work_off()
    carrier.refuses = None
    for (mail_id,) in rows("SELECT id FROM notifications.mail WHERE state = 'waiting'"):
        await service.send(mail_id)
    assert carrier.addresses == sorted([staying.email, suspended.email])
    (letter,) = [message for message, _ in carrier.taken if message.to == suspended.email]
    assert letter.subject == "Your account is suspended", "what tells them of it leaves all the same"
    gone = rows("SELECT address, last_error FROM notifications.mail WHERE state = 'given_up' ORDER BY address")
    assert [address for address, _ in gone] == sorted([suspended.email, stripped.email])
    assert {why for _, why in gone} == {
        "It is not for them any more: they were suspended, work elsewhere or have another role."
    }


async def test_before_there_is_a_lab_ils_writes_in_its_own_name(carrier, work_off):
    await write()
    await work_off()
    assert carrier.taken[0][0].from_name == "ILS"


async def test_old_entries_and_mails_go_and_their_keys_stay(carrier, work_off, rows, make_person, as_actor):
    one = await make_person()
    for number in range(3):
        await service.tell(key=f"k{number}", kind=NotificationKind.ACCOUNT, title=f"t{number}", text="t", href="/",
                           user_ids=[one.user_id])  # fmt: skip
    await work_off()
    for key, read, at in (("k0", "now() - interval '91 days'", "now()"), ("k1", "NULL", "now() - interval '366 days'")):
        rows(f"UPDATE notifications.entry SET read_at = {read}, at = {at} WHERE notice_id ="
             " (SELECT id FROM notifications.notice WHERE key = %s)", key)  # fmt: skip
    rows("UPDATE notifications.mail SET done_at = now() - interval '181 days' WHERE id ="
         " (SELECT id FROM notifications.mail LIMIT 1)")  # fmt: skip
    await service.forget_old()
    assert [row.title for row in (await service.notifications(as_actor(one))).rows] == ["t2"]
    assert rows("SELECT count(*) FROM notifications.mail") == [(2,)]
    await service.tell(key="k0", kind=NotificationKind.ACCOUNT, title="again", text="t", href="/",
                       user_ids=[one.user_id])  # fmt: skip
    await work_off()
    assert (await service.notifications(as_actor(one))).total == 1
