"""How a dataset's numbers are written: formats 1 to 4 of the standard, and Huvitz's 5 and 6.

Numbers are hundredths of a millimetre (radii, depths, thicknesses) or of a degree (angles).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ils_app.optics.vca import packets

MOST_POINTS = 4000
_GREATEST = 1e7
_TO_BYTES, _TO_NIBBLES, _TO_WORDS, _NIBBLES_TO_BYTES = 0x8000, 0x80, 0x81, 0x8


class NotNumbers(ValueError):
    """A place of an ASCII dataset does not hold a number; the text is what it holds."""


def ascii_numbers(lines: Sequence[bytes]) -> list[float]:
    """Format 1: numbers between semicolons, any count a line. Raises NotNumbers."""
    text = b";".join(lines)
    try:
        numbers = list(map(float, text.split(b";")))
        # what only Python takes for numbers, and what no later sum could hold
        if b"_" not in text and b"n" not in text.lower() and max(map(abs, numbers)) < _GREATEST:
            return numbers
    except ValueError:
        pass
    return [_number(field) for line in lines for field in line.strip().removesuffix(b";").split(b";") if line.strip()]


def _number(field: bytes) -> float:
    said = field.decode("latin-1").strip().strip('"').strip()
    try:
        if said.isascii() and said[:1] in "+-.0123456789" and "_" not in said and "n" not in said.lower():
            number = float(said)
            if -_GREATEST < number < _GREATEST:
                return number
    except ValueError:
        pass
    raise NotNumbers(said[:20])


def relative_lines(lines: Sequence[bytes], sign: int) -> list[float]:
    """Huvitz's formats: each line starts with an absolute number, each next adds `sign` times a difference."""
    found: list[float] = []
    for line in lines:
        value = 0.0
        for place, number in enumerate(ascii_numbers([line])):
            value = number if place == 0 else value + sign * number
            found.append(value)
    return found


def words(data: bytes, points: int | None = None) -> list[float]:
    """Format 2: 16 bits each, low byte first."""
    return [float(_word(data[at], data[at + 1])) for at in range(0, min(len(data) - 1, 2 * MOST_POINTS + 2), 2)]


def pack_words(numbers: Sequence[int]) -> bytes:
    """Format 2 of numbers between −32,768 and 32,767."""
    return b"".join([one.to_bytes(2, "little", signed=True) for one in numbers])


def differences(data: bytes, points: int | None = None) -> list[float]:
    """Format 3: 16 bits first, then signed bytes to add; byte 80 says that the next is 16 bits again."""
    found: list[float] = []
    at, value, absolute = 0, 0, True
    while at < len(data) and len(found) <= MOST_POINTS:
        if absolute:
            if at + 1 >= len(data):
                break
            value, at, absolute = _word(data[at], data[at + 1]), at + 2, False
        elif data[at] == 0x80:
            at, absolute = at + 1, True
            continue
        else:
            value, at = value + _signed(data[at], 8), at + 1
        found.append(float(value))
    return found


def pack_differences(numbers: Sequence[int]) -> bytes:
    """Format 3."""
    out, before = bytearray(), None
    for one in numbers:
        if before is not None and -128 < one - before < 128:
            out.append((one - before) & 0xFF)
        else:
            if before is not None:
                out.append(0x80)
            out += one.to_bytes(2, "little", signed=True)
        before = one
    return bytes(out)


def packed(data: bytes, points: int | None = None) -> list[float]:
    """Format 4, a stream of half-bytes, high first: words, first differences of 8 bits, second differences of 4.

    It ends where the data ends or at `points`: a last half-byte that only fills its byte is no point.
    """
    halves = data.hex()
    found: list[float] = []
    at, state, value, step, end = 0, 16, 0, 0, len(data) * 2
    most = MOST_POINTS + 1 if points is None else min(points, MOST_POINTS + 1)
    while len(found) < most or (points is not None and end - at > 1 and len(found) <= MOST_POINTS):
        width = state // 4
        if at + width > end:
            break
        raw, at = int(halves[at : at + width], 16), at + width
        if state == 16:
            raw = (raw & 0xFF) << 8 | raw >> 8
            if raw == _TO_BYTES:
                state = 8
                continue
            signed = _signed(raw, 16)
            value, step = signed, signed - value
        elif state == 8:
            if raw in (_TO_NIBBLES, _TO_WORDS):
                state = 4 if raw == _TO_NIBBLES else 16
                continue
            step = _signed(raw, 8)
            value += step
        else:
            if raw == _NIBBLES_TO_BYTES:
                state = 8
                continue
            step += _signed(raw, 4)
            value += step
        found.append(float(value))
    return found


def pack(numbers: Sequence[int]) -> bytes:
    """Format 4: bytes for first differences in −126…127, half-bytes for second differences in −7…7, else words."""
    halves: list[str] = []
    state, value, step, settled = 16, 0, 0, False
    for place, one in enumerate(numbers):
        now = one - value
        if state == 4 and not -8 < now - step < 8:
            halves.append("8")
            state = 8
        if state != 4 and place and -127 < now < 128:
            if state == 16:
                halves.append("0080")
            elif settled and -8 < now - step < 8:
                halves.append("80")
                state = 4
            if state == 16:
                state = 8
        elif state == 8:
            halves.append("81")
            state = 16
        if state == 16:
            halves.append((one & 0xFFFF).to_bytes(2, "little").hex())
        elif state == 8:
            halves.append(f"{now & 0xFF:02x}")
        else:
            halves.append(f"{(now - step) & 0xF:x}")
        settled = state != 16
        value, step = one, now
    text = "".join(halves)
    return bytes.fromhex(text + "0" * (len(text) % 2))


_BINARY: dict[int, Callable[[bytes, int | None], list[float]]] = {2: words, 3: differences, 4: packed}
_PACKERS: dict[int, Callable[[Sequence[int]], bytes]] = {2: pack_words, 3: pack_differences, 4: pack}


def decode(form: int, lines: Sequence[bytes], points: int | None, *, huvitz: bool) -> list[float] | None:
    """The numbers of a dataset; None when the format is a maker's own and not known. Raises NotNumbers.

    `points` is what the dataset declares. Binary data may be escaped or not: a plain file needs no escapes, and which
    it was shows in the count.
    """
    if form == 1:
        return ascii_numbers(lines)
    if form in (5, 6) and huvitz:
        return relative_lines(lines, -1 if form == 5 else 1)
    if form not in _BINARY:
        return None
    data = b"".join(lines)
    found = _BINARY[form](packets.unescape(data), points)
    if packets.ESC in data and points is not None and len(found) != points:
        plain = _BINARY[form](data, points)
        return plain if len(plain) == points else found
    return found


def encode(form: int, numbers: Sequence[int]) -> bytes:
    """Numbers in a binary format (2, 3, 4), escaped for a file or a packet."""
    return packets.escape(_PACKERS[form](numbers))


def _word(low: int, high: int) -> int:
    return _signed(low | high << 8, 16)


def _signed(raw: int, bits: int) -> int:
    return raw - (1 << bits) if raw >> (bits - 1) else raw
