"""The rooms there are, in the order of their levels: whose tables are migrated and whose ears a worker opens."""

import importlib
import importlib.util
from typing import Final

from sqlalchemy import MetaData

ROOMS: Final = (
    "auth",
    "settings",
    "notifications",
    "practices",
    "patients",
    "catalog",
    "orders",
    "lab",
    "suppliers",
    "billing",
    "engineering",
    "admin",
)


def import_handlers() -> None:
    """Import every room's `handlers`, so that its jobs, listeners and schedules are known to this process."""
    for room in ROOMS:
        importlib.import_module(f"ils_app.{room}.handlers")


def import_events() -> None:
    """Import every room's facts, so that a process that reads them all can say them."""
    for room in ROOMS:
        if importlib.util.find_spec(f"ils_app.{room}.events"):
            importlib.import_module(f"ils_app.{room}.events")


def metadata() -> list[MetaData]:
    """The tables of the kernel and of every room that has some."""
    found = [importlib.import_module("ils_app.kernel.inbox").KernelBase.metadata]
    for room in ROOMS:
        if importlib.util.find_spec(f"ils_app.{room}.models"):
            found.append(importlib.import_module(f"ils_app.{room}.models").BASE.metadata)
    return found
