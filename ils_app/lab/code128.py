"""Code 128 barcodes, code set B: any printable ASCII text as the widths of its bars and gaps."""

from itertools import pairwise
from typing import Final

_PATTERNS: Final = (  # six widths each, bar first, and a space
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 "
    "122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 "
    "322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 "
    "112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 "
    "331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 "
    "112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
    "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 "
    "411311 113141 114131 311141 411131 211412 211214 211232 "
)
_START_B: Final = 104
_STOP: Final = "2331112"
QUIET_MODULES: Final = 10


def code128(text: str) -> tuple[tuple[int, int], ...]:
    """The bars of the text as (start, width) in modules, the quiet zone before and after not counted.

    Start B, the characters, the check character modulo 103, stop. Source: ISO/IEC 15417. Raises ValueError for text
    that is empty or not printable ASCII.
    """
    if not text or not (text.isascii() and text.isprintable()):
        raise ValueError("a Code 128 B barcode holds printable ASCII")
    values = [_START_B, *(ord(letter) - 32 for letter in text)]
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], start=1))) % 103
    widths = [int(width) for value in (*values, check) for width in _PATTERNS[7 * value : 7 * value + 6]] + [
        int(w) for w in _STOP
    ]
    edges = [0]
    for width in widths:
        edges.append(edges[-1] + width)
    return tuple((start, end - start) for place, (start, end) in enumerate(pairwise(edges)) if place % 2 == 0)


def modules_of(text: str) -> int:
    """How many modules wide the barcode of this text is, without its quiet zones."""
    start, width = code128(text)[-1]
    return start + width
