"""Reading pictures with care."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from studio_app.core.errors import StudioError
from studio_app.document import pictures


def save(path: Path, array: np.ndarray, **options: object) -> Path:
    Image.fromarray(array).save(path, **options)  # type: ignore[arg-type]
    return path


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_depth_of_8_and_16_bits(tmp_path: Path):
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64)
    deep, known = pictures.read_depth(save(tmp_path / "deep.png", ramp.astype(np.uint16)))
    assert known is None
    assert deep.dtype == np.float32
    np.testing.assert_allclose(deep, ramp / 65535, atol=2e-5)
    flat, known = pictures.read_depth(save(tmp_path / "flat.png", (ramp / 257).astype(np.uint8)))
    assert known is None
    np.testing.assert_allclose(flat, ramp / 65535, atol=1 / 255)


def test_black_is_background_and_transparent_is_unknown(tmp_path: Path):
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[:, :4, 3] = 255
    _, known = pictures.read_depth(save(tmp_path / "a.png", rgba))
    assert known is not None
    assert known[0].tolist() == [255] * 4 + [0] * 4
    _, known = pictures.read_depth(save(tmp_path / "b.png", rgba[:, :, :3]))
    assert known is None


def test_depth_is_resized_without_bleeding_from_the_unknown():
    value = np.full((64, 64), 0.8, np.float32)
    known = np.zeros((64, 64), np.uint8)
    known[:, :32] = 255
    value[:, 32:] = 0
    small, seen = pictures.fit_depth(value, known, 16, 16)
    assert seen is not None
    np.testing.assert_allclose(small[seen > 0], 0.8, atol=1e-4)


def test_turned_by_its_exif(tmp_path: Path):
    array = np.zeros((4, 8, 3), np.uint8)
    array[0, 0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.png"
    Image.fromarray(array).save(path, exif=exif)
    turned = pictures.read_rgb(path)
    assert turned.shape == (8, 4, 3)
    assert turned[0, -1].tolist() == [255] * 3


def test_transparent_pictures_lie_over_mid_grey(tmp_path: Path):
    rgb = pictures.read_rgb(save(tmp_path / "a.png", np.zeros((4, 4, 4), np.uint8)))
    assert (rgb == 128).all()


def test_masks(tmp_path: Path):
    rgba = np.full((4, 4, 4), 255, np.uint8)
    rgba[0, :, :3] = 0
    rgba[1, :, 3] = 0
    mask = pictures.read_mask(save(tmp_path / "m.png", rgba))
    assert mask[:, 0].tolist() == [0, 0, 255, 255]


def test_png_texts_of_any_length(tmp_path: Path):
    long = "ä" * 2_000_000
    path = tmp_path / "a.png"
    array = np.zeros((4, 4, 3), np.uint8)
    pictures.write_png(path, array, {"underpaint": long, "parameters": "x\ny"})
    assert pictures.read_texts(path) == {"underpaint": long, "parameters": "x\ny"}
    assert (pictures.read_rgb(path) == array).all()
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "hello", zip=False)
    Image.fromarray(array).save(path, pnginfo=info)
    assert pictures.read_texts(path) == {"parameters": "hello"}


def test_a_text_bomb_is_read_past(tmp_path: Path):
    path = save(tmp_path / "a.png", np.zeros((4, 4, 3), np.uint8))
    data = path.read_bytes()
    bomb = chunk(b"zTXt", b"x\0\0" + zlib.compress(b"a" * 20_000_000))
    path.write_bytes(data[:33] + bomb + data[33:])
    assert pictures.read_rgb(path).shape == (4, 4, 3)
    bomb = chunk(b"iTXt", b"x\0\1\0\0\0" + zlib.compress(b"a" * 70_000_000))
    path.write_bytes(data[:33] + bomb + data[33:])
    assert pictures.read_texts(path) == {}


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8300, 10_000, 30_000, 2_000_000_000])
def test_a_pixel_bomb_is_refused_by_its_header(tmp_path: Path, side: int):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(side, side))
    with pytest.raises(StudioError, match=r"too large|Can.t read"):
        pictures.read_rgb(path)


def test_broken_pictures(tmp_path: Path):
    whole = save(tmp_path / "whole.png", np.zeros((64, 64, 3), np.uint8)).read_bytes()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    cut = save(tmp_path / "cut.png", noise).read_bytes()[:3000]
    for data in (b"", b"hello", whole[:20], cut, b"GIF89a" + b"\0" * 50, b"\x89PNG\r\n\x1a\n"):
        path = tmp_path / "broken.png"
        path.write_bytes(data)
        with pytest.raises(StudioError, match=r"broken\.png"):
            pictures.read_rgb(path)
    with pytest.raises(StudioError, match="does not exist"):
        pictures.read_rgb(tmp_path / "none.png")
    with pytest.raises(StudioError, match="folder"):
        pictures.read_rgb(tmp_path)
    with pytest.raises(StudioError, match=r"NUL|null|embedded"):
        pictures.read_rgb(Path("a\0b.png"))


def test_float_depth_must_be_depth(tmp_path: Path):
    path = tmp_path / "a.tiff"
    save(path, np.full((4, 4), 0.25, np.float32))
    assert (pictures.read_depth(path)[0] == 0.25).all()
    for bad in (np.nan, 3.0, -1.0):
        save(path, np.full((4, 4), bad, np.float32))
        with pytest.raises(StudioError, match="0 to 1"):
            pictures.read_depth(path)
