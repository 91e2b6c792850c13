"""PNGs of large pictures, made strip by strip, so that what has not changed since the last time is not deflated again.

A PNG's pixels are one stream of deflate. A strip that is flushed whole refers to nothing before it, so streams of
strips can be laid one behind the other, with the checksum of all of them at the end. Files are some 20% larger than by
a zlib that looks for runs alone, and made in a quarter of the time. A row says how it differs from the one above it;
the first of a strip, from its left neighbours.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio_app.core.deflating import adler32, blocks
from studio_app.core.errors import StudioError
from studio_app.document.png import SIGNATURE, chunk
from studio_app.document.store.remembering import Each, Remembered

Pixels = NDArray[np.uint8]
_ADLER = 65521
_SUB, _UP = 1, 2


@dataclass(frozen=True)
class Strip:
    """Some rows of a picture. key: equal for equal pixels. pixels: makes them, uint8 [rows, width, 4]."""

    key: Hashable
    rows: int
    pixels: Callable[[], Pixels]


@dataclass(frozen=True)
class _Packed:
    """deflated: whole blocks, and not the last ones. adler, length: of what is in them."""

    deflated: bytes
    adler: int
    length: int


def png_of_strips(
    width: int, strips: Sequence[Strip], known: Remembered, each: Each = map
) -> bytes:
    """A PNG of straight alpha, of strips that lie below each other. Those that are known are not made again; each: how
    the others are made, by one thread or several."""
    keys = [(width, strip.rows, strip.key) for strip in strips]
    making = [lambda strip=strip: _deflated(strip.pixels()) for strip in strips]
    known.fill(zip(keys, making, strict=True), _size, each)
    adler = 1
    stream = [b"\x78\x01"]
    for key, make in zip(keys, making, strict=True):
        part: _Packed = known.of(key, make, _size)
        adler = _joined(adler, part.adler, part.length)
        stream.append(part.deflated)
    stream += [b"\x03\x00", struct.pack(">I", adler)]
    height = sum(strip.rows for strip in strips)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", b"".join(stream)), chunk(b"IEND", b""))
    return b"".join((SIGNATURE, *parts))


def _size(packed: _Packed) -> int:
    return len(packed.deflated)


def _deflated(pixels: Pixels) -> _Packed:
    """It is inflated once more, by zlib: what is kept of it may be written many times, and nobody looks again."""
    height, width = pixels.shape[:2]
    flat = np.ascontiguousarray(pixels).reshape(height, width * 4)
    rows = np.empty((height, width * 4 + 1), np.uint8)
    rows[0, 0], rows[1:, 0] = _SUB, _UP
    rows[0, 1:5] = flat[0, :4]
    np.subtract(flat[0, 4:], flat[0, :-4], out=rows[0, 5:])
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
    data = blocks(rows.data)
    again = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data)
    if not np.array_equal(np.frombuffer(again, np.uint8), rows.reshape(-1)):
        raise StudioError(
            "A picture was not packed as it is", "", "Check this machine's memory, then try again."
        )
    return _Packed(data, adler32(rows.data), rows.nbytes)


def _joined(first: int, second: int, length: int) -> int:
    """The Adler-32 of two stretches behind each other, the second of so many bytes (zlib's `adler32_combine`)."""
    a1, b1, a2, b2 = first & 0xFFFF, first >> 16, second & 0xFFFF, second >> 16
    a = (a1 + a2 - 1) % _ADLER
    b = (b1 + b2 + length * (a1 - 1)) % _ADLER
    return b << 16 | a
