"""Every format, as the readers of others see it."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.export.pictures import (
    EXR,
    PNG16,
    Encoding,
    encode,
    exr_bytes,
    picture_asset,
    picture_piece,
    to_linear,
)
from studio_app.export.pieces import Metadata, Role

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="größe"/>'
    "</rdf:RDF></x:xmpmeta>"
)
MAGICK = shutil.which("identify") and shutil.which("convert")


def ramp(channels: int, size: tuple[int, int] = (40, 24)) -> np.ndarray:
    """uint8 [24, 40, channels]; the alpha of four is 0 in one place."""
    ys, xs = np.mgrid[0 : size[1], 0 : size[0]]
    planes = [xs * 6, ys * 10, (xs + ys) * 3, 255 - xs * 4]
    planes[3][:4, :4] = 0
    out = np.stack(planes[:channels], 2).astype(np.uint8)
    return out[..., 0] if channels == 1 else out


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


LOSSLESS = [Encoding("png"), Encoding("webp"), Encoding("tga")]


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("how", LOSSLESS, ids=lambda how: how.format)
def test_nothing_is_lost(how: Encoding, channels: int):
    pixels = ramp(channels)
    image = opened(encode(pixels, how))
    if how.format == "webp" and channels == 1:
        image = image.convert("L")
    np.testing.assert_array_equal(np.asarray(image), pixels)
    assert encode(pixels, how) == encode(pixels.copy(), how)


@pytest.mark.parametrize("how", [Encoding("jpeg"), Encoding("webp", lossless=False)], ids=str)
def test_a_lossy_picture_is_near(how: Encoding):
    pixels = ramp(3)
    near = np.asarray(opened(encode(pixels, how)).convert("RGB")).astype(int)
    assert np.abs(near - pixels).mean() < 4
    small = encode(pixels, Encoding(how.format, quality=20, lossless=False))
    assert len(small) < len(encode(pixels, how))


def test_a_jpeg_refuses_what_it_would_lose():
    with pytest.raises(StudioError, match="no transparency"):
        encode(ramp(4), Encoding("jpeg"))
    opaque = ramp(4)
    opaque[..., 3] = 255
    assert opened(encode(opaque, Encoding("jpeg"))).mode == "RGB"


@pytest.mark.parametrize("bad", [{"format": "gif"}, {"bits": 12}, {"quality": 0}])
def test_an_impossible_encoding_is_refused(bad: dict[str, object]):
    with pytest.raises(StudioError):
        Encoding(**bad)  # pyright: ignore[reportArgumentType]
    with pytest.raises(StudioError, match="too large"):
        encode(np.zeros((1, 16384, 3), np.uint8), Encoding("webp"))


@pytest.mark.skipif(not MAGICK, reason="ImageMagick is not installed")
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_are_read_as_sixteen(tmp_path: Path, channels: int):
    """Pillow can't: ImageMagick gives the samples back, each of 16 bits."""
    generator = np.random.default_rng(3)
    pixels = generator.integers(0, 65536, (7, 9, channels), dtype=np.uint16)
    plain = pixels[..., 0] if channels == 1 else pixels
    path = tmp_path / "deep.png"
    path.write_bytes(encode(plain, PNG16))
    bands = {1: "gray", 3: "rgb", 4: "rgba"}[channels]
    order = ["convert", str(path), "-depth", "16", "-endian", "LSB", f"{bands}:-"]
    raw = subprocess.run(order, check=True, capture_output=True).stdout
    np.testing.assert_array_equal(np.frombuffer(raw, "<u2").reshape(pixels.shape), pixels)


