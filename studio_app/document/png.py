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
BAND = 1 << 18
"""Bytes of a picture that are filtered at once."""
SAMPLE = 1 << 13
"""Bytes, at most, of each of the three places that tell how a picture is best deflated."""
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
_SKIPPED = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")
"""Chunks that a decoder needs nothing of, and would inflate."""

Pixels = NDArray[np.uint8]


def png_bytes(
    pixels: Pixels | NDArray[np.uint16],
    texts: Mapping[str, str] | None = None,
    *,
    clear: int | None = None,
    palette: Pixels | None = None,
) -> bytes:
    """A PNG of uint8 or uint16 [H, W], [H, W, 3] or [H, W, 4] (straight alpha), with iTXt chunks by keyword.

    clear: the level of a grey picture that is transparent wherever it occurs. palette: uint8 [256, 3], the colours of
    what [H, W] of uint8 counts.
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
    kind = _COLOUR_TYPES[planes] if palette is None else 3
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = [SIGNATURE, chunk(b"IHDR", head)]
    for keyword, text in (texts or {}).items():
        # Not compressed, no language, no translated keyword.
        body = keyword.encode("latin-1") + b"\0\0\0\0\0" + clean_text(text).encode("utf-8")
        parts.append(chunk(b"iTXt", body))
    if palette is not None:
        parts.append(chunk(b"PLTE", palette.tobytes()))
    if clear is not None:
        parts.append(chunk(b"tRNS", struct.pack(">H", clear)))
    # The high byte comes first; filters look back by whole pixels, in bytes.
    plain = np.ascontiguousarray(pixels, ">u2" if deep else np.uint8).view(np.uint8)
    step = planes * depth // 8
    rows = _filtered(plain.reshape(height, width * step), step)
    parts.append(chunk(b"IDAT", _deflated(rows, LEVEL, _strategy(rows))))
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
    """Each row by the filter that leaves the smallest differences, as the PNG specification advises (12.8), behind
    the filter's number.

    step: bytes of a pixel. Done in bands, since what does not fit into a processor's cache takes several times as long.
    """
    height, width = rows.shape
    out = np.empty((height, width + 1), np.uint8)
    above = np.zeros((1, width), np.uint8)
    high = max(1, BAND // width)
    for first in range(0, height, high):
        band = rows[first : first + high]
        _filter(band, np.concatenate([above, band[:-1]]), step, out[first : first + high])
        above = band[-1:]
    return out


def _filter(rows: Pixels, up: Pixels, step: int, out: Pixels) -> None:
    left, corner = np.zeros_like(rows), np.zeros_like(rows)
    left[:, step:] = rows[:, :-step]
    corner[:, step:] = up[:, :-step]
    rests = np.empty((5, *rows.shape), np.uint8)
    rests[0] = rows
    np.subtract(rows, left, out=rests[1])
    np.subtract(rows, up, out=rests[2])
    np.subtract(rows, (left & up) + ((left ^ up) >> 1), out=rests[3])  # their mean, without a carry
    np.subtract(rows, _paeth(left, up, corner), out=rests[4])
    # -128 has no positive twin of its own, and is its size as a byte.
    cost = np.abs(rests.view(np.int8)).view(np.uint8).sum(axis=2, dtype=np.uint32)
    best = cost.argmin(axis=0)
    out[:, 0] = best
    out[:, 1:] = rests[best, np.arange(len(rows))]


def _paeth(left: Pixels, up: Pixels, corner: Pixels) -> Pixels:
    """Of three neighbours the one that is nearest to left + up - corner; of two, left before up before corner.

    All in bytes: left + up - corner is |up - corner| from left and |left - corner| from up. From the corner it is as
    far as these two differ, where the corner lies between left and up; elsewhere it is farther than both.
    """
    to_left = np.maximum(up, corner) - np.minimum(up, corner)
    to_up = np.maximum(left, corner) - np.minimum(left, corner)
    to_corner = np.maximum(to_left, to_up) - np.minimum(to_left, to_up)
    to_corner |= _bits((up >= corner) == (left >= corner))
    nearest = corner ^ ((corner ^ up) & _bits(to_up <= to_corner))
    return nearest ^ ((nearest ^ left) & _bits((to_left <= to_up) & (to_left <= to_corner)))


def _bits(mask: NDArray[np.bool_]) -> Pixels:
    """255 where it holds, else 0."""
    return mask.view(np.uint8) * np.uint8(255)


def _strategy(rows: Pixels) -> int:
    """Of zlib, for a filtered picture: the one that makes a sample of it smallest.

    What a model paints has grain, in which nothing repeats: a code of bytes alone (Z_HUFFMAN_ONLY) is smaller than
    matches are, in a third of the time. What was drawn, or made larger, has runs (Z_RLE), or whole rows again.
    """
    height, width = rows.shape
    high = max(1, min(height // 64, SAMPLE // width))
    first = (height // 6, height // 2, height * 5 // 6)
    part = np.concatenate([rows[start : start + high] for start in first])
    coded = len(_deflated(part, LEVEL, zlib.Z_HUFFMAN_ONLY))
    if coded <= len(_deflated(part, 1, zlib.Z_FILTERED)):
        return zlib.Z_HUFFMAN_ONLY
    runs = len(_deflated(part, LEVEL, zlib.Z_RLE))
    return zlib.Z_RLE if runs <= len(_deflated(part, LEVEL, zlib.Z_FILTERED)) else zlib.Z_FILTERED


def _deflated(rows: Pixels, level: int, strategy: int) -> bytes:
    deflate = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
    return deflate.compress(rows.data) + deflate.flush()


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG, with its length and checksum."""
    check = zlib.crc32(body, zlib.crc32(name))
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)
