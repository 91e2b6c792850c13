"""Layers as files, and pictures of another shape as layers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.pose import Pose
from studio_app.document.framings import HOWS, framing, same_shape
from studio_app.document.layer_files import content_of_picture, read_content, write_content
from studio_app.document.people import Person, standing_person
from studio_app.document.pictures import picture_of
from studio_app.document.pose_files import read_pose
from studio_app.scene.openpose import draw_pose
from tests.nodes import control_of

RNG = np.random.default_rng(3)


def depth(around, size: int = 64) -> Depth:
    value = RNG.random((size, size), np.float32)
    known = np.zeros((size, size), np.uint8)
    known[10:40, 8:50] = 255
    return Depth.of(value, known, around=around)


@pytest.mark.parametrize("around", ["background", "unknown"])
def test_depth_keeps_sixteen_bits_and_what_is_unknown(tmp_path: Path, around):
    layer = depth(around)
    path = write_content(layer, tmp_path / "d.png", 64, 64)
    again, note = read_content("depth", path, 64, 64)
    assert note == ""
    assert isinstance(again, Depth)
    said, heard = control_of(layer), control_of(replace(again, around=around))
    assert (said.known is None) == (heard.known is None)
    part = np.s_[:] if said.known is None else said.known > 0
    assert np.abs(said.pixels[part] - heard.pixels[part]).max() <= 1 / 65535
    if said.known is not None:
        assert heard.known is not None
        assert np.array_equal(said.known, heard.known)


def test_other_programs_see_sixteen_bits_and_transparency(tmp_path: Path):
    write_content(depth("unknown"), tmp_path / "d.png", 64, 64)
    image = Image.open(tmp_path / "d.png")
    assert image.mode == "I;16"
    clear = image.info["transparency"]
    pixels = np.asarray(image)
    assert (pixels[50:] == clear).all()
    assert not (pixels[10:40, 8:50] == clear).any()


def test_a_pose_is_written_as_openpose(tmp_path: Path):
    hidden = standing_person(64, 64).joints.copy()
    hidden[4, 2] = 0
    layer = Pose((standing_person(64, 64, 20), Person(hidden)))
    path = write_content(layer, tmp_path / "two.people", 64, 64)
    assert path.name == "two.people.json"
    pose = read_pose(path)
    assert pose.canvas == (64, 64)
    assert pose.people.shape == (2, 18, 3)
    assert pose.people[1, 4, 2] == 0


def test_masks_and_colours_are_written_as_pngs(tmp_path: Path):
    mask = Mask.of(RNG.integers(0, 2, (64, 64), np.uint8) * 255)
    again, _ = read_content("mask", write_content(mask, tmp_path / "m", 64, 64), 64, 64)
    assert isinstance(again, Mask)
    assert np.array_equal(again.pixels.whole, mask.pixels.whole)
    assert write_content(Colour.blank(64, 64), tmp_path / "c.v1", 64, 64).name == "c.v1.png"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError):
        write_content(depth("unknown"), tmp_path / "file" / "d.png", 64, 64)


@pytest.mark.parametrize("size", [(200, 100), (100, 200), (1, 3000), (64, 64), (333, 512)])
@pytest.mark.parametrize("how", HOWS)
def test_every_framing_lies_inside(size: tuple[int, int], how):
    frame = framing(size, 256, 128, how)
    left, top, right, bottom = frame.source
    x, y, w, h = frame.target
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1
    assert 0 <= x < x + w <= 256
    assert 0 <= y < y + h <= 128
    if how == "fit":
        assert (left, top, right, bottom) == (0, 0, 1, 1)
    else:
        assert (w, h) == (256, 128)


def test_alike_shapes_are_not_asked_about():
    assert same_shape((512, 256), 256, 128)
    assert same_shape((513, 256), 256, 128)
    assert not same_shape((256, 256), 256, 128)


@pytest.mark.parametrize("how", HOWS)
def test_a_pose_in_a_picture_comes_to_where_the_picture_comes(how):
    joints = standing_person(400, 200).joints
    rgb = draw_pose(joints, 400, 200)
    opaque = np.full((200, 400, 1), 255, np.uint8)
    layer = content_of_picture("pose", picture_of(np.dstack([rgb, opaque]), "p"), 256, 256, how)
    assert isinstance(layer, Pose)
    frame = framing((400, 200), 256, 256, how)
    wanted = frame.point(float(joints[1, 0]), float(joints[1, 1]), (400, 200))
    assert layer.people[0].joints[1, :2] == pytest.approx(wanted, abs=3)
    x, y = layer.people[0].joints[8, :2]
    assert 0 <= x <= 256
    assert 0 <= y <= 256


@pytest.mark.parametrize("how", HOWS)
def test_air_beside_a_fitted_depth_is_not_painted(how):
    white = np.full((50, 100, 4), 255, np.uint8)
    layer = content_of_picture("depth", picture_of(white, "d"), 128, 128, how)
    assert isinstance(layer, Depth)
    assert layer.known.whole[64, 64] == 255
    assert layer.known.whole[2, 64] == (0 if how == "fit" else 255)
