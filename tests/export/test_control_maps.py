"""Control maps come out as they went in."""

from __future__ import annotations

import io
import json

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.people import standing_person
from studio_app.document.pose_files import parse_pose
from studio_app.export.control_maps import control_asset, ids_piece
from studio_app.scene.openpose import draw_pose


def request(*controls: Control) -> GenerationRequest:
    return GenerationRequest("a", width=64, height=96, controls=controls)


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def test_depth_comes_out_to_the_last_bit():
    depth = np.random.default_rng(0).random((96, 64), np.float32)
    known = np.zeros((96, 64), np.uint8)
    known[:50] = 255
    asset = control_asset("a", request(Control("depth", depth, known)))
    png, exr = asset.pieces
    assert (png.role, png.extension, png.bits) == ("depth", ".png", 16)
    assert (exr.role, exr.extension, exr.srgb) == ("depth", ".exr", False)
    with OpenEXR.File(io.BytesIO(exr.data), separate_channels=True) as file:
        np.testing.assert_array_equal(file.channels()["Z"].pixels, depth)
        np.testing.assert_array_equal(file.channels()["known"].pixels, known / np.float32(255))
    shown = pixels(png.data)
    assert shown.dtype == np.uint16
    np.testing.assert_array_equal(shown[:50], np.rint(depth[:50].astype(np.float64) * 65535))
    assert shown[50:].max() == 0
    assert control_asset("a", request(Control("depth", depth, known))) == asset


def test_depth_of_eight_bits_keeps_its_steps():
    depth = np.arange(96 * 64).reshape(96, 64).astype(np.uint8)
    png, exr = control_asset("a", request(Control("depth", depth))).pieces
    np.testing.assert_array_equal(pixels(png.data), depth.astype(np.uint16) * 257)
    with OpenEXR.File(io.BytesIO(exr.data), separate_channels=True) as file:
        assert set(file.channels()) == {"Z"}


def test_a_pose_is_a_picture_and_joints():
    people = np.stack([standing_person(64, 96).joints, standing_person(64, 96, 10).joints])
    drawn = draw_pose(people, 64, 96)
    asset = control_asset("a", request(Control("pose", drawn)), people)
    picture, text = asset.pieces
    np.testing.assert_array_equal(pixels(picture.data), drawn)
    again = parse_pose(text.data, "it")
    assert again.canvas == (64, 96)
    np.testing.assert_allclose(again.people, people, atol=1e-3)
    assert json.loads(text.data)["canvas_width"] == 64
    # Joints alone are drawn.
    alone = control_asset("a", request(), people)
    assert {piece.extension for piece in alone.pieces} == {".png", ".json"}
    drawing = next(piece for piece in alone.pieces if piece.size)
    np.testing.assert_array_equal(pixels(drawing.data), drawn)


def test_normals_and_edges_are_as_they_were():
    normal = np.random.default_rng(1).integers(0, 255, (96, 64, 3), np.uint8)
    edge = normal[..., 0].copy()
    asset = control_asset("a", request(Control("normal", normal), Control("edge", edge)))
    assert [piece.role for piece in asset.pieces] == ["normal", "edge"]
    assert not any(piece.srgb for piece in asset.pieces)
    np.testing.assert_array_equal(pixels(asset.pieces[0].data), normal)
    np.testing.assert_array_equal(pixels(asset.pieces[1].data), edge)


@pytest.mark.parametrize(("most", "bits"), [(3, 8), (255, 8), (256, 16), (65535, 16)])
def test_ids_are_their_own_values(most: int, bits: int):
    ids = np.array([[0, 1, most], [2, most, 0]], np.int32)
    piece = ids_piece(ids)
    assert piece.bits == bits
    np.testing.assert_array_equal(pixels(piece.data), ids)


def test_nothing_and_too_much_are_refused():
    with pytest.raises(StudioError, match="no drawing"):
        control_asset("a", request())
    for bad in (-1, 65536):
        with pytest.raises(StudioError):
            ids_piece(np.array([[bad]]))
