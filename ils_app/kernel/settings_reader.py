"""Reading single variables: each method returns a checked value or names the variable and what to do about it."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

EMBEDDED_ROLE = "ils_embedded"  # the embedded database's user; its name in a DATABASE_URL gives it away
WEBHOOK_SECRET_BYTES = 24  # what Standard Webhooks asks for at least
_ENV_LINE = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)")
_QUOTED = re.compile(r"""(["'])(.*?)\1\s*(#.*)?""")


class ConfigError(Exception):
    """A setting stops the start; the text is one sentence that names the variable and says what to do.

    A value never appears in it: it may be a secret.
    """

    def __init__(self, variable: str, what_to_do: str) -> None:
        super().__init__(f"{variable} {what_to_do}".strip())
        self.variable = variable


class Reader:
    """The variables of one start, from the environment over the `.env` file; empty ones count as not set."""

    def __init__(self, environ: Mapping[str, str], *, env_file: Path) -> None:
        given = {**read_env_file(env_file), **environ}
        self._given = {name: value.strip() for name, value in given.items() if value.strip()}

    def text(self, name: str) -> str | None:
        """The value as it stands."""
        return self._given.get(name)

    def refuse_generated(self, generated: Mapping[str, str]) -> None:
        """Refuse a secret that was generated for development: whoever has the checkout has it too."""
        for name, secret in generated.items():
            if secret in self._given.get(name, "").split():
                raise ConfigError(name, "is the one generated for development: make a new one for production.")

    def choice(self, name: str, choices: Sequence[str], *, default: str) -> str:
        """One of a few words."""
        value = self._given.get(name, default)
        if value not in choices:
            raise ConfigError(name, f"must be one of: {', '.join(choices)}.")
        return value

    def integer(self, name: str, *, default: int, low: int, high: int) -> int:
        """A whole number between two bounds, both allowed."""
        value = self._given.get(name)
        if value is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise ConfigError(name, f"must be a whole number from {low} to {high}.")
        return int(value)

    def networks(self, name: str) -> tuple[str, ...]:
        """IP addresses and networks, separated by commas; none when not set."""
        words = tuple(word.strip() for word in self._given.get(name, "").split(",") if word.strip())
        for word in words:
            try:
                ipaddress.ip_network(word)
            except ValueError:
                raise ConfigError(name, "must be addresses or networks like 10.0.0.5, 10.1.0.0/16.") from None
        return words

    def switch(self, name: str, *, default: bool) -> bool:
        """On or off."""
        value = self._given.get(name)
        if value is None:
            return default
        if value.lower() in ("on", "true", "yes", "1"):
            return True
        if value.lower() in ("off", "false", "no", "0"):
            return False
        raise ConfigError(name, "must be `on` or `off`.")

    def given_secret(self, name: str, *, defaults: Mapping[str, str]) -> SecretStr:
        """A secret that somebody else chose, so of any length, that must be there."""
        return SecretStr(self._required(name, defaults, "set it to the key you were given"))

    def secret(self, name: str, *, defaults: Mapping[str, str], shortest: int) -> SecretStr:
        """A secret of ours that must be there, of at least `shortest` characters."""
        value = self._required(name, defaults, f"set it to a secret of at least {shortest} characters")
        if len(value) < shortest:
            raise ConfigError(name, f"is too short: it needs at least {shortest} characters.")
        return SecretStr(value)

    def webhook_secrets(self, name: str, *, defaults: Mapping[str, str]) -> SecretStr:
        """One or several `whsec_…` secrets separated by spaces.

        Checked to the byte: a library given one that is not base64 would quietly use a shorter key.
        """
        value = self._required(name, defaults, "set it to the `whsec_…` secret that the LIMS signs with")
        for secret in value.split():
            try:
                key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
            except (binascii.Error, ValueError):
                key = b""
            if not secret.startswith("whsec_") or len(key) < WEBHOOK_SECRET_BYTES:
                raise ConfigError(
                    name,
                    f"must be `whsec_` and the base64 of at least {WEBHOOK_SECRET_BYTES} bytes"
                    " (several are separated by spaces).",
                )
        return SecretStr(" ".join(value.split()))

    def shaped(self, name: str, pattern: str, example: str) -> str | None:
        """An optional value that must match a pattern as a whole."""
        value = self._given.get(name)
        if value is not None and not re.fullmatch(pattern, value):
            raise ConfigError(name, f"does not look right: it should look like {example}.")
        return value

    def shaped_secret(
        self, name: str, pattern: str, example: str, *, defaults: Mapping[str, str] | None = None
    ) -> SecretStr | None:
        """An optional secret that must match a pattern as a whole."""
        value = self.shaped(name, pattern, example) or (defaults or {}).get(name)
        return None if value is None else SecretStr(value)

    def file(self, name: str) -> Path | None:
        """An optional file that must exist and be readable."""
        value = self._given.get(name)
        if value is None:
            return None
        path = Path(value)
        try:
            path.open("rb").close()
        except OSError as error:
            raise ConfigError(name, "names a file that cannot be read: correct its path or its permissions.") from error
        return path

    def optional_web_address(self, name: str, *, path: bool = True) -> str | None:
        """An http or https address, with a path or without, without a slash at the end."""
        value = self._given.get(name)
        if value is None:
            return None
        parts = _split(value)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise ConfigError(name, "must be an address like https://ils.example.com.")
        if parts.query or parts.fragment or (not path and parts.path not in ("", "/")):
            raise ConfigError(name, "must end after the host and port, like https://ils.example.com.")
        return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"

    def web_address(self, name: str, *, default: str | None, path: bool = False) -> str:
        """An http or https address that must be there, unless there is a default."""
        value = self.optional_web_address(name, path=path) or default
        if value is None:
            raise ConfigError(name, "is missing: set it to an address like https://ils.example.com.")
        return value

    def database_address(self, name: str) -> str | None:
        """An optional PostgreSQL address, as `postgresql+psycopg://…` however it was written."""
        value = self._given.get(name)
        if value is None:
            return None
        scheme, _, rest = value.partition("://")
        parts = _split(value)
        if scheme not in ("postgresql", "postgres", "postgresql+psycopg") or parts is None or not parts.path.strip("/"):
            raise ConfigError(name, "must be an address like postgresql://user:password@host:5432/ils.")
        return f"postgresql+psycopg://{rest}"

    def redis_address(self, name: str) -> str | None:
        """An optional Redis address."""
        return self._address(name, ("redis", "rediss"), "redis://host:6379/0")

    def smtp_address(self, name: str) -> str | None:
        """An optional mail server."""
        return self._address(name, ("smtp", "smtps"), "smtp://user:password@mail.example.com:587")

    def files_address(self, name: str, *, default: str) -> str:
        """Where documents are kept: a folder or an S3 bucket."""
        value = self._given.get(name, default)
        parts = _split(value)
        folder = parts is not None and parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
        bucket = parts is not None and parts.scheme == "s3" and re.fullmatch(r"[a-z0-9][a-z0-9.-]{2,62}", parts.netloc)
        if not folder and not bucket:
            raise ConfigError(name, "must be a folder like file:///var/lib/ils/files or a bucket like s3://ils-files.")
        return value.rstrip("/")

    def _address(self, name: str, schemes: Sequence[str], example: str) -> str | None:
        value = self._given.get(name)
        if value is None:
            return None
        parts = _split(value)
        if parts is None or parts.scheme not in schemes or not parts.hostname:
            raise ConfigError(name, f"must be an address like {example}.")
        return value

    def _required(self, name: str, defaults: Mapping[str, str], what_to_do: str) -> str:
        value = self._given.get(name) or defaults.get(name)
        if value is None:
            raise ConfigError(name, f"is missing: {what_to_do}.")
        return value


def _split(address: str) -> SplitResult | None:
    """The parts of an address, None when it has none or its port is not a port."""
    try:
        parts = urlsplit(address)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return None if any(character.isspace() for character in address) else parts


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a `.env` file: `NAME=value` a line; `#` comments, quotes and `export` are allowed."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("", f"{path} cannot be read: correct its permissions, or that it is UTF-8 text.") from error
    values: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        found = _ENV_LINE.fullmatch(text)
        quoted = _QUOTED.fullmatch(found[2]) if found else None
        if found is None or (found[2][:1] in ("'", '"') and quoted is None):
            raise ConfigError("", f"{path}, line {number}, is not `NAME=value`: correct it or put a # before it.")
        values[found[1]] = quoted[2] if quoted else re.split(r"(?:^|\s)#", found[2])[0].strip()
    return values


def is_loopback(address: str) -> bool:
    """Whether an address stays on this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def libpq_url(database_url: str) -> str:
    """A SQLAlchemy database address as psycopg and PostgreSQL's own tools want it."""
    return "postgresql://" + database_url.partition("://")[2]
