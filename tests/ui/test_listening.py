"""A page listens before it reads, so that nothing that changes in between is missed."""

from uuid import UUID, uuid4

import pytest

from ils_app.billing.errors import NoSuchInvoice
from ils_app.billing.pages.invoice import InvoiceState
from ils_app.kernel.actor import Actor, Role
from ils_app.kernel.errors import NotFound
from ils_app.orders.errors import NoSuchOrder
from ils_app.orders.pages.order import OrderState
from ils_app.practices.pages.practice_list import PracticesState
from ils_app.practices.pages.state import PracticeState
from ils_app.suppliers.errors import NoSuchPurchaseOrder, NoSuchSupplier
from ils_app.suppliers.pages.order import PurchaseOrderState
from ils_app.suppliers.pages.supplier import SupplierState
from tests.support.tabs import Tab, said

ID = UUID("4f5c78e9-aac3-46ea-9dac-30d11a8a8dd1")
ONE = [
    (PurchaseOrderState, "/purchase-orders", "suppliers.service.purchase_order", NoSuchPurchaseOrder),
    (SupplierState, "/suppliers", "suppliers.service.supplier", NoSuchSupplier),
    (PracticeState, "/practices", "practices.service.practice", NotFound),
    (OrderState, "/orders", "orders.service.order", NoSuchOrder),
    (InvoiceState, "/invoices", "billing.service.invoice", NoSuchInvoice),
]
PAGES = [
    *((kind, f"{path}/{ID}", door, gone) for kind, path, door, gone in ONE),
    (PracticesState, "/practices", "practices.service.find_practices", NotFound),
]


@pytest.mark.parametrize(("kind", "address", "door", "gone"), PAGES, ids=lambda one: getattr(one, "__name__", None))
async def test_a_page_listens_before_it_reads(kind, address, door, gone, monkeypatch):
    tab = Tab(Actor(uuid4(), "Theo", Role.ADMIN, uuid4()), monkeypatch, address)

    async def read(*_, **__):
        tab.calls.append("read")
        raise gone()

    monkeypatch.setattr(f"ils_app.{door}", read)
    await tab.do(kind.load)
    assert tab.calls == ["watch", "read"]


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, path, _, _ in ONE], ids=lambda one: str(one))
async def test_a_page_that_names_nothing_hears_of_a_change_and_stays_as_it_is(kind, path, monkeypatch):
    tab = Tab(Actor(uuid4(), "Theo", Role.ADMIN, uuid4()), monkeypatch, f"{path}/nonsense")
    await tab.do(kind.load)
    assert tab.calls == []
    assert said(await tab.do(kind.refresh)) == []
