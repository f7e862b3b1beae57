"""The people of a practice are told of their orders, each move once, and no mail names a patient."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ils_app.auth import service as auth
from ils_app.auth.schemas import OrganisationKind
from ils_app.kernel import mail_provider
from ils_app.kernel.actor import Actor
from ils_app.kernel.live import EVERYTHING
from ils_app.kernel.roles import Role
from ils_app.notifications import service as notifications
from ils_app.settings import reading as settings_reading

NOW = datetime.now(UTC)


class Carrier:
    """Takes every mail and keeps it."""

    name = "a carrier"

    def __init__(self) -> None:
        self.taken = []

    async def send(self, message, key: str) -> str:
        self.taken.append(message)
        return key


@pytest.fixture
def carrier(monkeypatch) -> Carrier:
    one = Carrier()
    monkeypatch.setattr(mail_provider, "chosen", lambda: one)
    return one


@pytest.fixture
async def ecp(clinic, carrier) -> Actor:
    """Somebody with an account at the practice; a colleague of another practice hears nothing."""
    await settings_reading.hear([EVERYTHING])
    kind = OrganisationKind.PRACTICE
    await auth.create_organisation(name="Harbour Eye Care", kind=kind, organisation_id=clinic.id)
    other = await auth.create_organisation(name="Another", kind=kind)
    people = [
        await auth.create_user(
            email=f"{uuid4().hex}@example.com", name="Olive Vance", password="violet-meniscus-42",
            organisation_id=organisation_id, roles=(Role.ECP,),
        )
        for organisation_id in (clinic.id, other.id)
    ]  # fmt: skip
    return Actor(people[0].user_id, "Olive Vance", Role.ECP, clinic.id)


@pytest.fixture
def say(hear, work_off):
    """Has the LIMS say where the job is, and everything done that follows."""

    async def said(order, status: str, sequence: int | None, **more) -> None:
        at = more.pop("at", NOW + timedelta(seconds=sequence or 0))
        body = {"jobId": order.job_id, "newStatus": status, "sequence": sequence, "timestamp": at.isoformat(), **more}
        assert (await hear({name: value for name, value in body.items() if value is not None})).status_code == 202
        await work_off()

    return said


async def told(ecp: Actor) -> list[tuple[str, str]]:
    page = await notifications.notifications(ecp)
    return [(str(row.kind), row.title.split(" ", 1)[1]) for row in reversed(page.rows)]


async def test_received_held_and_shipped_are_each_told_once_by_bell_and_mail(placed, ecp, say, carrier, work_off):
    order = await placed()
    await work_off()
    for _ in range(2):
        await say(order, "in_production", 2)
        await say(order, "on_hold", 3, reason="Blank out of stock")
        await say(order, "in_production", 4)
        await say(order, "ready_for_shipping", 5)
        await say(order, "shipped", 6, carrier="DHL", trackingNumber="1Z 42")
        await say(order, "completed", 7)
    assert await told(ecp) == [
        ("order_received", "order received"), ("order_on_hold", "is on hold"), ("order_shipped", "has been shipped")
    ]  # fmt: skip
    assert [mail.subject for mail in carrier.taken] == [
        f"{order.number}: order received", f"{order.number} is on hold", f"{order.number} has been shipped"
    ]  # fmt: skip
    assert "The lab says: Blank out of stock" in carrier.taken[1].text
    assert "DHL, tracking number 1Z 42" in carrier.taken[2].text
    assert all(f"/orders/{order.id}" in mail.text and f"/orders/{order.id}" in mail.html for mail in carrier.taken)


async def test_a_second_hold_and_another_reason_are_told_again_and_a_repeated_reason_is_not(placed, ecp, say, carrier):
    order = await placed()
    await say(order, "on_hold", 2, reason="Blank out of stock")
    await say(order, "on_hold", 3, reason="Blank out of stock", previousStatus="in_production")
    await say(order, "on_hold", 4, reason="The other blank cracked", previousStatus="in_production")
    await say(order, "failed", 5, errorMessage="Broke at edging")
    await say(order, "in_production", 6)
    await say(order, "on_hold", 7, reason="Blank out of stock")
    reasons = [mail.text.split("The lab says: ")[1].split("\n")[0] for mail in carrier.taken[1:]]
    assert reasons == ["Blank out of stock", "The other blank cracked", "Broke at edging", "Blank out of stock"]
    assert carrier.taken[3].subject == f"{order.number} failed at the lab"


async def test_a_lims_that_counts_nothing_is_followed_move_by_move(placed, ecp, hear, work_off, carrier):
    order = await placed()
    for status, why in (("on_hold", "One"), ("in_production", None), ("on_hold", "Two")):
        said = {"job_id": order.job_id, "new_status": status, **({"reason": why} if why else {})}
        assert (await hear(said)).status_code == 202
        await work_off()
    assert [mail.subject for mail in carrier.taken[1:]] == [f"{order.number} is on hold"] * 2
    assert ["One" in carrier.taken[1].text, "Two" in carrier.taken[2].text] == [True, True]


@pytest.mark.parametrize("reason", ["Asked Mrs JONES for another frame", "margaret's frame", "Zweitbrille 7 fehlt"])
async def test_a_reason_that_names_the_patient_stays_on_the_page(placed, good, ecp, say, carrier, reason):
    order = await placed(good(reference="Zweitbrille 7"))
    await say(order, "on_hold", 2, reason=reason)
    await say(order, "shipped", 3, carrier="Jones Couriers", trackingNumber="1Z")
    held, shipped = carrier.taken[1:]
    for mail in carrier.taken:
        assert not [word for word in ("Jones", "JONES", "argaret", "Zweitbrille") if word in mail.text + mail.html]
    assert "on the order's page" in held.text
    assert "It is on its way." in shipped.text


async def test_an_order_the_lab_cannot_make_is_told_without_its_figures(lab, placed, ecp, sql, carrier, work_off):
    order = await placed()
    await work_off()
    carrier.taken.clear()
    await sql("UPDATE orders.\"order\" SET status = 'submitted', job_id = NULL, job_status = NULL,"
              " configuration = jsonb_set(configuration, '{design}', '\"no-such-design\"'), attempts = 0")  # fmt: skip
    await sql('UPDATE orders."order" SET id = :new WHERE id = :old', new=uuid4(), old=order.id)
    again = (await sql('SELECT id FROM orders."order"'))[0][0]
    from ils_app.orders import service as orders

    await orders.send_to_lab(again)
    await work_off()
    assert [mail.subject for mail in carrier.taken] == [f"{order.number} cannot be made as ordered"]
    assert "corrected draft" in carrier.taken[0].text
    assert "no-such-design" not in carrier.taken[0].text


async def test_what_happened_long_ago_is_no_news(placed, ecp, say, carrier):
    order = await placed()
    await say(order, "on_hold", 2, reason="Long ago", at=NOW - timedelta(days=3))
    assert [mail.subject for mail in carrier.taken] == [f"{order.number}: order received"]
