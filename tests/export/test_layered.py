"""Layered files, as other programs open them: layers, order, names, opacity, blend and what they look like."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.composite import BLENDS, PictureLayer, merged
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.pose import Pose
from studio_app.document.document import Document, new_document
from studio_app.document.people import standing_person
from studio_app.document.pictures import open_picture
from studio_app.document.settings import Settings
from studio_app.export.layered import document_layers, layered_asset, request_layers
from studio_app.export.making import Shot, make_asset
from studio_app.export.ora import ora_bytes
from studio_app.export.origin import Origin
from studio_app.export.pieces import Metadata, Wants
from studio_app.export.psd import psd_bytes
from studio_app.export.settings import ExportSettings
from tests.nodes import with_contents

SIZE = (40, 24)
XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'


def patch(colour: tuple[int, int, int, int], width: int = 16, height: int = 10) -> np.ndarray:
    return np.full((height, width, 4), colour, np.uint8)


def some_layers() -> list[PictureLayer]:
    return [
        PictureLayer(
            'Größe <"&"> 絵', patch((255, 0, 0, 128)), 3, 2, opacity=0.5, blend="multiply"
        ),
        PictureLayer("hidden", patch((0, 255, 0, 255)), -4, 20, visible=False),
        PictureLayer("ground", patch((200, 180, 90, 255), 40, 24)),
    ]


def test_an_ora_is_as_its_specification_says():
    layers = some_layers()
    data = ora_bytes(layers, SIZE, Metadata({"parameters": "a"}, XMP))
    assert data[30:38] == b"mimetype"
    assert data[38 : 38 + 16] == b"image/openraster"
    assert ora_bytes(some_layers(), SIZE, Metadata({"parameters": "a"}, XMP)) == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        image = ElementTree.fromstring(archive.read("stack.xml"))
        assert (image.tag, image.get("w"), image.get("h")) == ("image", "40", "24")
        (stack,) = image
        for layer, element in zip(layers, stack, strict=True):
            assert element.get("name") == layer.name
            assert (element.get("x"), element.get("y")) == (str(layer.x), str(layer.y))
            assert float(element.get("opacity", "1")) == layer.opacity
            assert (element.get("visibility") == "visible") == layer.visible
            with Image.open(io.BytesIO(archive.read(element.get("src", "")))) as member:
                np.testing.assert_array_equal(np.asarray(member), layer.pixels)
        assert stack[0].get("composite-op") == "svg:multiply"
        with Image.open(io.BytesIO(archive.read("mergedimage.png"))) as whole:
            np.testing.assert_array_equal(np.asarray(whole), merged(layers, SIZE))
            assert whole.info["xmp"].decode() == XMP
        with Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))) as small:
            assert max(small.size) <= 256


def test_a_large_one_has_a_small_thumbnail():
    layer = PictureLayer("a", patch((9, 9, 9, 255), 600, 300))
    with zipfile.ZipFile(io.BytesIO(ora_bytes([layer], (600, 300)))) as archive:
        with Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))) as small:
            assert small.size == (256, 128)


def test_a_psd_reopens_with_its_layers():
    layers = some_layers()
    data = psd_bytes(layers, SIZE, Metadata(xmp=XMP))
    assert psd_bytes(some_layers(), SIZE, Metadata(xmp=XMP)) == data
    document = PSDImage.open(io.BytesIO(data))
    assert document.size == SIZE
    found = list(document)[::-1]
    assert [layer.name for layer in found] == [layer.name for layer in layers]
    for layer, again in zip(layers, found, strict=True):
        assert not again.has_mask()
        assert (again.left, again.top) == (layer.x, layer.y)
        assert again.opacity == round(layer.opacity * 255)
        assert again.visible == layer.visible
        assert again.blend_mode.name == layer.blend.upper()
        pixels = again.topil()
        assert pixels is not None
        np.testing.assert_array_equal(np.asarray(pixels.convert("RGBA")), layer.pixels)
    assert XMP.encode() in data


def test_a_psd_looks_like_its_layers_to_who_reads_no_layers():
    layers = some_layers()
    with Image.open(io.BytesIO(psd_bytes(layers, SIZE))) as image:
        seen = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(seen, merged(layers, SIZE)[..., :3])


@pytest.mark.skipif(not shutil.which("identify"), reason="ImageMagick is not installed")
def test_imagemagick_finds_the_layers(tmp_path: Path):
    path = tmp_path / "a.psd"
    path.write_bytes(psd_bytes(some_layers(), SIZE))
    order = ["identify", "-format", "%w %h %l\n", str(path)]
    lines = subprocess.run(order, check=True, capture_output=True, text=True).stdout.splitlines()
    assert [line.split(" ", 2)[:2] for line in lines[1:]] == [
        ["40", "24"],
        ["16", "10"],
        ["16", "10"],
    ]
    assert lines[1].endswith("ground")


@pytest.mark.parametrize("blend", BLENDS)
def test_blends_are_those_of_the_w3c(blend: str):
    """Of opaque layers each pixel is the blend function itself."""
    below, above = 0.4, 0.75
    layers = [
        PictureLayer("above", patch((191, 191, 191, 255)), blend=blend),  # pyright: ignore[reportArgumentType]
        PictureLayer("below", patch((102, 102, 102, 255))),
    ]
    wanted = {
        "normal": above,
        "multiply": below * above,
        "screen": below + above - below * above,
        "overlay": 2 * below * above,
        "plus": 1,
    }[blend]
    assert merged(layers, (16, 10))[0, 0].tolist() == pytest.approx(
        [wanted * 255] * 3 + [255], abs=1
    )


def drawing() -> Document:
    document = new_document(Settings(prompt="a", width=64, height=96))
    rgba = np.zeros((96, 64, 4), np.uint8)
    rgba[10:20, 10:20] = [250, 10, 10, 255]
    known = np.zeros((96, 64), np.uint8)
    known[40:] = 255
    return with_contents(
        document,
        Colour.of(rgba),
        Depth.of(np.full((96, 64), 0.5, np.float32), known),
        Pose((standing_person(64, 96),)),
    )


@pytest.mark.parametrize("format", ["psd", "ora"])
@pytest.mark.parametrize("scale", [1, 2])
def test_a_document_becomes_layers_over_its_picture(format: str, scale: int):
    picture = np.full((96 * scale, 64 * scale, 3), 77, np.uint8)
    layers = document_layers(drawing(), picture)
    assert [layer.name for layer in layers] == ["Pose", "Depth", "Colour", "Picture"]
    assert [layer.visible for layer in layers] == [False, False, False, True]
    assert layers[2].pixels[15 * scale, 15 * scale].tolist() == [250, 10, 10, 255]
    assert layers[1].pixels[0, 0, 3] == 0
    size = (64 * scale, 96 * scale)
    np.testing.assert_array_equal(merged(layers, size)[..., :3], picture)
    asset = layered_asset("a", layers, size, format)  # pyright: ignore[reportArgumentType]
    (piece,) = asset.pieces
    assert (piece.role, piece.extension, piece.size) == ("layers", f".{format}", size)


def test_a_cut_out_is_shown_instead_and_a_strangers_picture_is_refused():
    picture = np.full((96, 64, 3), 77, np.uint8)
    cut = np.zeros((96, 64, 4), np.uint8)
    cut[30:40, 30:40] = 255
    layers = document_layers(drawing(), picture, cut)
    np.testing.assert_array_equal(merged(layers, (64, 96)), cut)
    with pytest.raises(StudioError, match="not of this drawing"):
        document_layers(drawing(), picture[:50])


def asked() -> GenerationRequest:
    depth = np.linspace(0, 1, 96 * 64, dtype=np.float32).reshape(96, 64)
    known = np.zeros((96, 64), np.uint8)
    known[40:] = 255
    pose = np.zeros((48, 32, 3), np.uint8)  # the engine fits it
    pose[10:20, 10:20] = [255, 0, 0]
    init = np.full((96, 64, 3), 50, np.uint8)
    controls = (Control("depth", depth, known), Control("pose", pose))
    mask = np.zeros((96, 64), np.uint8)
    mask[:9] = 255
    return GenerationRequest(
        "a gem", kind="isolated", width=64, height=96, controls=controls, init=init, mask=mask
    )


def test_any_picture_with_a_recipe_has_the_layers_it_was_made_of():
    picture = np.full((96, 64, 3), 77, np.uint8)
    layers = request_layers(asked(), picture)
    assert [layer.name for layer in layers] == ["Mask", "Depth", "Pose", "Colour", "Picture"]
    assert {layer.pixels.shape for layer in layers} == {(96, 64, 4)}
    depth = layers[1].pixels
    assert (depth[39, 0, 3], depth[41, 0, 3]) == (0, 255)
    assert depth[95, 63, 0] == 255
    assert layers[2].pixels[0, 0, 3] == 0
    np.testing.assert_array_equal(merged(layers, (64, 96))[..., :3], picture)


@pytest.mark.parametrize("format", ["psd", "ora"])
def test_an_export_of_a_picture_can_be_layered(format: str):
    picture = np.full((96, 64, 3), 77, np.uint8)
    settings = ExportSettings(format=format, scale=2)  # pyright: ignore[reportArgumentType]
    asset = make_asset(settings, [Shot(picture, Origin(asked()))], Wants())
    (piece,) = asset.pieces
    assert (piece.extension, piece.size, asset.name) == (f".{format}", (128, 192), "a gem")
    assert b"trainedAlgorithmicMedia" in piece.data or b"TrainedAlgorithmicMedia" in piece.data
    alone = make_asset(settings, [Shot(picture)], Wants())
    assert alone.pieces[0].size == (128, 192)
    with pytest.raises(StudioError, match="no layered file"):
        make_asset(settings.model_copy(update={"kind": "sprite"}), [Shot(picture)], Wants())


def test_an_open_drawing_gives_its_own_layers_and_joints():
    shot = Shot(np.full((96, 64, 3), 77, np.uint8), Origin(asked()), document=drawing())
    asset = make_asset(ExportSettings(format="ora"), [shot], Wants())
    with zipfile.ZipFile(io.BytesIO(asset.pieces[0].data)) as archive:
        stack = archive.read("stack.xml").decode()
    assert 'name="Colour"' in stack
    assert 'name="Mask"' not in stack  # the recipe has one, the drawing none
    controls = make_asset(ExportSettings(kind="control"), [shot], Wants())
    assert [piece.extension for piece in controls.pieces if piece.role == "pose"] == [
        ".png",
        ".json",
    ]


LIST_LAYERS = """
(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "FILE" "FILE")))
       (layers (gimp-image-get-layers image)) (i 0))
  (while (< i (car layers))
    (let ((layer (aref (cadr layers) i)))
      (gimp-message (string-append "LAYER " (car (gimp-item-get-name layer))
        " " (number->string (car (gimp-item-get-visible layer)))
        " " (number->string (round (car (gimp-layer-get-opacity layer))))
        " " (number->string (car (gimp-layer-get-mask layer))))))
    (set! i (+ i 1))))
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("gimp-console"), reason="GIMP is not installed")
def test_gimp_opens_a_psd_with_its_layers(tmp_path: Path):
    path = tmp_path / "a.psd"
    layers = [replace(layer, name=f"layer{i}") for i, layer in enumerate(some_layers())]
    path.write_bytes(psd_bytes(layers, SIZE))
    script = LIST_LAYERS.replace("FILE", str(path))
    order = ["gimp-console", "-i", "-d", "-f", "-b", script, "-b", "(gimp-quit 0)"]
    ran = subprocess.run(order, capture_output=True, text=True, timeout=300)
    said = [
        line.split("LAYER ")[1].split()
        for line in (ran.stdout + ran.stderr).splitlines()
        if "LAYER " in line
    ]
    wanted = [
        [layer.name, str(int(layer.visible)), str(round(layer.opacity * 100)), "-1"]
        for layer in layers
    ]
    assert [[n, v, str(round(float(o))), m] for n, v, o, m in said] == wanted, ran.stderr


