"""Layered files that mean harm, or were damaged: refused in words, at little cost."""

from __future__ import annotations

import contextlib
import io
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.document import pictures
from studio_app.document.png import png_bytes
from studio_app.export.ora import ora_bytes
from studio_app.export.provenance.containers import look
from studio_app.export.psd import psd_bytes
from tests.document.layered import (
    SIZE,
    grouped_psd,
    patch,
    some_layers,
    without_merged,
    zipped,
)

Make = Callable[[], bytes]


GOOD_PSD, GOOD_ORA = psd_bytes(some_layers(), SIZE), ora_bytes(some_layers(), SIZE)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, body: bytes = b"", more: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = (chunk(b"IHDR", head), more, chunk(b"IDAT", zlib.compress(body)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def psd(width: int = 8, height: int = 8, bits: int = 8, mode: int = 3, rest: bytes = b"") -> bytes:
    return b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, height, width, bits, mode) + rest


def layered_psd(count: int, record: bytes = b"") -> bytes:
    """One that says it has so many layers."""
    section = struct.pack(">II", 4 + 2 + len(record), 2 + len(record)) + struct.pack(">h", count)
    return psd(
        rest=struct.pack(">II", 0, 0) + section + record + struct.pack(">H", 0) + b"\0" * 192
    )


def ora(stack: str, **members: bytes) -> bytes:
    return zipped({"stack.xml": stack.encode(), **{k + ".png": v for k, v in members.items()}})


def plain(layer: str = "", size: str = 'w="8" h="8"') -> str:
    return f"<image {size}><stack>{layer}</stack></image>"


def encrypted() -> bytes:
    data = bytearray(zipped({"stack.xml": plain().encode()}))
    data[6] |= 1
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def lying(name: str = "stack.xml") -> bytes:
    """A member that says it is small and inflates to a gigabyte."""
    data = bytearray(zipped({name: b" " * (64 << 20)}))
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 100)
    return bytes(data)


