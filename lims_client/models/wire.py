"""What every body has in common, and the two kinds of value that need care: numbers and instants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, ValidationInfo, WithJsonSchema
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """What every body has in common: camelCase outside, snake_case inside, unknown fields kept, values never printed
    in an error (they may be a patient's)."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="allow",
        frozen=True,
        hide_input_in_errors=True,
        coerce_numbers_to_str=True,
    )

    def to_wire(self) -> dict[str, Any]:
        """The body as JSON-ready values: camelCase, numbers as numbers, times with a zone, absent values left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @classmethod
    def from_wire(cls, body: bytes | str, *, naive: list[str] | None = None) -> Self:
        """Read JSON; the names of times that came without a zone are added to `naive`.

        Raises `pydantic.ValidationError` (without the values) for anything that is not this body.
        """
        return cls.model_validate_json(body, context={"naive": naive})


def _aware(value: datetime, info: ValidationInfo) -> datetime:
    if value.tzinfo is not None and value.utcoffset() is not None:
        return value
    collected = (info.context or {}).get("naive") if isinstance(info.context, Mapping) else None
    if collected is not None:
        collected.append(to_camel(info.field_name or "time"))
    return value.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_aware)]
"""An instant; always aware."""

Number = Annotated[
    Decimal,
    Field(allow_inf_nan=False),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number"}),
]
"""A dioptre, degree, millimetre or percentage: exact in Python, a JSON number on the wire (15 significant digits)."""
