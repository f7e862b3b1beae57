"""Names as they are compared and found: case, accents and punctuation set aside, in any script."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

MAX_WORD = 60
MAX_SEARCH_TEXT = 600  # four bytes a letter at most: an index entry of PostgreSQL holds about 2,700
MAX_TYPED_WORDS = 8

# Letters that carry their accent inside, so that decomposing does not take it off.
_PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n", "ĸ": "k"}
)
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("'’‘ʼʹ`´′＇", ""))
_NUMBER: Final = re.compile(r"\bcust[\W_]*(\d{1,9})\b", re.IGNORECASE)


def plain(text: str) -> str:
    """The text without case and accents: what two spellings of one name have in common.

    >>> plain("Łukasz MÜLLER-Straße")
    'lukasz muller-strasse'
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).casefold()
    bare = "".join(letter for letter in folded if unicodedata.category(letter) != "Mn")
    return bare.translate(_PLAIN)


def words(text: str) -> list[str]:
    """The plain words of a text: letters and digits, split at everything else; an apostrophe joins.

    >>> words("O’Brien-Smith, D.")
    ['obrien', 'smith', 'd']
    """
    joined = plain(text.translate(_APOSTROPHES)).translate(_APOSTROPHES)  # some stand alone, some within a letter
    letters = "".join(letter if _belongs(letter) else " " for letter in joined)
    return [word[:MAX_WORD] for word in letters.split()]


def compact(text: str) -> str:
    """All words of a name as one, so that "de la Cruz" and "Delacruz" are the same.

    >>> compact("de la Cruz")
    'delacruz'
    """
    return "".join(words(text))[:MAX_WORD]


def search_text(family_name: str, given_name: str, number: str, reference: str | None) -> str:
    """What a patient is found and sorted by: the family name first, then every word anyone may type.

    The number stands there as `cust001001`, `cust1001`, `001001` and `1001`.
    """
    digits = number.rpartition("-")[2]
    short = digits.lstrip("0")
    found = [
        *words(family_name),
        *words(given_name),
        compact(family_name),
        compact(given_name),
        *_apart(family_name),
        *_apart(given_name),
        *(f"cust{digits}", f"cust{short}", digits, short),
        *words(reference or ""),
        compact(reference or ""),
    ]
    kept = [word for word in dict.fromkeys(found) if word]
    while len(" ".join(kept)) > MAX_SEARCH_TEXT:
        kept.pop()
    return " ".join(kept)


def typed_words(text: str) -> list[str]:
    """The words someone typed into a search box, each the beginning of a word to find; at most eight.

    >>> typed_words("smi CUST-0010")
    ['smi', 'cust0010']
    """
    joined = _NUMBER.sub(lambda match: f" cust{match[1]} ", text)
    return list(dict.fromkeys(words(joined)))[:MAX_TYPED_WORDS]


def _apart(name: str) -> Iterable[str]:
    """The parts of a name around its apostrophes: who types "o brien" means O'Brien."""
    spaced = re.sub(r"['’‘ʼʹ`´′＇]", " ", name)
    return words(spaced) if spaced != name else ()


def _belongs(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category[0] in "LN" or category == "Mc"  # Mc: vowel signs that are part of a word in Indic scripts
