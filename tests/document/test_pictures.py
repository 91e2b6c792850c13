"""Reading pictures with care."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from studio_app.core.errors import StudioError
from studio_app.document import pictures
from studio_app.document.png import texts_of, without_texts


def save(path: Path, array: np.ndarray, **options: object) -> Path:
    Image.fromarray(array).save(path, **options)  # type: ignore[arg-type]
    return path


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_depth_of_8_and_16_bits(tmp_path: Path):
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64)
    deep, known = pictures.open_picture(save(tmp_path / "deep.png", ramp.astype(np.uint16))).depth()
    assert known is None
    assert deep.dtype == np.float32
    np.testing.assert_allclose(deep, ramp / 65535, atol=2e-5)
    flat, known = pictures.open_picture(
        save(tmp_path / "flat.png", (ramp / 257).astype(np.uint8))
    ).depth()
    assert known is None
    np.testing.assert_allclose(flat, ramp / 65535, atol=1 / 255)


def test_black_is_background_and_transparent_is_unknown(tmp_path: Path):
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[:, :4, 3] = 255
    _, known = pictures.open_picture(save(tmp_path / "a.png", rgba)).depth()
    assert known is not None
    assert known[0].tolist() == [255] * 4 + [0] * 4
    _, known = pictures.open_picture(save(tmp_path / "b.png", rgba[:, :, :3])).depth()
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
    turned = pictures.open_picture(path).rgb()
    assert turned.shape == (8, 4, 3)
    assert turned[0, -1].tolist() == [255] * 3


def test_transparent_pictures_lie_over_mid_grey(tmp_path: Path):
    rgb = pictures.open_picture(save(tmp_path / "a.png", np.zeros((4, 4, 4), np.uint8))).rgb()
    assert (rgb == 128).all()


def test_a_mask_is_white_and_opaque_where_it_covers(tmp_path: Path):
    rgba = np.full((4, 4, 4), 255, np.uint8)
    rgba[0, :, :3] = 0
    rgba[1, :, 3] = 0
    mask = pictures.open_picture(save(tmp_path / "m.png", rgba)).mask()
    assert mask[:, 0].tolist() == [0, 0, 255, 255]


def test_png_texts_of_any_length(tmp_path: Path):
    long = "ä" * 2_000_000
    path = tmp_path / "a.png"
    array = np.zeros((4, 4, 3), np.uint8)
    pictures.write_png(path, array, {"underpaint": long, "parameters": "x\ny"})
    assert pictures.read_texts(path) == {"underpaint": long, "parameters": "x\ny"}
    assert (pictures.open_picture(path).rgb() == array).all()
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "hello", zip=False)
    Image.fromarray(array).save(path, pnginfo=info)
    assert pictures.read_texts(path) == {"parameters": "hello"}


def test_a_text_bomb_is_read_past(tmp_path: Path):
    path = save(tmp_path / "a.png", np.zeros((4, 4, 3), np.uint8))
    data = path.read_bytes()
    bomb = chunk(b"zTXt", b"x\0\0" + zlib.compress(b"a" * 20_000_000))
    path.write_bytes(data[:33] + bomb + data[33:])
    assert pictures.open_picture(path).rgb().shape == (4, 4, 3)
    bomb = chunk(b"iTXt", b"x\0\1\0\0\0" + zlib.compress(b"a" * 70_000_000))
    path.write_bytes(data[:33] + bomb + data[33:])
    assert pictures.read_texts(path) == {}


def itxt(keyword: bytes, text: bytes) -> bytes:
    return chunk(b"iTXt", keyword + b"\0\1\0\0\0" + zlib.compress(text, 9))


def test_texts_are_bounded_all_together(tmp_path: Path):
    """Sixty chunks of 1 MiB each, that shrink to nothing, under a limit of 3 MiB."""
    path = save(tmp_path / "a.png", np.zeros((4, 4, 3), np.uint8))
    data = path.read_bytes()
    bombs = b"".join(itxt(b"bomb %d" % i, b"a" * (1 << 20)) for i in range(60))
    path.write_bytes(data[:33] + bombs + data[33:])
    tracemalloc.start()
    try:
        texts = pictures.read_texts(path, 3 << 20)
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()
    assert sum(len(text) for text in texts.values()) <= 3 << 20
    assert pictures.open_picture(path).rgb().shape == (4, 4, 3)


def test_of_two_texts_with_one_name_the_first_counts(tmp_path: Path):
    path = save(tmp_path / "a.png", np.zeros((4, 4, 3), np.uint8))
    data = path.read_bytes()
    path.write_bytes(data[:33] + itxt(b"a", b"first") + itxt(b"a", b"second") + data[33:])
    assert pictures.read_texts(path) == {"a": "first"}


def test_a_file_of_nothing_but_chunks_is_refused(tmp_path: Path):
    path = save(tmp_path / "a.png", np.zeros((4, 4, 3), np.uint8))
    data = path.read_bytes()
    path.write_bytes(data[:33] + chunk(b"prVt", b"") * 300_000 + data[33:])
    for read in (pictures.read_rgba, pictures.read_texts):
        with pytest.raises(StudioError, match="chunks"):
            read(path)


def test_half_characters_of_a_text_become_whole(tmp_path: Path):
    path = save(tmp_path / "a.png", np.zeros((4, 4, 3), np.uint8))
    data = path.read_bytes()
    path.write_bytes(data[:33] + itxt(b"a", b"x \xed\xa0\xbd y") + data[33:])
    pictures.read_texts(path)["a"].encode("utf-8")


def test_sixteen_bits_are_as_white_as_eight(tmp_path: Path):
    mask = np.full((8, 8), 31, np.uint8)
    mask[2:6, 2:6] = 255
    eight = save(tmp_path / "8.png", mask)
    sixteen = save(tmp_path / "16.png", mask.astype(np.uint16) * 257)
    floats = save(tmp_path / "f.tiff", mask.astype(np.float32) / 255)
    for path in (sixteen, floats):
        assert (pictures.open_picture(path).mask() == pictures.open_picture(eight).mask()).all()
        assert (pictures.open_picture(path).rgb() == pictures.open_picture(eight).rgb()).all()
        assert (pictures.read_rgba(path) == pictures.read_rgba(eight)).all()
    save(tmp_path / "f.tiff", np.full((4, 4), 7, np.float32))
    with pytest.raises(StudioError, match="0 to 1"):
        pictures.open_picture(tmp_path / "f.tiff").mask()


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16", "F", "CMYK"])
def test_a_large_picture_is_averaged_on_its_way(tmp_path: Path, mode: str):
    ramp = np.linspace(0, 255, 1200).astype(np.uint8)[None].repeat(600, 0)
    if mode == "I;16":
        image = Image.fromarray(ramp.astype(np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray(ramp.astype(np.float32) / 255)
    else:
        image = Image.fromarray(ramp).convert(mode)
    path = tmp_path / ("a.tiff" if mode in ("F", "CMYK") else "a.png")
    image.save(path)
    whole = pictures.open_picture(path)
    small = pictures.open_picture(path, fit=(64, 64))
    assert whole.size == small.size == (1200, 600)
    assert whole.rgba().shape == (600, 1200, 4)
    assert small.rgba().shape == (150, 300, 4)
    expected = np.array(Image.fromarray(whole.rgba()).reduce(4)).astype(int)
    assert np.abs(small.rgba().astype(int) - expected).max() <= 2
    value, _ = small.depth()
    assert value.shape == (150, 300)
    assert abs(value.mean() - 0.5) < 0.02


def test_an_averaged_picture_is_turned_too(tmp_path: Path):
    array = np.zeros((300, 600, 3), np.uint8)
    array[:150, :300] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("a.png", "a.jpg"):
        Image.fromarray(array).save(tmp_path / name, exif=exif)
        picture = pictures.open_picture(tmp_path / name, fit=(32, 32))
        assert picture.size == (300, 600)
        rgb = picture.rgb()
        assert rgb.shape[0] == 2 * rgb.shape[1] < 300
        assert rgb[0, -1].min() > 250
        assert rgb[-1, 0].max() < 5


def test_transparent_parts_do_not_darken_what_is_averaged(tmp_path: Path):
    rgba = np.zeros((256, 256, 4), np.uint8)
    rgba[:, 1::2] = (255, 0, 0, 255)  # every other column; the rest is clear black
    small = pictures.open_picture(save(tmp_path / "a.png", rgba), fit=(32, 32)).rgba()
    assert small.shape == (64, 64, 4)
    assert (small[:, :, 0] == 255).all()
    assert np.abs(small[:, :, 3].astype(int) - 128).max() <= 1


def test_the_largest_picture_takes_no_more_than_its_decoder_does(tmp_path: Path):
    """8192x8192 in 260 kB: what is made of it beside Pillow's own memory stays small."""
    path = tmp_path / "a.png"
    Image.new("RGB", (8192, 8192), (10, 200, 30)).save(path)
    tracemalloc.start()
    try:
        picture = pictures.open_picture(path, fit=(256, 256))
        assert (picture.rgb() == (10, 200, 30)).all()
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    assert picture.size == (8192, 8192)
    assert picture.rgb().shape[0] <= 1024


