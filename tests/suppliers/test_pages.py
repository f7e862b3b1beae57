"""What the pages of the suppliers room do with what happens to them."""

from uuid import UUID

import pytest

from ils_app.kernel import files
from ils_app.kernel.actor import Actor
from ils_app.kernel.mail import Never
from ils_app.suppliers import service as suppliers
from ils_app.suppliers.order_schemas import MOST_LINES
from ils_app.suppliers.pages.document_list import DocumentsState
from ils_app.suppliers.pages.order import PurchaseOrderState
from ils_app.suppliers.pages.order_form import PurchaseOrderFormState
from tests.support.supplying import PDF, a_line, an_order
from tests.support.tabs import Tab, said

Order, Form = PurchaseOrderState, PurchaseOrderFormState


@pytest.fixture
def tab(theo, monkeypatch):
    """A tab of the lab's."""
    return lambda address, actor=theo: Tab(actor, monkeypatch, address)


@pytest.fixture
def at(tab):
    """A tab on an order's page."""

    async def opened(order_id: UUID, actor: Actor | None = None) -> Tab:
        one = tab(f"/purchase-orders/{order_id}", *([actor] if actor else []))
        await one.do(Order.load)
        return one

    return opened


@pytest.fixture
def writing(tab):
    """A tab on the form of a draft."""

    async def opened(order_id: UUID) -> Tab:
        one = tab(f"/purchase-orders/new?draft={order_id}")
        await one.do(Form.load)
        return one

    return opened


async def test_what_keeps_a_draft_from_being_sent_again_is_said_where_no_form_is_open(
    at, theo, lumen, carrier, work_off
):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    carrier.refuses = Never("no such mailbox")
    await suppliers.send_order(theo, begun.id, begun.version)
    await work_off()
    page = await at(begun.id)
    assert page.state(Order).order.send_error
    desk = (await suppliers.supplier(theo, lumen.id)).contacts[0]
    await suppliers.remove_contact(theo, lumen.id, desk.id)
    [(tone, sentence)] = said(await page.do(Order.send))
    assert tone == "refused"
    assert "no contact who gets orders" in sentence


async def test_what_is_wrong_in_a_dialog_stands_beside_its_field_and_what_is_not_is_said_as_it_closes(
    at, theo, marco, sent
):
    order = await sent()
    page = await at(order.id)
    await page.do(Order.ask_lab, "receive")
    blank = str(order.lines[0].id)
    assert await page.do(Order.receive, {f"count_{blank}": "51"}) is None
    state = page.state(Order)
    assert "At most 50" in state.problems[blank]
    assert state.asking == "receive"
    await suppliers.acknowledge_order(marco, order.id, confirmed_on=order.expected_on.isoformat())
    [(tone, sentence)] = said(await page.do(Order.receive, {f"count_{blank}": "50"}))
    assert (tone, state.asking, state.order.step) == ("refused", "", "acknowledged")
    assert "changed elsewhere" in sentence


async def test_a_line_too_many_is_said_and_stays_in_its_fields(writing, theo, lumen):
    begun = await suppliers.begin_order(theo, an_order(lumen.id, *[a_line(f"k{n}") for n in range(MOST_LINES)]))
    form = await writing(begun.id)
    one = {"description": "One more", "quantity": "1", "unit": "pcs", "unit_price": "1", "tax_rate": "20"}
    for name, value in one.items():
        await form.do(Form.type_line, name, value)
    await form.do(Form.put_line, one)
    state = form.state(Form)
    assert "at most 300 lines" in state.problems["lines"]
    assert state._typed == one
    assert len((await suppliers.purchase_order(theo, begun.id)).draft.lines) == MOST_LINES


async def test_what_is_being_typed_stays_when_a_colleague_saves_the_same_draft(writing, theo, lumen):
    begun = await suppliers.begin_order(theo, an_order(lumen.id, notes="Gate 3"))
    form = await writing(begun.id)
    state, epoch = form.state(Form), form.state(Form).epoch
    await form.do(Form.edit, "reference", "Winter stock")
    theirs = an_order(lumen.id, reference="Theirs", notes="Gate 4", expected_on="2099-01-02")
    saved = await suppliers.save_order(theo, begun.id, theirs, begun.version)
    answer = await form.do(Form.refresh)
    assert said(answer)
    assert (state.reference, state.notes, state.expected_on) == ("Winter stock", "Gate 4", "2099-01-02")
    assert state.epoch == epoch  # the cursor stays in its field
    await state._keep_head()
    now = await suppliers.purchase_order(theo, begun.id)
    assert (now.draft.reference, now.draft.notes, now.version) == ("Winter stock", "Gate 4", saved.version + 1)
    await suppliers.save_order(theo, begun.id, theirs, now.version)
    await form.do(Form.refresh)
    assert (state.reference, state.epoch) == ("Theirs", epoch + 1)  # nothing was being typed


async def test_a_draft_that_cannot_be_discarded_stays_in_its_form(writing, theo, lumen):
    begun = await suppliers.begin_order(theo, an_order(lumen.id))
    form = await writing(begun.id)
    await suppliers.send_order(theo, begun.id, begun.version)
    [(tone, _)] = said(await form.do(Form.discard))
    assert (tone, form.state(Form).order_id) == ("refused", str(begun.id))
    again = await suppliers.begin_order(theo, an_order(lumen.id))
    form = await writing(again.id)
    await form.do(Form.discard)
    assert form.state(Form).order_id == ""
    assert await form.do(Form.refresh) is None


class Upload:
    """A file as the browser sends it."""

    name = filename = "sheet.pdf"

    def __init__(self) -> None:
        self._rest = [PDF]

    async def read(self, most: int) -> bytes:
        return self._rest.pop() if self._rest else b""


def kept() -> int:
    return len(list(files._folder().iterdir()))


async def test_a_file_that_was_taken_is_forgotten_when_the_page_is_left(tab, marco):
    library = tab("/documents", marco)
    await library.do(DocumentsState.load)
    before = kept()
    await library.do(DocumentsState.take, [Upload()])
    assert (library.state(DocumentsState).held, kept()) == ("sheet.pdf, 1 kB", before + 1)
    await library.do(DocumentsState.load)
    assert (library.state(DocumentsState).held, kept()) == ("", before)


async def test_a_new_version_of_no_document_is_refused_and_its_file_stays_held(tab, marco):
    library = tab("/documents", marco)
    await library.do(DocumentsState.load)
    await library.do(DocumentsState.take, [Upload()])
    [(tone, _)] = said(await library.do(DocumentsState.add_version, {"valid_until": ""}))
    assert (tone, library.state(DocumentsState).held) == ("refused", "sheet.pdf, 1 kB")
