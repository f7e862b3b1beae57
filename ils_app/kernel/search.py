"""The words a row is found by: folded to plain letters and figures, the same for what is stored and asked."""

import re
import unicodedata


def folded(text: str) -> str:
    """Lower case, no accents, everything that is neither letter nor figure a space.

    >>> folded("ORD-2026-000001 O’Brien-Łukasz")
    'ord 2026 000001 o brien lukasz'
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = plain.replace("ł", "l").replace("ø", "o")
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", letters))


def prefix_query(text: str) -> str | None:
    """A tsquery that wants every word of `text`, each as a prefix; None when nothing is asked."""
    words = folded(text).split()[:8]
    return " & ".join(f"{word}:*" for word in words) if words else None
