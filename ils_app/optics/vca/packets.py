"""Packets of the serial line and TCP: framing, checksum, escapes."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ils_app.optics.vca.records import Record

FS, GS, RS, ESC, CR = b"\x1c", b"\x1d", b"\x1e", b"\x1b", b"\r"
# What has a meaning on the line and may not stand in binary data: ACK LF CR XON XOFF NAK SUB ESC FS GS RS.
RESERVED = bytes([0x06, 0x0A, 0x0D, 0x11, 0x13, 0x15, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E])
_BETWEEN = b"\x05\x06\x11\x13\x15\x1a\r\n \xef\xbb\xbf"  # what may stand in front of a packet
_ESCAPED = {one: ESC + bytes([one | 0x80]) for one in RESERVED}
_TRAILER = re.compile(rb"\x1e(?P<head>[^\x1c\x1d]{0,40}?=)?(?P<crc>[^\x1c\x1d]{0,40}?)(?P<end>[\r\n]*)\x1d")
_PACKET = re.compile(rb"\x1c([^\x1c\x1d\x1e]*)(\x1e[^\x1c\x1d]{0,80}\x1d)?")


def checksum(data: bytes) -> int:
    """CRC-16/XMODEM (polynomial 1021, start 0, no reflection).

    >>> hex(checksum(b"123456789"))
    '0x31c3'
    """
    return binascii.crc_hqx(data, 0)


def escape(data: bytes) -> bytes:
    """Binary data as it may stand in a packet: a reserved byte becomes ESC and the byte with its high bit set."""
    return b"".join([_ESCAPED.get(one) or bytes((one,)) for one in data])


def unescape(data: bytes) -> bytes:
    """What was escaped; a lone ESC at the end is dropped.

    >>> unescape(escape(bytes(range(128)))) == bytes(range(128))
    True
    """
    first, *rest = data.split(ESC)
    out, held = [first], False
    for part in rest:
        if held:  # two ESC in a row: the second is data of a careless sender
            held = False
            out.append(ESC + part)
        elif part:
            out.append(bytes((part[0] & 0x7F,)) + part[1:])
        else:
            held = True
    return b"".join(out)


def frame(records: bytes) -> bytes:
    """Records (each ended by CR) as one packet with its checksum.

    >>> frame(b"REQ=INI\\r")
    b'\\x1cREQ=INI\\r\\x1eCRC=13402\\r\\x1d'
    """
    return FS + records + RS + b"CRC=%d" % checksum(records + RS) + CR + GS


def pieces(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """The bytes in order as (piece, is framing). Without packets that is one piece of lines.

    Only a capture that begins with a packet is one: inside a plain file FS is a byte of binary data.
    """
    if not data.lstrip(_BETWEEN).startswith(FS):
        yield data, False
        return
    place = 0
    for packet in _PACKET.finditer(data):
        if packet.start() > place:  # ACK, NAK, XON, XOFF between packets, or a line that was cut off
            yield data[place : packet.start()], True
        yield FS, True
        if packet[1]:
            yield packet[1], False
        if packet[2]:
            yield packet[2], True
        place = packet.end()
    if place < len(data):
        yield data[place:], True


def trailer_label(framing: bytes) -> bytes:
    """The label of a packet's checksum as it stands in the trailer; empty for other framing.

    >>> trailer_label(b"\\x1ecrc=13402\\r\\x1d")
    b'crc'
    """
    trailer = _TRAILER.fullmatch(framing)
    return b"" if trailer is None or trailer["head"] is None else trailer["head"].rstrip(b"=").strip()


def wrong_checksums(records: list[Record]) -> list[tuple[str, int]]:
    """For each packet whose checksum is not that of its bytes: what it says, and what its bytes have."""
    return [(said, right) for _, said, right in _trailers(records) if said and not _same(said, right)]


def with_checksums(records: list[Record]) -> list[Record]:
    """The records with the checksum of each packet that carries one made to fit its bytes."""
    new = list(records)
    for place, said, right in _trailers(records):
        if said and not _same(said, right):
            old = _TRAILER.fullmatch(records[place].head)
            assert old is not None
            new[place] = replace(records[place], head=RS + (old["head"] or b"") + b"%d" % right + old["end"] + GS)
    return new


def _trailers(records: list[Record]) -> Iterator[tuple[int, str, int]]:
    """Per packet: where its trailer stands, the checksum it says, the checksum its bytes have."""
    held: list[bytes] | None = None
    for place, one in enumerate(records):
        if one.framing and one.head == FS:
            held = []
        elif one.framing and (trailer := _TRAILER.fullmatch(one.head)) is not None:
            if held is not None:
                yield place, trailer["crc"].decode("latin-1").strip(), checksum(b"".join(held) + RS)
            held = None
        elif held is not None:
            held.append(one.raw)


def _same(said: str, right: int) -> bool:
    """Decimal as the standard has it, with zeros in front or not; some send hexadecimal."""
    decimal = said.isascii() and said.isdigit() and int(said) == right
    try:
        return decimal or int(said, 16) == right
    except ValueError:
        return False