EXR = b"\x76\x2f\x31\x01\x02\0\0\0"
BOX = struct.pack("<iiii", 0, 0, 2_000_000_000, 2_000_000_000)
WEBP = b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8X" + struct.pack("<I", 10)
SQUARE = '<layer src="a.png"/>'
HOSTILE: dict[str, Make] = {
    # PNG
    "png of no pixels": lambda: png(0, 0),
    "png of 2^31 pixels a side": lambda: png(2**31 - 1, 2**31 - 1),
    "png of one row too many": lambda: png(8192, 8193),
    "png with too little inside": lambda: png(4096, 4096, b"\0" * 100),
    "png cut in its header": lambda: png(8, 8)[:20],
    "png cut in its pixels": lambda: png_bytes(patch((1, 2, 3, 4), 200, 200))[:100],
    "png of a wrong sum": lambda: png(8, 8, b"\0" * 264)[:-30] + b"\1" + png(8, 8)[-29:],
    "png of a colour type that is none": lambda: png(8, 8).replace(b"\x08\x06\0\0\0", b"\x08\x05\0\0\0"),
    "png of 300,000 chunks": lambda: png(8, 8, more=chunk(b"prVt", b"") * 300_000),
    "png of a chunk beyond its end": lambda: png(8, 8)[:33] + b"\xff\xff\xff\xffIDAT" + b"x" * 50,
    # WebP
    "webp of nothing": lambda: b"RIFF\4\0\0\0WEBP",
    "webp of 16 million pixels a side": lambda: WEBP + b"\0\0\0\0" + b"\xff" * 6,
    "webp with a lying length": lambda: b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff" + b"\0" * 40,
    "webp of animation without frames": lambda: WEBP + b"\2\0\0\0" + b"\7\0\0\7\0\0",
    "webp of noise": lambda: b"RIFF\x40\0\0\0WEBPVP8L\x34\0\0\0\x2f" + bytes(range(51)),
    "webp cut": lambda: _webp()[:60],
    # PSD
    "psd of a signature alone": lambda: b"8BPS",
    "psd cut in its header": lambda: psd()[:20],
    "psd of no pixels": lambda: psd(0, 0),
    "psd of 300,000 pixels a side": lambda: psd(300_000, 300_000),
    "psd of 2^32 - 1 pixels a side": lambda: psd(2**32 - 1, 2**32 - 1),
    "psd of 7 bits": lambda: psd(bits=7),
    "psd of a mode that is none": lambda: psd(mode=77),
    "psd of version 9": lambda: b"8BPS\0\x09" + psd()[6:],
    "psd of no channels": lambda: psd()[:12] + b"\0\0" + psd()[14:],
    "psd of 60,000 channels": lambda: psd()[:12] + b"\xea\x60" + psd()[14:],
    "psd of nothing but a header": psd,
    "psd with resources beyond its end": lambda: psd(rest=struct.pack(">II", 0, 2**32 - 1)),
    "psd with colours beyond its end": lambda: psd(rest=struct.pack(">I", 2**31)),
    "psd of 32,767 layers": lambda: layered_psd(32_767),
    "psd of -32,768 layers": lambda: layered_psd(-32_768),
    "psd of 900 layers that are not there": lambda: layered_psd(900),
    "psd of a layer of zeros": lambda: layered_psd(1, b"\0" * 60),
    "psd of a layer of ones": lambda: layered_psd(1, b"\xff" * 60),
    "psd of groups 300 deep": lambda: _deep_psd(300),
    "psd cut in its layers": lambda: GOOD_PSD[: len(GOOD_PSD) // 2],
    "psd cut in its merged picture": lambda: GOOD_PSD[:-200],
    "psd of a bomb of runs": lambda: psd(
        8192, 8192, rest=b"\0" * 12 + b"\0\1" + b"\0\2" * 3 * 8192 + b"\x81\0" * 8192
    ),
    "psd of deflate that never ends": lambda: psd(
        64, 64, rest=b"\0" * 12 + b"\0\2" + zlib.compress(b"\0" * (64 << 20))
    ),
    "psd of a compression that is none": lambda: psd(rest=b"\0" * 12 + b"\0\x63"),
    # ORA
    "zip of a signature alone": lambda: b"PK\x03\x04",
    "zip of nothing": lambda: b"PK\x03\x04" + b"\0" * 100,
    "zip without a stack": lambda: zipped({"mimetype": b"image/openraster"}),
    "zip of 5,000 members": lambda: ora(
        plain(), mergedimage=png_bytes(patch((0, 0, 0, 0))), **{f"m{i}": b"" for i in range(5000)}
    ),
    "zip cut": lambda: GOOD_ORA[: len(GOOD_ORA) // 2],
    "zip without its directory": lambda: GOOD_ORA[: GOOD_ORA.find(b"PK\x01\x02")],
    "zip that is encrypted": encrypted,
    "zip that lies of its sizes": lying,
    "ora of a stack of 64 MiB": lambda: ora(plain(" " * (64 << 20))),
    "ora of laughing entities": lambda: ora('<!DOCTYPE image [<!ENTITY a "aaa">]>' + plain("&a;")),
    "ora of a file of the system": lambda: ora('<!DOCTYPE i [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + plain("&a;")),
    "ora of a stack that is cut": lambda: ora(plain()[:20]),
    "ora of a stack that is no XML": lambda: ora("\0\1\2"),
    "ora of UTF-7": lambda: ora("<?xml version='1.0' encoding='utf-77'?>" + plain()),
    "ora of another root": lambda: ora("<html><stack/></html>"),
    "ora without a stack": lambda: ora('<image w="8" h="8"/>'),
    "ora of groups 2,000 deep": lambda: ora(plain("<stack>" * 2000 + "</stack>" * 2000)),
    "ora of 20,000 layers": lambda: ora(plain(SQUARE * 20_000), mergedimage=png_bytes(patch((0, 0, 0, 0)))),
    "ora of 1,100 layers": lambda: ora(plain(SQUARE * 1100), mergedimage=png_bytes(patch((0, 0, 0, 0)))),
    "ora of no size": lambda: ora(plain(SQUARE, ""), a=png_bytes(patch((0, 0, 0, 0)))),
    "ora of a size below nothing": lambda: ora(plain("", 'w="-8" h="8"')),
    "ora of a size without end": lambda: ora(plain("", 'w="inf" h="nan"')),
    "ora of 30,000 pixels a side": lambda: ora(plain("", 'w="30000" h="30000"')),
    "ora of a layer outside": lambda: ora(plain('<layer src="../../../etc/passwd"/>')),
    "ora of a layer anywhere": lambda: ora(plain('<layer src="/etc/passwd"/>')),
    "ora of a layer that is no PNG": lambda: ora(plain(SQUARE), a=b"GIF89a"),
    "ora of a layer of 2^31 pixels": lambda: ora(plain(SQUARE), a=png(2**31 - 1, 1)),
    "ora of 900 layers of 4 million pixels": lambda: ora(plain(SQUARE * 900), a=_large_png()),
    "ora of 900 groups of 30 million pixels": lambda: ora(
        plain('<stack opacity="0.5"/>' * 900, 'w="5500" h="5500"')
    ),
    "ora of a merged bomb": lambda: ora(plain(), mergedimage=b"\0" * (300 << 20)),
    "ora of a merged picture that is none": lambda: ora(plain(), mergedimage=b"<svg/>"),
    "ora of a merged picture too large": lambda: ora(plain(), mergedimage=png(9000, 9000)),
    "ora of a merged picture that is cut": lambda: ora(plain(), mergedimage=png(64, 64)[:50]),
    # OpenEXR (more in test_exr_files.py), and what is not a picture at all
    "exr of a signature alone": lambda: EXR,
    "exr of 2 billion pixels a side": lambda: EXR + b"dataWindow\0box2i\0" + struct.pack("<I", 16) + BOX,
    "exr of an attribute beyond its end": lambda: EXR + b"xmp\0string\0" + struct.pack("<I", 2**31) + b"x",
    "exr of names without end": lambda: EXR + b"a" * 5_000_000,
    "exr of 100,000 attributes": lambda: EXR + b"a\0string\0\0\0\0\0" * 100_000,
    "gif": lambda: b"GIF89a" + b"\0" * 60,
    "svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "pdf": lambda: b"%PDF-1.7\n" + b"\0" * 60,
    "nothing": lambda: b"",
}  # fmt: skip
READ_AS_FAR_AS_ITS_SIZE = {"psd of deflate that never ends"}


def _webp() -> bytes:
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 4), np.uint8)
    Image.fromarray(noise).save(stream, "WEBP", lossless=True)
    return stream.getvalue()


def _deep_psd(depth: int) -> bytes:
    """Records of groups that open and never close."""
    named = b"\x01g\0\0"
    kind = b"8BIMlsct" + struct.pack(">II", 4, 3)
    extra = struct.pack(">II", 0, 0) + named + kind
    record = struct.pack(">iiiiH", 0, 0, 0, 0, 0) + b"8BIMnorm\xff\0\0\0"
    record += struct.pack(">I", len(extra)) + extra
    return layered_psd(depth, record * depth)


@cache
def _large_png() -> bytes:
    return png_bytes(np.zeros((2048, 2048, 4), np.uint8))


def test_there_are_enough_of_them():
    assert len(HOSTILE) >= 75


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_and_costs_little(name: str):
    """Processor seconds of this process and bytes that Python gave out, both far above what any of them takes."""
    data = HOSTILE[name]()
    began = time.process_time()
    tracemalloc.start()
    try:
        if name in READ_AS_FAR_AS_ITS_SIZE:
            pictures.open_picture(data, "the file").rgba()
            error = None
        else:
            with pytest.raises(StudioError) as raised:
                pictures.open_picture(data, "the file").rgba()
            error = raised.value
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error is None or ("the file" in error.title and error.hint)
    assert peak < 256 << 20
    assert time.process_time() - began < 10


SAID = {
    "psd of 32,767 layers": "too many layers",
    "psd of -32,768 layers": "too many layers",
    "psd of 300,000 pixels a side": "too large",
    "psd of groups 300 deep": "too many groups",
    "ora of 1,100 layers": "too many layers",
    "ora of 30,000 pixels a side": "too large",
    "ora of a merged picture too large": "too large",
    "png of one row too many": "too large",
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_too_much_is_said_to_be_that(name: str):
    """And not found out by what breaks later."""
    with pytest.raises(StudioError, match=SAID[name]):
        pictures.open_picture(HOSTILE[name](), "the file")


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_hostile_file_says_of_itself_costs_little_too(name: str):
    data = HOSTILE[name]()
    tracemalloc.start()
    try:
        with contextlib.suppress(StudioError):
            look(data, "the file")
        assert tracemalloc.get_traced_memory()[1] < 300 << 20
    finally:
        tracemalloc.stop()


def test_nothing_of_a_zip_comes_onto_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    names = ["../out.png", "/out.png", "a\\..\\out.png", "C:\\out.png"]
    data = png_bytes(patch((1, 2, 3, 255), 8, 8))
    for name in names:
        stack = plain(f'<layer src="{name}"/>')
        seen = pictures.open_picture(zipped({"stack.xml": stack.encode(), name: data}), "a.ora")
        assert seen.rgba()[0, 0].tolist() == [1, 2, 3, 255]
    assert list(tmp_path.rglob("*")) == []


SEEDS = [
    GOOD_PSD, GOOD_ORA, without_merged(GOOD_ORA), grouped_psd(1), png(8, 8, b"\0" * 264), _webp(),
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(SEEDS), st.data())
def test_any_damage_leaves_a_picture_or_a_reason(seed: bytes, data: st.DataObject):
    damaged = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        damaged = damaged or bytearray(b"x")
    with contextlib.suppress(StudioError):
        picture = pictures.open_picture(bytes(damaged), "the file", fit=(64, 64))
        assert picture.rgba().dtype == np.uint8
        assert all("\n" not in name for name in picture.layers)
    with contextlib.suppress(StudioError):
        look(bytes(damaged), "the file")
