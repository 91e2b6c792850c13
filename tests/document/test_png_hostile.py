"""PNGs that somebody made to do harm, or a disk has spoiled: a clear error each, or a picture, and little memory."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.pictures import open_picture
from studio_app.document.png import SIGNATURE, chunk, png_bytes, texts_of

END = chunk(b"IEND", b"")
MOST_MEMORY = 64 << 20


def head(
    width: int = 8,
    height: int = 8,
    depth: int = 8,
    kind: int = 2,
    deflate: int = 0,
    filters: int = 0,
    passes: int = 0,
) -> bytes:
    return chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, deflate, filters, passes)
    )


def body(rows: bytes = bytes(8 * 25)) -> bytes:
    return chunk(b"IDAT", zlib.compress(rows))


def png(*chunks: bytes) -> bytes:
    return SIGNATURE + b"".join(chunks) + END


@cache
def sound() -> bytes:
    return png_bytes(np.random.default_rng(0).integers(0, 256, (32, 32, 4), np.uint8))


def spoiled(place: int) -> bytes:
    """A byte of it is another one."""
    data = bytearray(sound())
    data[place] ^= 0xFF
    return bytes(data)


def _no_pictures() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "a signature alone", SIGNATURE
    yield "a signature and an end", SIGNATURE + END
    yield "half a signature", SIGNATURE[:4]
    yield "an end-of-line that a transfer changed", sound().replace(b"\r\n", b"\n", 1)
    yield "a text", b"not a picture, whatever its name says" * 9
    yield "a page", b"<!DOCTYPE html><html><body>404 Not Found</body></html>"
    yield "an SVG", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield "a zip", b"PK\3\4" + bytes(60)
    yield "an executable", b"MZ" + bytes(200)
    yield "zeros", bytes(4096)
    yield "a GIF", b"GIF89a" + bytes(50)
    yield "PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"
    yield "a PDF", b"%PDF-1.7\n1 0 obj\n"
    for side in (0, 8193 * 2, 2**31 - 1, 2**31, 2**32 - 1):
        yield f"{side} pixels a side", png(head(side, side), body())
    yield "a row of 2 thousand million pixels", png(head(2**31 - 1, 1), body())
    yield "a column of them", png(head(1, 2**31 - 1), body())
    for depth, kind in ((3, 2), (0, 0), (16, 3), (8, 5), (8, 255), (255, 6)):
        yield f"{depth} bits of kind {kind}", png(head(depth=depth, kind=kind), body())
    yield "no rows", png(head())
    yield "rows that are no zlib", png(head(), chunk(b"IDAT", b"\xff" * 60))
    yield "an empty stream of rows", png(head(), chunk(b"IDAT", b""))
    yield "rows before their header", png(body(), head())
    yield "a header that is too short", png(chunk(b"IHDR", b"\0\0\0\x08"), body())
    yield "a header of a wrong check sum", png(head()[:-4] + b"\0\0\0\0", body())
    yield (
        "a chunk that is longer than the file",
        SIGNATURE + head() + b"\x7f\xff\xff\xffIDAT" + bytes(40),
    )
    yield "a chunk whose name is no name", png(head(), chunk(b"\0\1\2\3", b""), b"\xff" * 30)
    for share in (1, 3, 6, 9, 12, 14):
        yield f"cut after {share} of 16", sound()[: len(sound()) * share // 16]  # fmt: skip
    yield "a damaged size", spoiled(19)
    yield "a damaged name of its rows", spoiled(sound().index(b"IDAT") + 1)


def _harmless() -> Iterator[tuple[str, bytes]]:
    """These may be opened, as far as they go, or refused."""
    rows = zlib.compress(bytes(8 * 25 * 200_000), 9)
    yield "rows for 200,000 pictures", png(head(), chunk(b"IDAT", rows))
    yield "another way to deflate", png(head(deflate=7), body())
    yield "a palette without colours", png(head(kind=3), chunk(b"PLTE", b""), body(bytes(8 * 9)))
    yield "two headers", png(head(), head(4000, 4000), body())
    yield "fewer rows than it says", png(head(height=4000), body())
    yield "a filter that there is not", png(head(), body(b"\x09" * (8 * 25)))
    yield "a profile of 40 million bytes", png(
        head(), chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(40 << 20), 9)), body()
    )  # fmt: skip
    yield "a profile that is none", png(head(), chunk(b"iCCP", b"x\0\0junk"), body())
    yield "a gamma of nothing", png(head(), chunk(b"gAMA", bytes(4)), body())
    yield "a resolution without end", png(head(), chunk(b"pHYs", b"\xff" * 9), body())
    yield "EXIF that is none", png(head(), chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff"), body())
    yield "EXIF that goes in circles", png(
        head(), chunk(b"eXIf", b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0"), body()
    )  # fmt: skip
    yield "a text without a name", png(head(), chunk(b"tEXt", b"\0\0\0"), body())
    yield "a text of 50 million letters", png(
        head(), chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50 << 20), 9)), body()
    )  # fmt: skip
    yield "a text in no alphabet", png(head(), chunk(b"iTXt", b"a\0\1\0\0\0\xff\xfe"), body())
    yield "frames without end", png(
        head(), chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)), body()
    )  # fmt: skip
    yield "a picture behind its end", sound() + sound()
    yield "a zip behind its end", sound() + b"PK\3\4" + bytes(100)
    yield "transparency of another kind", png(head(), chunk(b"tRNS", b"\xff" * 300), body())
    yield "a palette of too many colours", png(
        head(kind=3), chunk(b"PLTE", bytes(3 * 300)), body(bytes(8 * 9))
    )  # fmt: skip


REFUSED = dict(_no_pictures())
HARMLESS = dict(_harmless())


def opened(data: bytes) -> np.ndarray | str:
    """Its pixels, or the sentence with which it is refused; whichever, little memory was taken."""
    tracemalloc.start()
    try:
        return open_picture(data, "bad.png").rgba()
    except StudioError as error:
        return str(error)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < MOST_MEMORY


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_in_a_sentence(name: str):
    said = opened(REFUSED[name])
    assert isinstance(said, str) and "bad.png" in said and len(said) < 1000


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_odd_is_a_picture_or_refused_and_costs_little(name: str):
    found = opened(HARMLESS[name])
    if isinstance(found, str):
        assert "bad.png" in found
    else:
        assert found.dtype == np.uint8 and found.shape[2] == 4


@pytest.mark.parametrize("name", [*REFUSED, *HARMLESS])
def test_the_texts_of_any_of_them_are_texts_or_refused(name: str):
    data = {**REFUSED, **HARMLESS}[name]
    with contextlib.suppress(StudioError):
        assert sum(map(len, texts_of(data, "bad.png", 1 << 20).values())) <= 1 << 20
