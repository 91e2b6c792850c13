"""PNG files made here, by zlib alone, and the texts of anybody's.

Texts are read by our own eyes, since Pillow refuses a whole file for one chunk above 1 MiB. Pillow holds Python's lock
while it deflates a PNG, and the window stands still for as long; zlib lets go of it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.text import clean_text

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 200_000
"""An 8192x8192 picture of 16 bits in the usual 8 KiB chunks has 65,000."""
LEVEL = 4
"""Of zlib: pictures are some 2% larger than at 6, in less than half of the time."""
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
_SKIPPED = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")
"""Chunks that a decoder needs nothing of, and would inflate."""

Pixels = NDArray[np.uint8]


def png_bytes(
    pixels: Pixels | NDArray[np.uint16],
    texts: Mapping[str, str] | None = None,
    *,
    clear: int | None = None,
) -> bytes:
    """A PNG of uint8 or uint16 [H, W], [H, W, 3] or [H, W, 4] (straight alpha), with iTXt chunks by keyword.

    clear: the level of a grey picture that is transparent wherever it occurs.
    """
    planes = pixels.shape[2] if pixels.ndim == 3 else 1
    deep = pixels.dtype == np.uint16
    if (
        (not deep and pixels.dtype != np.uint8)
        or pixels.ndim not in (2, 3)
        or planes not in _COLOUR_TYPES
    ):
        raise ValueError(f"no PNG of {pixels.dtype} {pixels.shape}")
    height, width = pixels.shape[:2]
    depth = 16 if deep else 8
    head = struct.pack(">IIBBBBB", width, height, depth, _COLOUR_TYPES[planes], 0, 0, 0)
    parts = [SIGNATURE, chunk(b"IHDR", head)]
    for keyword, text in (texts or {}).items():
        # Not compressed, no language, no translated keyword.
        body = keyword.encode("latin-1") + b"\0\0\0\0\0" + clean_text(text).encode("utf-8")
        parts.append(chunk(b"iTXt", body))
    if clear is not None:
        parts.append(chunk(b"tRNS", struct.pack(">H", clear)))
    # The high byte comes first; filters look back by whole pixels, in bytes.
    plain = np.ascontiguousarray(pixels, ">u2" if deep else np.uint8).view(np.uint8)
    step = planes * depth // 8
    rows = _filtered(plain.reshape(height, width * step), step)
    deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_FILTERED)
    parts.append(chunk(b"IDAT", deflate.compress(rows.data) + deflate.flush()))
    parts.append(chunk(b"IEND", b""))
    return b"".join(parts)


def png16_bytes(values: NDArray[np.floating], texts: Mapping[str, str] | None = None) -> bytes:
    """A 16-bit grey PNG of float [H, W] 0..1, with iTXt chunks by keyword."""
    levels = np.clip(np.rint(values.astype(np.float64) * 65535), 0, 65535).astype(np.uint16)
    return png_bytes(levels, texts)


def texts_of(data: bytes, what: str, max_bytes: int) -> dict[str, str]:
    """The texts of a PNG by keyword (tEXt, iTXt); of a keyword that appears twice the first.

    All together inflate to at most `max_bytes`: what comes beyond is left out. StudioError, naming `what`,
    for a file of too many chunks.
    """
    texts: dict[str, str] = {}
    left = max_bytes
    for name, begin, end in _chunks(data, what):
        if name not in (b"tEXt", b"iTXt") or end - begin > left:
            continue
        keyword, _, rest = data[begin:end].partition(b"\0")
        key = keyword.decode("latin-1")
        if key in texts:
            continue
        if name == b"tEXt":
            text = rest.decode("latin-1")
        elif len(rest) >= 2:
            raw = rest[2:].split(b"\0", 2)[-1]
            if rest[0] == 1:
                raw = _inflated(raw, left)
                left -= len(raw)
            text = raw.decode("utf-8", errors="replace")
        else:
            continue
        left -= end - begin
        if left >= 0:
            texts[key] = clean_text(text)
    return texts


def without_texts(data: bytes, what: str) -> bytes:
    """A PNG without its texts and colour profile. StudioError, naming `what`, for a file of too many chunks."""
    view = memoryview(data)
    kept: list[memoryview] = []
    first = (
        0  # of what is kept and not yet in the list; a cut last chunk too: let the decoder say so
    )
    for name, begin, end in _chunks(data, what):
        if name in _SKIPPED:
            kept.append(view[first : begin - 8])
            first = end + 4
    return b"".join([*kept, view[first:]]) if kept else data


def _chunks(data: bytes, what: str) -> Iterator[tuple[bytes, int, int]]:
    """(type, begin and end of the body) of the chunks of a PNG, as far as they are whole."""
    position = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if position + 12 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, position)
        end = position + 12 + length
        if end > len(data):
            return
        yield data[position + 4 : position + 8], position + 8, end - 4
        position = end
    raise StudioError(
        f"{what} is no ordinary PNG",
        f"it has more than {MAX_CHUNKS:,} chunks",
        "Save it again, as PNG.",
    )


def _inflated(raw: bytes, most: int) -> bytes:
    """At most `most` + 1 bytes."""
    inflater = zlib.decompressobj()
    try:
        return inflater.decompress(raw, most + 1)
    except zlib.error:
        return b""


def _filtered(rows: Pixels, step: int) -> Pixels:
    """Each row by the filter that leaves the smallest differences, as the PNG specification advises (12.8).

    step: bytes of a pixel. All in bytes, or nearly: a batch spends more on this than on anything beside the engine.
    """
    left = np.zeros_like(rows)
    left[:, step:] = rows[:, :-step]
    up = np.zeros_like(rows)
    up[1:] = rows[:-1]
    corner = np.zeros_like(rows)
    corner[1:, step:] = rows[:-1, :-step]
    rests = np.empty((5, *rows.shape), np.uint8)
    rests[0] = rows
    np.subtract(rows, left, out=rests[1])
    np.subtract(rows, up, out=rests[2])
    np.subtract(rows, (left & up) + ((left ^ up) >> 1), out=rests[3])  # their mean, without a carry
    np.subtract(rows, _paeth(left, up, corner), out=rests[4])
    # -128 has no positive twin of its own, and is its size as a byte.
    cost = np.abs(rests.view(np.int8)).view(np.uint8).sum(axis=2, dtype=np.uint32)
    best = cost.argmin(axis=0)
    out = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    out[:, 0] = best
    out[:, 1:] = rests[best, np.arange(len(rows))]
    return out


def _paeth(left: Pixels, up: Pixels, corner: Pixels) -> Pixels:
    """Of three neighbours the one that is nearest to left + up - corner."""
    c = corner.astype(np.int16)
    to_a, to_b = up - c, left - c
    to_c = np.abs(to_a + to_b)
    np.abs(to_a, out=to_a)
    np.abs(to_b, out=to_b)
    upper = np.where(to_b <= to_c, up, corner)
    return np.where((to_a <= to_b) & (to_a <= to_c), left, upper)


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG, with its length and checksum."""
    check = zlib.crc32(body, zlib.crc32(name))
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)