NO_KRITA = "Krita is not installed, or xvfb-run, since it starts on no other platform"
needs_krita = pytest.mark.skipif(
    not (shutil.which("krita") and shutil.which("xvfb-run")), reason=NO_KRITA
)


def by_krita(path: Path, out: Path) -> Path:
    """The file as Krita opens it and saves it again; the ending says as what. Now and then it aborts as it ends."""
    order = ["xvfb-run", "-a", "krita", str(path), "--export", "--export-filename", str(out)]
    home = os.environ | {"HOME": str(out.parent), "QT_QPA_PLATFORM": "xcb"}
    said = ""
    for _ in range(3):
        ran = subprocess.run(order, capture_output=True, text=True, timeout=300, env=home)
        if out.is_file() and out.stat().st_size:
            return out
        said = ran.stderr[-500:]
    pytest.fail(f"Krita wrote no {out.name}: {said}")


@pytest.mark.slow
@needs_krita
def test_krita_shows_an_ora_as_we_do(tmp_path: Path):
    path = tmp_path / "a.ora"
    path.write_bytes(ora_bytes(some_layers(), SIZE))
    with Image.open(by_krita(path, tmp_path / "out.png")) as image:
        seen = np.asarray(image.convert("RGBA")).astype(int)
    assert np.abs(seen - merged(some_layers(), SIZE)).max() <= 1


