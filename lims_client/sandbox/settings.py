"""How the sandbox is started: arguments first, then the environment, then a default."""

from __future__ import annotations

import argparse
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lims_client.webhooks import read_secrets

LAB_ZONE = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Settings:
    """`speed` and `paused` are None when the one kept in the database goes on."""

    database: Path
    api_key: str
    webhook_secret: str
    host: str = "127.0.0.1"
    port: int = 8400
    speed: float | None = None
    paused: bool | None = None
    zone: ZoneInfo = LAB_ZONE
    random_seed: int = 1

    @property
    def loopback(self) -> bool:
        """Only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


class SettingsError(ValueError):
    """A sentence about the first setting that cannot work."""


def read_settings(arguments: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Settings from `--option` or `LIMS_SANDBOX_OPTION`.

    Raises `SettingsError`; `SystemExit` for `--help` and unknown arguments, as argparse does.
    """
    parser = argparse.ArgumentParser(prog="python -m lims_client.sandbox", description=__doc__)
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", help="port (8400)")
    parser.add_argument("--database", help="its SQLite file (lims-sandbox.sqlite)")
    parser.add_argument("--api-key", help="the bearer key of its API (required)")
    parser.add_argument("--webhook-secret", help="whsec_… that signs deliveries to those who register none (required)")
    parser.add_argument("--speed", help="how many times faster than real time jobs move (1)")
    parser.add_argument("--paused", action="store_const", const="true", help="start with the jobs standing still")
    parser.add_argument("--timezone", help="the lab's zone (Europe/London)")
    parser.add_argument("--random-seed", help="of rework, holds and failures (1)")
    given = vars(parser.parse_args(arguments))

    def value(name: str, default: str | None = None) -> str | None:
        return given[name] or environ.get(f"LIMS_SANDBOX_{name.upper()}") or default

    secret, key = value("webhook_secret"), value("api_key")
    if not key:
        raise SettingsError("An API key is needed: --api-key KEY, or LIMS_SANDBOX_API_KEY.")
    try:
        if len(read_secrets(secret)) != 1:
            raise SettingsError(
                "One webhook secret is needed: --webhook-secret whsec_…, or LIMS_SANDBOX_WEBHOOK_SECRET."
            )
    except ValueError as error:
        raise SettingsError(str(error)) from None
    speed, paused = value("speed"), value("paused")
    return Settings(
        database=Path(value("database", "lims-sandbox.sqlite") or ""),
        api_key=key,
        webhook_secret=secret or "",
        host=value("host", "127.0.0.1") or "",
        port=_whole("port", value("port", "8400")),
        speed=None if speed is None else _number("speed", speed),
        paused=None if paused is None else paused.lower() in ("1", "true", "yes"),
        zone=_zone(value("timezone", "Europe/London") or ""),
        random_seed=_whole("random seed", value("random_seed", "1")),
    )


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise SettingsError(f"The {name} is a number, not {text!r}.") from None
    if not 0 <= number <= 1_000_000:
        raise SettingsError(f"The {name} lies between 0 and 1,000,000.")
    return number


def _whole(name: str, text: str | None) -> int:
    try:
        return int(text or "")
    except ValueError:
        raise SettingsError(f"The {name} is a whole number, not {text!r}.") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"There is no time zone {name!r}.") from None
