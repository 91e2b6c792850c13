"""A canvas larger than the picture: a request sees what lies in the frame, and nothing else is touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.document.brushes import Brush
from studio_app.document.canvases import framed, resized, with_canvas, with_frame
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.pose import Pose
from studio_app.document.document import Document, new_document, people_drawn, request_of
from studio_app.document.people import standing_person
from studio_app.document.planes import Plane
from studio_app.document.restoring import restored
from studio_app.document.settings import Settings
from studio_app.document.store.documents import document_dict, load_document, save_document
from studio_app.document.strokes import Sample, Stroke
from tests.nodes import colour_of, depth_of, mask_of, pose_of, with_contents

SIDE = 256


def drawn() -> Document:
    """A whole document with something everywhere."""
    rng = np.random.default_rng(1)
    known = np.zeros((SIDE, SIDE), np.uint8)
    known[20:200, 30:220] = 255
    rgba = rng.integers(0, 256, (SIDE, SIDE, 4), np.uint8)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:90] = 255
    return with_contents(
        new_document(Settings(prompt="a gate", width=SIDE, height=SIDE)),
        Depth.of(rng.random((SIDE, SIDE), np.float32), known),
        Colour.of(rgba),
        Mask.of(mask),
        Pose((standing_person(SIDE, SIDE),)),
    )


def test_a_new_document_is_whole():
    made = new_document(Settings(width=320, height=64))
    assert made.whole and made.canvas == (320, 64) and made.frame == (0, 0, 320, 64)
    assert framed(made) is made


@pytest.mark.parametrize("at", [(0, 0), (-256, -512), (-100, -37)])
def test_a_larger_canvas_asks_for_the_same_to_the_bit(at: tuple[int, int]):
    before = drawn()
    after = with_canvas(before, (*at, 2048, 1024))
    assert after.canvas == (2048, 1024)
    assert after.frame == (-at[0], -at[1], SIDE, SIDE)
    assert request_of(after) == request_of(before)
    assert request_of(framed(after)) == request_of(before)
    back = with_canvas(after, (-at[0], -at[1], SIDE, SIDE))
    assert back.whole and request_of(back) == request_of(before)
    assert depth_of(back).value.digest == depth_of(before).value.digest


def test_on_whole_tiles_a_larger_canvas_costs_nothing():
    before = drawn()
    after = with_canvas(before, (-256, -256, 4096, 4096))
    olds = {
        id(tile)
        for node in before.stack.nodes()
        for p in node.planes().values()
        for tile in p.tiles.values()
    }
    news = {
        id(tile)
        for node in after.stack.nodes()
        for p in node.planes().values()
        for tile in p.tiles.values()
    }
    assert news == olds


def test_what_lies_outside_the_frame_changes_no_request():
    document = with_canvas(drawn(), (-300, -300, 1024, 1024))
    before = request_of(document)
    for kind in ("depth", "colour", "mask"):
        stroke = Stroke(document, kind, Brush(size=80))
        document, _ = stroke.extend(document, Sample(900, 900), Sample(700, 950))
    far = standing_person(100, 100).scaled(1, 1, 850, 850)
    near = pose_of(document).people
    document = with_contents(document, Pose((*near, far)))
    assert request_of(document) == before
    assert len(people_drawn(document)) == 1


def test_the_frame_is_scaled_to_the_pixels_of_the_model():
    document = with_canvas(drawn(), (0, 0, 1024, 1024))
    wide = with_frame(document, (0, 0, 512, 512))
    request = request_of(wide)
    assert (request.width, request.height) == (SIDE, SIDE)
    assert {control.pixels.shape[:2] for control in request.controls} == {(SIDE, SIDE)}
    assert request.init is not None and request.init.shape == (SIDE, SIDE, 3)
    assert request.mask is not None
    assert request.mask[:44, :120].min() == 255 and not request.mask[60:].any()
    (person,) = people_drawn(wide)
    (known,) = pose_of(document).people
    assert np.allclose(person.joints[:, :2] * 2, known.joints[:, :2], atol=1e-3)
    assert not request_of(with_frame(document, (600, 600, 256, 256))).controls


def test_a_frame_stays_inside_and_keeps_the_shape_of_its_pixels():
    document = replace(drawn(), settings=Settings(prompt="a", width=384, height=256))
    document = with_canvas(document, (0, 0, 1000, 500))
    for wanted in ((-50, -80, 300, 300), (900, 450, 200, 40), (0, 0, 5000, 5000), (3, 4, 0, 0)):
        x, y, width, height = with_frame(document, wanted).frame
        assert x >= 0 and y >= 0 and x + width <= 1000 and y + height <= 500
        assert width / height == pytest.approx(1.5, rel=0.1)


def test_another_picture_size_leaves_the_canvas_of_a_framed_document_alone():
    document = with_canvas(drawn(), (-64, -64, 512, 512))
    other = resized(document, 512, 256)
    assert other.stack is document.stack and other.canvas == (512, 512)
    _, _, width, height = other.frame
    assert width / height == pytest.approx(2, rel=0.02)
    assert width * height == pytest.approx(SIDE * SIDE, rel=0.02)
    request_of(other)
    assert resized(drawn(), 512, 256).canvas == (512, 256)  # a whole one is stretched


def test_a_smaller_canvas_takes_the_frame_with_it():
    document = with_canvas(drawn(), (100, 100, 100, 120))
    assert document.canvas == (100, 120)
    x, y, width, height = document.frame
    assert x + width <= 100 and y + height <= 120 and width == height
    request_of(document)


def test_it_survives_its_file(tmp_path: Path):
    document = with_frame(with_canvas(drawn(), (-300, -10, 900, 400)), (200, 5, 300, 300))
    save_document(document, tmp_path / "d.json")
    again = load_document(tmp_path / "d.json")
    assert (again.canvas, again.frame) == (document.canvas, document.frame)
    assert document_dict(again) == document_dict(document)
    assert request_of(again) == request_of(document)


def test_what_is_restored_comes_into_the_frame_and_nothing_else_changes():
    made = request_of(drawn())
    people = people_drawn(drawn())
    rng = np.random.default_rng(4)
    ground = rng.integers(1, 256, (700, 800, 4), np.uint8)
    blank = new_document(Settings(prompt="b", width=SIDE, height=SIDE))
    document = with_frame(with_canvas(blank, (0, 0, 800, 700)), (300, 200, SIDE, SIDE))
    document = with_contents(document, Colour.of(ground.copy()))
    after = restored(document, made, people)
    assert request_of(after) == made
    assert (after.canvas, after.frame) == (document.canvas, document.frame)
    outside = np.ones((700, 800), bool)
    outside[200 : 200 + SIDE, 300 : 300 + SIDE] = False
    assert np.array_equal(colour_of(after).rgba.whole[outside], ground[outside])
    assert not mask_of(after).pixels.whole[outside].any()


def test_a_local_edit_of_the_largest_canvas_touches_what_lies_under_it(monkeypatch: Any):
    """Counted, not timed: how many pixels are looked at, and how many tiles are new."""
    document = with_canvas(drawn(), (0, 0, 4096, 4096))
    full = Plane.of(colour_of(document).rgba.kind, np.full((4096, 4096, 4), 77, np.uint8))
    document = with_contents(document, Colour(full))
    looked: list[int] = []
    read = Plane.read

    def count(self: Plane, x: int, y: int, width: int, height: int) -> Any:
        looked.append(width * height)
        return read(self, x, y, width, height)

    monkeypatch.setattr(Plane, "read", count)
    stroke = Stroke(document, "colour", Brush(size=20))
    after, _ = stroke.extend(document, Sample(2000, 2000), Sample(2040, 2010))
    request_of(after)
    assert len(colour_of(after).rgba.changed(full)) <= 2
    assert sum(looked) <= 8 * SIDE * SIDE