@pytest.mark.slow
@needs_krita
@pytest.mark.parametrize(("ending", "other"), [("ora", "psd"), ("psd", "ora")])
def test_krita_has_our_layers_and_we_have_kritas(tmp_path: Path, ending: str, other: str):
    path = tmp_path / f"a.{ending}"
    path.write_bytes({"psd": psd_bytes, "ora": ora_bytes}[ending](some_layers(), SIZE))
    with zipfile.ZipFile(by_krita(path, tmp_path / "a.kra")) as archive:
        document = ElementTree.fromstring(archive.read("maindoc.xml"))
    found = [
        (layer.get("name"), layer.get("visible"), layer.get("compositeop"), layer.get("opacity"))
        for layer in document.iter("{http://www.calligra.org/DTD/krita}layer")
    ]
    assert [row[:3] for row in found] == [
        (layer.name, str(int(layer.visible)), layer.blend) for layer in some_layers()
    ]
    for (*_, opacity), layer in zip(found, some_layers(), strict=True):
        assert abs(int(opacity or 0) - 255 * layer.opacity) <= 1
    # And what Krita makes of it in the other format is read here.
    picture = open_picture(by_krita(path, tmp_path / f"again.{other}"))
    assert picture.layers == tuple(layer.name for layer in some_layers())
    assert np.abs(picture.rgba().astype(int) - merged(some_layers(), SIZE)).max() <= 1
