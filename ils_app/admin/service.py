"""The door of the admin room; its verbs stand in `admitting`, `audit` and `overview`."""

from ils_app.admin.admitting import KIND_OF, admit
from ils_app.admin.audit import act, audit, export
from ils_app.admin.overview import SOON, overview
from ils_app.admin.schemas import Admission, Area, AuditEntry, AuditFilter, AuditPage, NewPlace, Overview

__all__ = [
    "KIND_OF",
    "SOON",
    "Admission",
    "Area",
    "AuditEntry",
    "AuditFilter",
    "AuditPage",
    "NewPlace",
    "Overview",
    "act",
    "admit",
    "audit",
    "export",
    "overview",
]