def test_bytes_of_a_clipboard_are_read_as_files_are(tmp_path: Path):
    array = np.zeros((4, 6, 3), np.uint8)
    data = save(tmp_path / "a.png", array).read_bytes()
    assert (pictures.open_picture(data, "the pasted picture").rgb() == array).all()
    for broken in (b"", data[:-30], b"<svg/>", b"hello" * 100):
        with pytest.raises(StudioError, match="the pasted picture"):
            pictures.open_picture(broken, "the pasted picture")


SEEDS = [
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)),
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0",
    b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\2\0\0\0\2\0\0\0\1\0\x18\0",
    b"RIFF\x24\0\0\0WEBPVP8 ",
    b"II*\0\x08\0\0\0\2\0",
    b"\0\0\2\0\0\0\0\0\0\0\0\0\4\0\4\0\x18\0",
    b"",
]


@settings(deadline=None)
@given(st.sampled_from(SEEDS), st.binary(max_size=200))
def test_any_bytes_are_a_picture_or_refused(seed: bytes, rest: bytes):
    with contextlib.suppress(StudioError):
        picture = pictures.open_picture(seed + rest, fit=(64, 64))
        picture.depth()
        assert picture.rgba().dtype == np.uint8


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([b"tEXt", b"iTXt", b"zTXt", b"IDAT"]), st.binary(max_size=40))
    )
)
def test_any_chunks_are_texts_or_none(chunks: list[tuple[bytes, bytes]]):
    data = SEEDS[0] + b"".join(chunk(name, body) for name, body in chunks)
    for text in texts_of(data, "x", 1 << 20).values():
        text.encode("utf-8")
    assert without_texts(data, "x").startswith(SEEDS[0])


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8300, 10_000, 30_000, 2_000_000_000])
def test_a_pixel_bomb_is_refused_by_its_header(tmp_path: Path, side: int):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(side, side))
    with pytest.raises(StudioError, match=r"too large|Can.t read"):
        pictures.open_picture(path).rgb()


