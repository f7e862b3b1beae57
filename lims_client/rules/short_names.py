"""Orders written with short names (`sph`, `ax`, `fh`, `mount`), as the shared cases are, and as a configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lims_client.models import Configuration
from lims_client.rules.account import AccountStanding
from lims_client.rules.ruleset import Rules

_EYES = {"right": "od", "left": "os"}
_FIELDS = {"sph": "Sphere", "cyl": "Cylinder", "ax": "Axis", "axis": "Axis", "add": "Add", "pd": "Pd", "fh": "Height",
           "seg": "Height", "prism": "Prism"}  # fmt: skip
_WHOLE = {"pd": "pd", "npd": "nearPd", "bvd": "backVertexDistance", "panto": "pantoscopicTilt", "ztilt": "wrapAngle"}
MOUNTS = {"full": "full_rim", "groove": "semi_rimless", "drill": "rimless", "sport": "sport", "safety": "safety",
          "bevel": "full_rim", "rimless": "rimless", "nylor": "semi_rimless", "supra": "semi_rimless"}  # fmt: skip
"""The frame's type by the word for how the lens is held."""
_STATUSES = ("supplied", "to_come", "lab_supplies", "uncut")
_DENSITY = re.compile(r"^(?P<entry>[a-z0-9-]+?)[\s:>=@-]+(?P<density>\d{1,3}(?:\.\d+)?)\s*%?$")


def from_short_names(order: Mapping[str, Any], rules: Rules) -> tuple[Configuration, AccountStanding | None]:
    """An order with short names as a configuration, and what it says of the account.

    A cylinder of zero with no axis, an absent eye, a tint among the treatments (`{"code": …, "density": …}` or
    `"tint-solid:40"`) and `"mount": "uncut"` are read as meant. Raises `pydantic.ValidationError` for wrong types.
    """
    prescription: dict[str, Any] = {}
    present = [eye for eye in _EYES if order.get(eye)]
    for eye in present:
        for name, value in order[eye].items():
            if name in _FIELDS and value is not None:
                prescription[_EYES[eye] + _FIELDS[name]] = _number(value)
            elif name in ("bvd", "panto", "ztilt") and value is not None:
                prescription[_WHOLE[name]] = _number(value)
    for name, wire in _WHOLE.items():
        if order.get(name) is not None:
            prescription[wire] = _number(order[name])
    if len(present) == 1:
        prescription["eye"] = present[0]
        prescription["balance"] = bool(order.get("balance", False))
    coatings, tint = _treatments(order.get("treatments") or (), order.get("tint"), rules)
    design = rules.design.get(str(order.get("design")))
    account = order.get("account")
    configuration = Configuration.model_validate(
        {
            "prescription": prescription,
            "lensType": design.lens_type if design is not None else order.get("lens_type"),
            "design": order.get("design"),
            "material": order.get("material"),
            "colour": order.get("colour"),
            "coatings": coatings,
            "tint": tint,
            "frame": _frame(order),
            "trace": {"format": "vca", "text": order["trace"]} if isinstance(order.get("trace"), str) else None,
            "urgency": order.get("urgency", "standard"),
            "confirmations": order.get("confirmations") or (),
        }
    )
    return configuration, _account(account)


def _number(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _frame(order: Mapping[str, Any]) -> dict[str, Any] | None:
    frame, mount = order.get("frame"), order.get("mount")
    if not frame and not mount:
        return None
    read = {name.lower(): _number(value) for name, value in (frame or {}).items() if name in ("A", "B", "DBL", "ED")}
    status = (frame or {}).get("status") or order.get("frame_status") or ("uncut" if mount == "uncut" else "supplied")
    status = str(status).replace(" ", "_")
    read["status"] = status if status in _STATUSES else "supplied"
    rimless = str((frame or {}).get("ftyp")) == "3"  # the VCA code of a rimless frame
    read["type"] = MOUNTS.get(str(mount or ("drill" if rimless else "full")), "full_rim")
    return read


def _treatments(named: Any, tint: Any, rules: Rules) -> tuple[list[str], dict[str, Any] | None]:
    coatings: list[str] = []
    found: dict[str, Any] | None = None
    if isinstance(tint, Mapping):
        found = {"entry": tint.get("entry") or tint.get("code"), "density": _number(tint.get("density"))}
    for one in named:
        code, density = (one.get("code"), one.get("density")) if isinstance(one, Mapping) else (str(one), None)
        with_density = None if density is not None else _DENSITY.match(str(code))
        if with_density is not None and str(code) not in rules.treatment:
            code, density = with_density["entry"], Decimal(with_density["density"])
        known = rules.treatment.get(str(code))
        if known is not None and known.group == "tint":
            given = (found or {}).get("density")
            found = {"entry": code, "density": given if density is None else _number(density)}
        else:
            coatings.append(str(code))
    return coatings, found


def _account(account: Any) -> AccountStanding | None:
    if account is None:
        return None
    if isinstance(account, Mapping):
        return AccountStanding(
            number=str(account.get("number", "")),
            on_stop=bool(account.get("on_stop", False)),
            credit_limit_minor=account.get("credit_limit_minor"),
            balance_minor=int(account.get("balance_minor", 0)),
        )
    words = str(account)
    over = "limit" in words
    return AccountStanding(
        number="", on_stop="stop" in words, credit_limit_minor=0 if over else None, balance_minor=1 if over else 0
    )
