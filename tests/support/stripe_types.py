"""The `stripe` library's own types of what a request may say, as checks: a wrong name or type of a parameter fails."""

import sys
from functools import cache
from typing import Any

import stripe
from pydantic import ConfigDict, TypeAdapter
from stripe import _request_options as inherited  # what the types inherit is written in names known there
from typing_extensions import is_typeddict


@cache
def of(parameters: Any) -> TypeAdapter[Any]:
    """The check for one of `stripe.params`; a parameter the library does not know is refused at any depth."""
    for one in list(vars(sys.modules[parameters.__module__]).values()):
        if is_typeddict(one):
            one.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    adapter = TypeAdapter(parameters)
    names = {**vars(inherited), "StripeContext": stripe.StripeContext}  # imported there for typing alone
    adapter.rebuild(force=True, raise_errors=True, _types_namespace=names)
    return adapter
