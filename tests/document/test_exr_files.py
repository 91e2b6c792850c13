"""OpenEXR files: depth of our own and of other programs, and files that nobody should trust."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_app.core.errors import StudioError
from studio_app.document.depth_reading import DepthReading, read_as
from studio_app.document.exr_files import SIGNATURE, read_exr
from studio_app.document.lens import depth_of
from studio_app.document.pictures import open_picture
from studio_app.export.control_maps import depth_pieces
from studio_app.export.pictures import exr_bytes

RAMP = np.tile(np.linspace(0, 1, 24, dtype=np.float32), (8, 1))
WHITE, BLACK, DISTANCE = (DepthReading(near) for near in ("white", "black", "distance"))


def exr(**channels: Any) -> bytes:
    return exr_bytes({name: np.asarray(plane, np.float32) for name, plane in channels.items()})


def parts(*channels: dict[str, Any], **header: Any) -> bytes:
    """Of the library's own making: halves, several parts, other compressions."""
    import io

    import OpenEXR

    lib: Any = OpenEXR
    made = [lib.Part({"type": lib.scanlineimage, **header}, dict(one)) for one in channels]
    for number, part in enumerate(made):
        part.header["name"] = f"part{number}"
    stream = io.BytesIO()
    lib.File(made).write(stream)
    return stream.getvalue()


def test_what_we_export_is_read_again_to_the_last_bit():
    known = np.full(RAMP.shape, 255, np.uint8)
    known[:, :4] = 0
    piece = next(piece for piece in depth_pieces(RAMP, known) if piece.extension == ".exr")
    value, read = open_picture(piece.data, "ours").depth()
    assert np.array_equal(value[:, 4:], RAMP[:, 4:])
    assert read is not None and np.array_equal(read, known)


def test_the_distances_of_a_renderer_become_inverse_depth():
    away = np.array([[2.0, 4.0, 8.0, 1e10, np.inf]], np.float32)
    picture = open_picture(exr(Z=away), "z.exr")
    assert picture.has_distances
    value, known = picture.depth()
    assert value[0] == pytest.approx([1, depth_of(2.0), depth_of(4.0), 0, 0], abs=1e-6)
    assert known is None
    value, _ = picture.read_as(DepthReading(None, normalise=True)).depth()
    assert value[0] == pytest.approx([1, 1 / 3, 0, 0, 0], abs=1e-6)


def test_the_smallest_distances_there_are_are_distances():
    away = np.array([[1e-45, 1e-42, 2.0]], np.float32)
    for whole in (False, True):
        value, _ = read_as(away, None, DepthReading("distance", normalise=whole))
        assert value[0, 0] == 1 and np.isfinite(value).all() and value[0, 2] == 0


def test_a_layer_of_blender_is_found_among_colours():
    colours = {f"ViewLayer.Combined.{name}": RAMP for name in "RGBA"}
    data = exr(**colours, **{"ViewLayer.Depth.Z": RAMP + 3})
    assert np.array_equal(read_exr(data, "b").depth, RAMP + 3)
    grey = exr(R=RAMP, G=RAMP, B=RAMP)
    assert np.array_equal(read_exr(grey, "g").depth, RAMP)


def test_colours_are_seen_as_on_a_screen_and_a_matte_says_what_is_known():
    half = np.full((4, 4), 0.5, np.float32)
    alpha = np.zeros((4, 4), np.float32)
    alpha[:2] = 1
    picture = open_picture(exr(R=half, G=half * 4, B=half * 0, A=alpha, Z=half), "c.exr")
    rgba = picture.rgba()
    assert rgba[0, 0].tolist() == [188, 255, 0, 255] and rgba[3, 0, 3] == 0
    value, known = picture.depth()
    assert known is not None and known[0, 0] == 255 and known[3, 0] == 0
    assert value[0, 0] == 0.5 and value[3, 0] == 0


def test_what_is_no_number_is_unknown():
    odd = RAMP.copy()
    odd[0, 0] = np.nan
    value, known = open_picture(exr(Z=odd), "n.exr").depth()
    assert known is not None and known[0, 0] == 0 and known[1, 0] == 255
    assert np.isfinite(value).all()


def test_halves_other_compressions_and_the_part_with_depth_are_read():
    import OpenEXR

    lib: Any = OpenEXR
    grey = {"R": RAMP, "G": RAMP, "B": RAMP}
    data = parts(grey, {"Z": RAMP.astype(np.float16)}, compression=lib.PIZ_COMPRESSION)
    assert np.allclose(read_exr(data, "p").depth, RAMP, atol=1e-3)


