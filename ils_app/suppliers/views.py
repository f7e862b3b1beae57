"""A supplier's rows as the values that leave the room."""

from collections.abc import Sequence

from ils_app.suppliers.models import ContactRow, SupplierRow
from ils_app.suppliers.schemas import ContactView, SupplierView


def supplier_view(row: SupplierRow, contacts: Sequence[ContactRow]) -> SupplierView:
    """A supplier with its contacts, first whom orders are mailed to, the others by name."""
    listed = sorted(contacts, key=lambda one: (not one.gets_orders, one.name.casefold(), str(one.id)))
    return SupplierView(
        id=row.id, version=row.version, name=row.name, active=row.active, account_number=row.account_number,
        address_lines=tuple(row.address_lines), postcode=row.postcode, country=row.country, phone=row.phone,
        email=row.email, website=row.website, tax_number=row.tax_number, payment_days=row.payment_days,
        lead_time_days=row.lead_time_days, currency=row.currency, tax_treatment=row.tax_treatment,
        tax_rate_percent=row.tax_rate_percent, notes=row.notes, contacts=tuple(map(contact_view, listed)),
        created_at=row.created_at, changed_at=row.changed_at,
    )  # fmt: skip


def contact_view(row: ContactRow) -> ContactView:
    """Somebody at a supplier."""
    return ContactView(
        id=row.id, name=row.name, role=row.role, email=row.email, phone=row.phone, gets_orders=row.gets_orders
    )
