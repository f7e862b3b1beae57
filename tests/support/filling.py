"""The names of paths and bodies filled in with rows that there are, or that there are not."""

import re
from typing import Any

from tests.support.door_calls import Aim


def words(aim: Aim) -> dict[str, str]:
    """What stands for a name in a path or a body."""
    return {
        "order_id": str(aim.clinic.order_id), "patient_id": str(aim.clinic.patient_id),
        "practice_id": str(aim.clinic.id), "site_id": str(aim.clinic.site_id),
        "person_id": str(aim.clinic.person_id), "user_id": str(aim.user_id), "session_id": str(aim.session_id),
        "organisation_id": str(aim.organisation_id), "invitation_id": str(aim.invitation_id), "fact_id": str(aim.job),
        "delivery_id": str(aim.delivery_id), "job_id": str(aim.job),
        "version": aim.version, "number": "1", "invoice_id": str(aim.clinic.invoice_id),
        "credit_note_id": str(aim.clinic.credit_note_id), "rate_id": str(aim.clinic.invoice_id),
        "notification_id": str(aim.notification_id), "mail_id": str(aim.mail_id),
        "supplier_id": str(aim.supply.id), "contact_id": str(aim.supply.contact_id),
        "day": "2031-01-01",
        "purchase_order_id": str(aim.supply.order_id), "document_id": str(aim.supply.document_id),
        "version_id": str(aim.supply.version_id),
    }  # fmt: skip


def filled(value: Any, aim: Aim) -> Any:
    """The value with its names filled in."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: words(aim)[found[1]], value)
    if isinstance(value, dict):
        return {name: filled(one, aim) for name, one in value.items()}
    return [filled(one, aim) for one in value] if isinstance(value, list) else value
