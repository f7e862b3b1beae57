"""The fields of a supplier and of a contact, the same where one is added and where one is changed."""

from typing import Any

import reflex as rx

from ils_app.settings.service import Currency
from ils_app.suppliers.service import SupplierDraft, SupplierView, TaxTreatment, plain
from ils_app.ui import fields, layout

NAMES = tuple(SupplierDraft.model_fields)
CONTACT_NAMES = ("name", "role", "email", "phone")
TREATMENTS = [fields.Option(one.value, one.label) for one in TaxTreatment]
CURRENCIES = [fields.Option(one.value, one.value) for one in Currency]


def typed(view: SupplierView) -> dict[str, str]:
    """A supplier as it would be typed."""
    return {
        "name": view.name, "account_number": view.account_number, "address": "\n".join(view.address_lines),
        "postcode": view.postcode, "country": view.country, "phone": view.phone, "email": view.email,
        "website": view.website, "tax_number": view.tax_number, "payment_days": str(view.payment_days),
        "lead_time_days": str(view.lead_time_days), "currency": view.currency,
        "tax_treatment": view.tax_treatment.value, "tax_rate": plain(view.tax_rate_percent), "notes": view.notes,
    }  # fmt: skip


def blank() -> dict[str, str]:
    """A new supplier as the form begins."""
    return SupplierDraft().model_dump()


def supplier_fields(values: Any, problems: Any, epoch: Any) -> rx.Component:
    """Everything that is known of a supplier."""

    def text(name: str, label: str, **more: Any) -> rx.Component:
        return fields.text_field(
            name, label, default=values[name], problem=problems[name], epoch=epoch, **{"auto_complete": "off", **more}
        )

    return layout.stack(
        layout.field_row(text("name", "Name"), text("account_number", "Our account with them", mono=True)),
        layout.field_row(
            fields.textarea("address", "Address", default=values["address"], problem=problems["address"],
                            epoch=epoch, rows=3),
            layout.stack(text("postcode", "Postcode"), text("country", "Country"), gap="s"),
        ),
        layout.field_row(
            text("email", "Email", type="email"), text("phone", "Telephone", type="tel"),
            text("website", "Website", type="url"),
        ),
        layout.field_row(
            text("payment_days", "Payment, days from the invoice", mono=True, input_mode="numeric"),
            text("lead_time_days", "Lead time, working days", mono=True, input_mode="numeric"),
            fields.select_field("currency", "Currency", CURRENCIES, default=values["currency"],
                                problem=problems["currency"], epoch=epoch),
        ),
        layout.field_row(
            fields.select_field("tax_treatment", "Tax", TREATMENTS, default=values["tax_treatment"],
                                problem=problems["tax_treatment"], epoch=epoch),
            text("tax_rate", "Usual tax rate, per cent", mono=True, input_mode="decimal"),
            text("tax_number", "Tax number", mono=True),
        ),
        fields.textarea("notes", "Notes for the lab", default=values["notes"], problem=problems["notes"],
                        epoch=epoch, rows=2),
        gap="m",
    )  # fmt: skip
