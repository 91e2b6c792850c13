"""Line art, normals and references: what they read, what they say to a model, and how directions turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.content import View
from studio_app.document.contents.edge import Edge, lines_of
from studio_app.document.contents.normal import FACING, Normal, bytes_of, unit_length
from studio_app.document.contents.reference import Reference
from studio_app.document.contents.scene import Scene
from studio_app.document.document import new_document, request_of, taken_apart
from studio_app.document.floating import laid, lifted, turning
from studio_app.document.framings import framing
from studio_app.document.layer_files import content_of_picture
from studio_app.document.pictures import picture_of
from studio_app.document.settings import Settings
from studio_app.document.stack import Node
from studio_app.scene.stage import edits
from studio_app.scene.stage.things import Mannequin
from tests.fake_engine import CAN

SIZE = 96, 64
VIEW = View((0, 0, *SIZE), SIZE)


def page(r: int, g: int, b: int, a: int = 255) -> np.ndarray:
    return np.tile(np.array([r, g, b, a], np.uint8), (SIZE[1], SIZE[0], 1))


def test_line_art_is_light_on_dark_whatever_it_was_drawn_on():
    line = np.zeros(SIZE[::-1], bool)
    line[20, 10:80] = True
    paper, board, clear = page(250, 250, 250), page(5, 5, 5), page(0, 0, 0, 0)
    paper[line], board[line], clear[line] = (10, 10, 10, 255), (240, 240, 240, 255), (0, 0, 0, 255)
    for drawn in (paper, board, clear):
        lines = lines_of(drawn)
        assert lines[line].min() > 220
        assert lines[~line].max() < 20
    read = Edge.of_picture(picture_of(paper, "art"), framing(SIZE, *SIZE, "fit"), *SIZE)
    (control,) = Edge.contribution((Node("e", read),), VIEW).controls
    assert control.kind == "edge" and control.known is None
    assert control.pixels[20, 40] > 220 and control.pixels[40, 40] < 20


def test_directions_are_of_length_one_and_stay_to_the_bit_once_they_are():
    rng = np.random.default_rng(1)
    wild = rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)
    once = unit_length(wild)
    length = np.linalg.norm(once / 127.5 - 1, axis=2)
    assert np.abs(length - 1).max() < 0.02
    assert np.array_equal(unit_length(once), once)


def test_normals_mirror_and_turn_with_what_they_lie_on():
    left = (10, 128, 178)
    content = Normal.of(page(*left, 0))
    patch = content.with_sheet(
        40, 24, (np.full((16, 16, 3), left) / 255).astype(np.float32), np.ones((16, 16), np.float32)
    )
    mirrored = patch.flipped(SIZE, across=True)
    assert tuple(mirrored.rgba.read(40, 30, 1, 1)[0, 0, :3]) == (245, 128, 178)
    piece = lifted(patch, None)
    assert piece is not None
    made, _ = laid(Normal.blank(*SIZE), piece, turning(np.pi / 2, piece.middle), SIZE)
    red, green, blue = (int(part) for part in made.planes["rgba"].read(48, 32, 1, 1)[0, 0, :3])
    assert (
        green > 240 and abs(red - 128) < 3 and abs(blue - 178) < 3
    )  # left, by a clockwise turn, is up


def test_green_turned_over_is_the_other_convention():
    content = Normal.of(page(128, 200, 230))
    other = content.inverted()
    assert other is not None
    assert tuple(other.rgba.read(3, 3, 1, 1)[0, 0]) == (128, 55, 230, 255)


def test_what_has_no_normal_faces_the_viewer_and_is_not_known():
    content = Normal.blank(*SIZE).with_sheet(
        0, 0, np.full((20, 20, 3), 0.2, np.float32), np.ones((20, 20), np.float32)
    )
    (control,) = Normal.contribution((Node("n", content),), VIEW).controls
    assert control.known is not None and control.known[5, 5] == 255 and control.known[50, 50] == 0
    assert tuple(control.pixels[50, 50]) == FACING
    assert np.linalg.norm(control.pixels[5, 5] / 127.5 - 1) == pytest.approx(1, abs=0.02)


def test_a_scene_says_normals_to_models_that_read_them_and_to_no_other():
    document = new_document(Settings(prompt="a knight", width=96, height=64))
    stage, _ = edits.placed(Scene.blank(96, 64).stage, Mannequin(), (0.0, 0.0, 0.0))
    content = replace(Scene.blank(96, 64), stage=stage)
    scene = document.held("scene").id
    document = replace(document, stack=document.stack.changed(scene, content=content))
    told = request_of(document, replace(CAN, controls=("normal",))).controls
    assert [control.kind for control in told] == ["normal"]
    seen = content.look()
    known = told[0].known
    assert known is not None and np.array_equal(known > 0, seen.index >= 0)
    off = told[0].pixels[known > 0].astype(int) - bytes_of(seen.normals)[known > 0]
    assert np.abs(off).max() <= 1
    assert [c.kind for c in request_of(document, replace(CAN, controls=("depth",))).controls] == [
        "depth"
    ]
    apart = taken_apart(document, document.held("scene"))
    assert apart.stack.first("normal") is None and apart.stack.first("depth") is not None
    apart = taken_apart(document, document.held("scene"), replace(CAN, controls=("normal",)))
    assert apart.stack.first("normal") is not None


def test_a_reference_is_seen_whole_wherever_the_frame_is():
    picture = np.zeros((30, 40, 4), np.uint8)
    picture[...] = (200, 30, 20, 255)
    beside = Reference(Colour.blank(512, 64).rgba.write(400, 10, picture))
    (control,) = Reference.contribution((Node("r", beside),), VIEW).controls
    assert control.pixels.shape == (30, 40, 3)
    assert tuple(control.pixels[0, 0]) == (200, 30, 20)
    assert Colour.contribution((), VIEW).init is None


def test_a_picture_that_is_no_scene_is_still_refused():
    with pytest.raises(StudioError):
        content_of_picture("scene", picture_of(page(1, 2, 3), "art"), *SIZE)