def test_what_is_no_whole_picture_is_said_by_its_name(tmp_path: Path):
    whole = save(tmp_path / "whole.png", np.zeros((64, 64, 3), np.uint8)).read_bytes()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    cut = save(tmp_path / "cut.png", noise).read_bytes()[:3000]
    for data in (b"", b"hello", whole[:20], cut, b"GIF89a" + b"\0" * 50, b"\x89PNG\r\n\x1a\n"):
        path = tmp_path / "broken.png"
        path.write_bytes(data)
        with pytest.raises(StudioError, match=r"broken\.png"):
            pictures.open_picture(path).rgb()
    with pytest.raises(StudioError, match="does not exist"):
        pictures.open_picture(tmp_path / "none.png").rgb()
    with pytest.raises(StudioError, match="folder"):
        pictures.open_picture(tmp_path).rgb()
    with pytest.raises(StudioError, match=r"NUL|null|embedded"):
        pictures.open_picture(Path("a\0b.png")).rgb()


def test_float_depth_must_be_depth(tmp_path: Path):
    path = tmp_path / "a.tiff"
    save(path, np.full((4, 4), 0.25, np.float32))
    assert (pictures.open_picture(path).depth()[0] == 0.25).all()
    for bad in (np.nan, 3.0, -1.0):
        save(path, np.full((4, 4), bad, np.float32))
        with pytest.raises(StudioError, match="0 to 1"):
            pictures.open_picture(path).depth()
