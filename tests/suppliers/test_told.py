"""What is done with purchase orders and documents stands in the audit list, in words."""

from datetime import timedelta

from sqlalchemy import text

from ils_app.kernel.clock import today_in_lab
from ils_app.kernel.events import Fact
from ils_app.kernel.mail import Never
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.room import room
from tests.support.supplying import PDF, a_line, an_order


async def told() -> list[str]:
    """The sentences of every fact about an order or a document, oldest first, without its number."""
    query = "SELECT name, body FROM kernel.event WHERE name ~ '^(PurchaseOrder|Document)' ORDER BY id"
    async with room.read() as session:
        rows = (await session.execute(text(query))).all()
    facts = [Fact.known[name].model_validate(body) for name, body in rows]
    return [fact.told().format(**{**fact.model_dump(), "number": "N"}) for fact in facts]


async def test_every_step_of_an_order_is_told_in_words(theo, marco, lumen, carrier, work_off):
    begun = await suppliers.begin_order(theo, an_order(lumen.id, a_line("a"), a_line("b")))
    carrier.refuses = Never("no such mailbox")
    await suppliers.send_order(theo, begun.id, begun.version)
    await work_off()
    back = await suppliers.purchase_order(theo, begun.id)
    saved = await suppliers.save_order(theo, begun.id, back.draft, back.version)
    carrier.refuses = None
    await suppliers.mail_left(f"purchase-order:{begun.id}:1")
    saved = await suppliers.purchase_order(theo, begun.id)
    await suppliers.send_order(theo, begun.id, saved.version)
    await work_off()
    await suppliers.acknowledge_order(marco, begun.id, confirmed_on=today_in_lab().isoformat())
    for _ in range(2):
        await suppliers.ship_order(marco, begun.id, carrier="Post")
    await suppliers.deliver_order(marco, begun.id)
    order = await suppliers.purchase_order(theo, begun.id)
    await suppliers.receive_order(theo, begun.id, {order.lines[0].id: "1"}, version=order.version)
    await suppliers.close_order(theo, begun.id, "Sold out")
    assert await told() == [
        f"Purchase order N {what}"
        for what in (
            "was begun", "is being sent", "could not be sent", "had a mail of an earlier writing leave",
            "is being sent", "went from draft to sent", "went from sent to acknowledged",
            "went from acknowledged to in_transit", "had another parcel shipped", "went from in_transit to delivered",
            "was counted in", "was closed short",
        )
    ]  # fmt: skip
    await work_off()
    assert len(carrier.to("orders@lumen.example")) == 1


async def test_a_document_that_is_called_otherwise_is_told_of_once(marco):
    until = (today_in_lab() + timedelta(days=90)).isoformat()
    draft = suppliers.DocumentDraft(title="Sheet", kind="sds", valid_until=until)
    added = await suppliers.add_document(marco, draft, "a.pdf", PDF)
    named = await suppliers.edit_document(marco, added.id, "Data sheet", "sds", added.version)
    await suppliers.edit_document(marco, added.id, "Data sheet", "sds", named.version)
    assert (await told())[1:] == ["A document was renamed"]
