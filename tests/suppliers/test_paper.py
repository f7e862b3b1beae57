"""A purchase order on paper: everything that was ordered stands on it, on every page under its head."""

import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from pypdf import PdfReader

from ils_app.kernel.actor import Actor
from ils_app.kernel.paper import Sender
from ils_app.kernel.roles import Role
from ils_app.suppliers.models import LineRow, PurchaseOrderRow
from ils_app.suppliers.order_paper import order_pdf
from ils_app.suppliers.order_views import Parts, view_of
from ils_app.suppliers.totals import Priced, line_net_minor, totals
from ils_app.suppliers.words import PurchaseOrderStatus, TaxTreatment

LAB = Sender(
    name="Northlight Lab Łódź & Söhne", lines=("4 Works Road", "LE1 9XX", "United Kingdom"),
    contacts=("0116 496 0111", "lab@northlight.example"), legal=("Company number 0123", "Tax number GB1"),
)  # fmt: skip
THEO = Actor(uuid4(), "Theo", Role.LAB, uuid4())


def an_order_of(lines: int, treatment: TaxTreatment = TaxTreatment.DOMESTIC, **fields):
    """A sent order; every third line has a name that needs two lines."""
    rows = []
    for place in range(1, lines + 1):
        quantity, price = Decimal(place) / 2, 1250 + place
        long = ", very long and hardened twice, with a coating of its own for each of its two surfaces"
        rows.append(
            LineRow(
                id=uuid4(), order_id=uuid4(), position=place, quantity=quantity, unit="pcs", unit_price_minor=price,
                description=f"Blank № {place} – Größe {60 + place}{long if place % 3 == 0 else ''}",
                part_number=f"LB-{place:04d}", tax_rate_percent=Decimal(20 if place % 2 else 5),
                net_minor=line_net_minor(quantity, price),
            )
        )  # fmt: skip
    priced = [Priced(row.quantity, row.unit_price_minor, row.tax_rate_percent) for row in rows]
    sums = totals(priced, treatment)
    order = PurchaseOrderRow(
        number="PO-2026-000042", supplier_id=uuid4(), supplier_name="Verrerie Générale de l’Île-de-France et Cie",
        status=PurchaseOrderStatus.SENT, sent_at=datetime(2026, 11, 24, tzinfo=UTC), tax_treatment=treatment,
        currency="EUR",
        subtotal_minor=sums.subtotal_minor, tax_minor=sums.tax_minor, total_minor=sums.total_minor,
        account_number="NL-4471", supplier_address=["12 rue de l’Étoile", "75017 Paris", "France"], payment_days=30,
        reference="Spring stock",
        notes="Please deliver before noon.\nGate 3.", entered_by=uuid4(), entered_by_name="Theo",
        expected_on=date(2026, 12, 1), draft={"supplier_id": str(uuid4())}, sent_to_name="Zoë Müller",
    )  # fmt: skip
    for name, value in fields.items():
        setattr(order, name, value)
    return view_of(order, Parts(lines=rows), THEO), rows


def pages_of(view) -> list[str]:
    made = order_pdf(view, LAB, datetime(2026, 11, 24, tzinfo=UTC))
    return [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]


@pytest.mark.parametrize(("lines", "least"), [(1, 1), (30, 2), (120, 5)])
def test_every_line_stands_once_below_a_head_that_every_page_repeats(lines, least):
    view, rows = an_order_of(lines)
    pages = pages_of(view)
    assert len(pages) >= least
    text = "\n".join(pages)
    assert [len(re.findall(rf"\b{row.part_number}\b", text)) for row in rows] == [1] * lines
    for number, page in enumerate(pages, 1):
        assert "PO-2026-000042" in page
        assert f"page {number} of {len(pages)}" in page
        if re.search(r"LB-\d{4}", page):
            assert "Description" in page
            assert "Your part" in page
    flat = " ".join(text.split())
    for said in ("Northlight Lab Łódź & Söhne", "Verrerie Générale de l’Île-de-France et Cie", "75017 Paris",
                 "NL-4471", "Zoë Müller", "Gate 3.", "1 December 2026", "30 days"):  # fmt: skip
        assert said in flat, said
    for amount in (view.subtotal, view.total, *(tax.tax for tax in view.taxes)):
        assert str(amount) in pages[-1], amount


def test_a_paper_says_who_accounts_for_the_tax_where_none_is_charged():
    view, _ = an_order_of(3, TaxTreatment.REVERSE_CHARGE)
    text = "\n".join(pages_of(view))
    assert "Reverse charge" in text
    assert "Tax 20 %" not in text
    assert view.total == view.subtotal


def test_a_draft_says_on_its_face_that_it_is_one():
    view, _ = an_order_of(2, status=PurchaseOrderStatus.DRAFT, sent_at=None)
    assert "This is a draft" in pages_of(view.model_copy(update={"lines": ()}))[0]
    sent, _ = an_order_of(2)
    assert "This is a draft" not in "\n".join(pages_of(sent))
