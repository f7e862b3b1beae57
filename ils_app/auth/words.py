"""What people type and send, made comparable: emails, names, and where a request came from, coarsely."""

import ipaddress
import re
import unicodedata
from typing import Final

from ils_app.kernel.errors import Invalid

LONGEST_EMAIL: Final = 254
LONGEST_NAME: Final = 120
LONGEST_REASON: Final = 500

_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def normal_email(email: str) -> str | None:
    """The one spelling of an email that is stored and looked up; None when it is none.

    >>> normal_email("  Ada.Lovelace@Example.COM "), normal_email("ada"), normal_email("a@b.c\\x00")
    ('ada.lovelace@example.com', None, None)
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email.strip()).casefold())
    if len(folded) > LONGEST_EMAIL or not folded.isprintable() or not _EMAIL.fullmatch(folded):
        return None
    return folded


def required_email(email: str) -> str:
    """The normal spelling; raises Invalid on `email` when it is none."""
    normal = normal_email(email)
    if normal is None:
        sentence = "This is not an email address."
        raise Invalid(sentence, fields={"email": sentence})
    return normal


def required_line(text: str, field: str, *, longest: int = LONGEST_NAME) -> str:
    """One line of text without surplus space; raises Invalid on `field` when nothing is left or too much is."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not line:
        raise Invalid("Something is missing.", fields={field: "This is needed."})
    if len(line) > longest:
        raise Invalid("Something is too long.", fields={field: f"Use at most {longest} characters."})
    return line


def line_or_none(text: str, field: str, *, longest: int = LONGEST_NAME) -> str | None:
    """As `required_line`, for a line that may be left out."""
    return required_line(text, field, longest=longest) if text.strip() else None


def like(text: str) -> str:
    """A LIKE pattern that finds `text` anywhere, whatever signs it holds.

    >>> like("50% off_")
    '%50\\\\% off\\\\_%'
    """
    plain = "".join(c for c in text.strip() if c.isprintable())[:LONGEST_EMAIL]
    return "%" + re.sub(r"([\\%_])", r"\\\1", plain) + "%"


def coarse_address(address: str) -> str:
    """Where a request came from, near enough for its owner to recognise and no nearer.

    >>> coarse_address("192.0.2.77"), coarse_address("2001:db8:1:2::7"), coarse_address("127.0.0.1"), coarse_address("")
    ('192.0.2.x', '2001:db8:1::/48', 'this machine', '')
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return "this machine"
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 48), strict=False))
    return str(parsed).rpartition(".")[0] + ".x"


def coarse_agent(agent: str) -> str:
    """A browser and a system, or the program's own first word.

    >>> coarse_agent("Mozilla/5.0 (Windows NT 10.0; Win64) Gecko/20100101 Firefox/140.0"), coarse_agent("curl/8.5.0")
    ('Firefox on Windows', 'curl')
    """
    browser = next((name for sign, name in _BROWSERS if sign + "/" in agent), None)
    system = next((name for sign, name in _SYSTEMS if sign in agent), None)
    if browser:
        return f"{browser} on {system}" if system else browser
    program = re.match(r"[A-Za-z][\w.-]{0,31}", agent)
    return program.group() if program else ""
