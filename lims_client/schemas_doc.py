"""`python -m lims_client.schemas_doc` prints what travels between ILS and a LIMS, generated from the models."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from lims_client import models
from lims_client.models import Wire

SECTIONS: tuple[tuple[str, str, tuple[type[Wire], ...]], ...] = (
    (
        "Configuration",
        "One body, shared by `POST /validation` and `POST /jobs/create`. References only, never names.",
        (
            models.Configuration,
            models.CreateJobRequest,
            models.Prescription,
            models.Prism,
            models.Frame,
            models.Trace,
            models.Tint,
            models.Confirmation,
        ),
    ),
    (
        "The verdict",
        "What `POST /validation` answers, and what comes with an error.",
        (
            models.ValidationResult,
            models.Finding,
            models.Price,
            models.PriceLine,
            models.ErrorBody,
            models.Problem,
        ),
    ),
    (
        "Jobs",
        "What `/jobs` answers, and what the lab's actions take; they all carry an `Idempotency-Key`.",
        (
            models.Job,
            models.JobState,
            models.HistoryEntry,
            models.JobPage,
            models.AdvanceRequest,
            models.HoldRequest,
            models.ReleaseRequest,
            models.CancelRequest,
            models.RemakeRequest,
        ),
    ),
    (
        "Catalog and rules",
        "What can be chosen, and the rules it follows from.",
        (
            models.Catalog,
            models.CatalogEntry,
            models.RuleSet,
            models.RuleSetDraft,
            models.SimulationRequest,
            models.SimulationResult,
            models.SimulatedJob,
        ),
    ),
    (
        "Health and webhooks",
        "How the LIMS is, and what it delivers: signed as Standard Webhooks.",
        (
            models.Health,
            models.WebhookRequest,
            models.WebhookRegistration,
            models.StatusEvent,
            models.CatalogEvent,
        ),
    ),
)

_PLAIN: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    Decimal: "number",
    Any: "anything",
    NoneType: "null",
}


def document() -> str:
    """The whole page, in Markdown."""
    lines = [
        "# What travels between ILS and a LIMS",
        "",
        "Generated from `lims_client/models/` by `python -m lims_client.schemas_doc`; do not edit.",
        "",
        "JSON, camelCase on the wire, snake_case in Python. Numbers are JSON numbers and exact `Decimal`s in Python;",
        "times are ISO 8601 with a zone; absent values are left out; fields beyond these are kept.",
    ]
    for title, about, kinds in SECTIONS:
        lines += ["", f"## {title}", "", about]
        for kind in kinds:
            lines += ["", *_table(kind)]
    lines += ["", "## Words", "", "| Name | One of |", "|---|---|"]
    lines += [f"| {kind.__name__} | {', '.join(f'`{word}`' for word in kind)} |" for kind in _words()]
    return "\n".join(lines) + "\n"


def _table(kind: type[Wire]) -> Iterator[str]:
    yield f"### {kind.__name__}"
    yield ""
    if about := inspect.cleandoc(kind.__dict__.get("__doc__") or ""):
        yield re.sub(r"\s*\n\s*", " ", about)
        yield ""
    yield "| Field | On the wire | Type | Meaning |"
    yield "|---|---|---|---|"
    for name, field in kind.model_fields.items():
        if not field.exclude:
            wire = f"`{field.alias}`" + (", required" if field.is_required() else "")
            yield f"| `{name}` | {wire} | {_type(field.annotation)} | {_meaning(field)} |"


def _meaning(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=False) if not field.is_required() else None
    shown = f" (default `{json.dumps(default).strip(chr(34))}`)" if isinstance(default, (str, bool)) else ""
    return (field.description or "").replace("|", "\\|") + shown


def _type(kind: Any) -> str:
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(_type(one) for one in arguments if one is not NoneType)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return "object" if arguments[1] is Any else f"object of {_type(arguments[1])}"
    if origin is Literal:
        return " or ".join(f"`{word}`" for word in arguments)
    if hasattr(kind, "__metadata__"):  # Annotated inside a union or a list
        return _type(arguments[0])
    return "time" if kind is datetime else str(kind.__name__)


def _words() -> list[type[StrEnum]]:
    found = [kind for kind in vars(models).values() if inspect.isclass(kind) and issubclass(kind, StrEnum)]
    return [kind for kind in found if kind is not StrEnum]


if __name__ == "__main__":
    print(document(), end="")
