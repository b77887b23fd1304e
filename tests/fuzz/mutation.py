"""Damage as it happens and as it is done on purpose: bytes of ours, changed by chance."""

from __future__ import annotations

from random import Random

PIECES = [
    *(
        b"",
        b"\0",
        b"\xff\xfe",
        b"\xc3\x28",
        b"\xef\xbb\xbf",
        b"\r",
        b"\n\n",
        b'"',
        b"'",
        b"\\",
        b"<",
    ),
    *(b">", b"&", b"{", b"}", b"[", b"]", b"(", b")", b",", b";", b":", b".", b"-", b"=", b"#"),
    *(b"NaN", b"-Infinity", b"1e999", b"-0", b"0x" + b"f" * 5_000, b"9" * 5_000, b"1e-400"),
    *("²".encode(), "٣".encode(), "\u202e".encode(), "\ud800".encode("utf-8", "surrogatepass")),
    *(b"null", b"true", b"[]", b"{}", b'"\\ud800"', b'"\\u0000"', b"]]>", b"<!--", b"<![CDATA["),
    *(b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"2026-02-30", b"0000-00-00"),
    *(b"\xfe\xff\xff\xff\x0f", b"\xff" * 9 + b"\x01", b"\x80" * 30, b"\x01", b"\0\0\xc0\x7f"),
    *(b"\0\0\0\0\0\0\xf8\x7f", b"\0\0\0\0\0\0\xf0\x7f", b"SRID=0;", b"EMPTY", b"EPSG:1", b"%s%n"),
    *(b"a" * 3_000, b"[" * 2_000, b"(" * 2_000, b"<a>" * 300, b"a." * 300, b"&amp;" * 50),
]
"""What parsers stumble over."""
MOST_BYTES = 1 << 20


def mutated(seed: bytes, chance: Random) -> bytes:
    """Return the seed with one change or a few."""
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(8):
            case 0:
                data[at:at] = chance.choice(PIECES)
            case 1:
                data[at : at + chance.randrange(1, 9)] = chance.choice(PIECES)
            case 2:
                data[at : at + chance.randrange(1, 40)] = b""
            case 3:
                del data[at:]
            case 4 if data:
                data[at % len(data)] ^= 1 << chance.randrange(8)
            case 5:
                data[at:at] = data[at : at + chance.randrange(1, 200)] * chance.randrange(1, 4)
            case 6:
                _swap_words(data, at, chance)
            case _:
                data[at:at] = chance.randbytes(chance.randrange(1, 9))
    return bytes(data[:MOST_BYTES])


def _swap_words(data: bytearray, at: int, chance: Random) -> None:
    """Put another word of the same text in the place of one, or a piece in place of a value."""
    words = bytes(data[max(0, at - 400) : at + 400]).split()
    start = data.find(b'"', at)
    end = data.find(b'"', start + 1)
    if 0 <= start < end and chance.random() < 0.7:
        data[start + 1 : end] = chance.choice(PIECES)
    elif words:
        data[at : at + len(words[0])] = chance.choice(words)