def test_what_is_near_may_be_white_black_or_a_distance_and_use_the_whole_range():
    values = np.array([[0.2, 0.4, 0.6]], np.float32)
    assert read_as(values, None, WHITE)[0][0] == pytest.approx([0.2, 0.4, 0.6])
    assert read_as(values, None, BLACK)[0][0] == pytest.approx([0.8, 0.6, 0.4])
    whole = DepthReading("black", normalise=True)
    assert read_as(values, None, whole)[0][0] == pytest.approx([1, 0.5, 0])
    assert read_as(values * 100, None, BLACK)[0][0] == pytest.approx([1, 0.5, 0])
    assert read_as(values, None, DISTANCE)[0][0] == pytest.approx([1, depth_of(2), depth_of(3)])
    known = np.array([[255, 0, 255]], np.uint8)
    value, _ = read_as(values, known, DepthReading("white", normalise=True))
    assert value[0].tolist() == [0, 0, 1]
    flat = np.full((2, 2), 0.5, np.float32)
    assert (read_as(flat, None, DepthReading("distance", normalise=True))[0] == 1).all()


def test_a_png_may_be_read_the_other_way_round(tmp_path: Path):
    from PIL import Image

    path = tmp_path / "far_is_white.png"
    Image.fromarray(np.array([[0, 51, 255]], np.uint8)).save(path)
    value, _ = open_picture(path).read_as(BLACK).depth()
    assert value[0] == pytest.approx([1, 0.8, 0])


# ---- files that nobody should trust ----


def header(
    box: tuple[int, int, int, int] = (0, 0, 7, 7),
    channels: tuple[tuple[bytes, int, int], ...] = ((b"Z", 1, 1),),
    flags: int = 2,
) -> bytes:
    listed = b"".join(
        name + b"\0" + struct.pack("<iIii", 2, 0, across, down) for name, across, down in channels
    )
    fields = (
        (b"channels", b"chlist", listed + b"\0"),
        (b"compression", b"compression", b"\0"),
        (b"dataWindow", b"box2i", struct.pack("<4i", *box)),
        (b"displayWindow", b"box2i", struct.pack("<4i", *box)),
        (b"lineOrder", b"lineOrder", b"\0"),
        (b"pixelAspectRatio", b"float", struct.pack("<f", 1)),
        (b"screenWindowCenter", b"v2f", struct.pack("<2f", 0, 0)),
        (b"screenWindowWidth", b"float", struct.pack("<f", 1)),
    )
    said = b"".join(
        name + b"\0" + kind + b"\0" + struct.pack("<I", len(data)) + data
        for name, kind, data in fields
    )
    return SIGNATURE + struct.pack("<I", flags) + said + b"\0"


@cache
def whole() -> bytes:
    return exr(Z=np.random.default_rng(0).random((32, 32)))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a signature alone": lambda: SIGNATURE,
    "no attributes": lambda: SIGNATURE + struct.pack("<I", 2) + b"\0" * 64,
    "8192 pixels a side in 16 channels": lambda: header(
        (0, 0, 8191, 8191), tuple((bytes([65 + n]), 1, 1) for n in range(16))
    ),
    "30,000 pixels a side": lambda: header((0, 0, 29_999, 29_999)),
    "a window inside out": lambda: header((9, 9, 0, 0)),
    "a window from end to end": lambda: header((-(2**31), -(2**31), 2**31 - 1, 2**31 - 1)),
    "no channels": lambda: header(channels=()) + b"\0" * 500,
    "5,000 channels": lambda: header(channels=((b"x", 1, 1),) * 5_000),
    "channels of another size": lambda: header(channels=((b"Z", 1, 1), (b"BY", 2, 2))),
    "channels of no size": lambda: header(channels=((b"Z", 0, 0),)) + b"\0" * 500,
    "deep samples": lambda: header(flags=2 | 0x800),
    "a header without pixels": header,
    "a table into nowhere": lambda: header() + struct.pack("<Q", 2**63) * 8,
    "a table of zeros": lambda: header() + b"\0" * 64 + b"\xff" * 400,
    "parts without end": lambda: header(flags=2 | 0x1000)[:-1] * 3,
    "a name of 5 million letters": lambda: SIGNATURE + struct.pack("<I", 2) + b"a" * 5_000_000,
    "an attribute beyond the end": lambda: (
        SIGNATURE + struct.pack("<I", 2) + b"xmp\0string\0" + struct.pack("<I", 2**31) + b"x"
    ),
    "100,000 attributes": lambda: (
        SIGNATURE + struct.pack("<I", 2) + b"a\0string\0\0\0\0\0" * 100_000
    ),
    **{f"cut after {share} of 16": lambda share=share: whole()[: len(whole()) * share // 16]
       for share in range(1, 16)},
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence(name: str):
    with pytest.raises(StudioError) as told:
        open_picture(HOSTILE[name](), "bad.exr").depth()
    assert "bad.exr" in told.value.title and told.value.detail


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_bytes_changed_make_a_picture_or_an_error(changes: list[tuple[int, int]]):
    data = bytearray(whole())
    for place, value in changes:
        data[place % len(data)] = value
    with contextlib.suppress(StudioError):
        picture = open_picture(bytes(data), "changed.exr")
        value, _ = picture.depth()
        assert np.isfinite(value).all() and value.min() >= 0 and value.max() <= 1
        assert picture.rgba().dtype == np.uint8