@pytest.mark.skipif(not MAGICK, reason="ImageMagick is not installed")
@pytest.mark.parametrize("name", ["png", "webp", "jpeg", "tga"])
def test_imagemagick_reads_it(tmp_path: Path, name: str):
    how = Encoding(name)  # pyright: ignore[reportArgumentType]
    path = tmp_path / f"picture{how.extension}"
    path.write_bytes(encode(ramp(3), how, Metadata({"parameters": "a"}, XMP)))
    order = ["identify", "-format", "%m %w %h", str(path)]
    found = subprocess.run(order, check=True, capture_output=True, text=True).stdout
    assert found == f"{name.upper()} 40 24"


def test_eight_bits_become_sixteen_and_back_without_loss():
    every = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = opened(encode(every, PNG16))
    np.testing.assert_array_equal(np.asarray(image), every.astype(np.uint16) * 257)
    np.testing.assert_array_equal(
        np.asarray(opened(encode(np.asarray(image).astype(np.uint16)))), every
    )


def test_depth_in_an_exr_is_exact_to_the_last_bit():
    depth = np.random.default_rng(1).random((33, 20), np.float32)
    depth[0, :4] = [0, 1, 1e-30, np.nextafter(np.float32(1), np.float32(0))]
    data = exr_bytes({"Z": depth}, Metadata(xmp=XMP))
    with OpenEXR.File(io.BytesIO(data)) as file:
        np.testing.assert_array_equal(file.channels()["Z"].pixels, depth)
        assert file.header()["xmp"] == XMP
    assert data == exr_bytes({"Z": depth.copy()}, Metadata(xmp=XMP))


def test_colours_in_an_exr_are_linear_and_premultiplied():
    pixels = ramp(4)
    with OpenEXR.File(io.BytesIO(encode(pixels, EXR)), separate_channels=True) as file:
        found = {name: channel.pixels for name, channel in file.channels().items()}
    assert set(found) == set("RGBA")
    alpha = pixels[..., 3] / np.float32(255)
    np.testing.assert_array_equal(found["A"], alpha)
    wanted = to_linear((pixels[..., 1] / np.float32(255)).astype(np.float32)) * alpha
    np.testing.assert_allclose(found["G"], wanted, atol=1e-7)
    # Data stays data.
    with OpenEXR.File(io.BytesIO(encode(pixels[..., :3], EXR, srgb=False)), True) as file:
        np.testing.assert_array_equal(file.channels()["R"].pixels, pixels[..., 0] / np.float32(255))


def test_what_a_picture_says_of_itself_is_found_by_others():
    exif = Image.Exif()
    exif[0x010E] = "a potion"
    said = Metadata({"parameters": "größe"}, XMP, exif.tobytes()[6:])
    png = opened(encode(ramp(3), metadata=said))
    assert png.text["parameters"] == "größe"  # pyright: ignore[reportAttributeAccessIssue]
    assert png.info["xmp"].decode() == XMP
    for how in (Encoding("jpeg"), Encoding("webp"), Encoding("webp", lossless=False)):
        image = opened(encode(ramp(3), how, said))
        assert image.info["xmp"].decode() == XMP
        assert image.getexif()[0x010E] == "a potion"
    assert opened(encode(ramp(3), Encoding("tga"), said)).size == (40, 24)


def test_an_asset_says_what_its_piece_is():
    asset = picture_asset("A potion", ramp(4), Encoding("webp"), scale=2)
    (piece,) = asset.pieces
    assert (asset.kind, piece.role, piece.extension) == ("picture", "colour", ".webp")
    assert (piece.size, piece.alpha, piece.srgb, piece.bits) == ((80, 48), True, True, 8)
    assert opened(piece.data).size == (80, 48)
    assert picture_asset("x", ramp(3), EXR).pieces[0].bits == 32


def test_a_map_loses_nothing_where_its_colour_may():
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    lossy = Encoding("webp", quality=40, lossless=False)
    roles: tuple[tuple[Role, bool], ...] = (("colour", False), ("normal", True))
    for role, same in roles:
        piece = picture_piece(role, noise, lossy)
        with Image.open(io.BytesIO(piece.data)) as image:
            assert (np.asarray(image.convert("RGB")) == noise).all() == same
