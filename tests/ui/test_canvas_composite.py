"""What lies where in the drawing."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QRect

from studio_app.document.contents.colour import Colour
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.edge import Edge
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.reference import Reference
from studio_app.document.document import Document, new_document
from studio_app.document.planes import VALUE, Plane
from studio_app.document.settings import Settings
from studio_app.document.stack import Node, Stack
from studio_app.ui.canvas import sheet
from studio_app.ui.canvas.composite import CELL, Composer, compose
from tests.nodes import colour_of, depth_of, with_contents, with_node

WHOLE = (0, 0, 64, 64)


def document() -> Document:
    """Left half: depth 0.5, unknown around. Top half: opaque blue. Bottom right: nothing at all."""
    value = np.full((64, 64), 0.5, np.float32)
    known = np.zeros((64, 64), np.uint8)
    known[:, :32] = 255
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[:32] = (10, 20, 200, 255)
    made = new_document(Settings(width=64, height=64))
    return with_contents(made, Depth.of(value, known, around="unknown"), Colour.of(rgba))


def test_nothing_said_is_transparent():
    picture = compose(document(), "depth", WHOLE)
    assert not picture[40:, 40:].any()
    assert tuple(picture[40, 5]) == (128, 128, 128, 255)


def test_depth_on_background_lies_on_black_paper_as_opaque_as_itself():
    made = document()
    depth = replace(depth_of(made), around="background")
    made = with_contents(made, depth)
    assert tuple(compose(made, "depth", WHOLE)[40, 40]) == (0, 0, 0, 255)
    assert tuple(compose(made, "depth", WHOLE)[5, 40]) == (200, 20, 10, 255)
    made = with_node(made, "depth", shown=0.5)
    assert tuple(compose(made, "depth", WHOLE)[40, 40]) == (0, 0, 0, 128)
    made = with_node(made, "depth", visible=False)
    assert not compose(made, "depth", WHOLE)[40, 40].any()


def test_background_is_black_and_opaque():
    made = document()
    made = with_contents(made, replace(depth_of(made), value=Plane(VALUE, 64, 64)))
    assert tuple(compose(made, "depth", WHOLE)[40, 5]) == (0, 0, 0, 255)


def test_the_layer_in_hand_lies_on_top():
    assert tuple(compose(document(), "depth", WHOLE)[5, 5]) == (128, 128, 128, 255)
    assert tuple(compose(document(), "colour", WHOLE)[5, 5]) == (200, 20, 10, 255)


def test_a_hidden_layer_is_not_there():
    made = document()
    made = with_node(made, "colour", visible=False)
    assert tuple(compose(made, "colour", WHOLE)[5, 5]) == (128, 128, 128, 255)
    assert not compose(made, "colour", WHOLE)[5, 40].any()


def test_opacity_lets_the_layer_below_through():
    made = document()
    made = with_node(made, "depth", shown=0.5)
    blue, _, red, alpha = (int(part) for part in compose(made, "depth", WHOLE)[5, 5])
    assert alpha == 255
    assert abs(blue - (64 + 100)) <= 1
    assert abs(red - (64 + 5)) <= 1


def test_the_mask_is_a_red_film():
    made = document()
    pixels = np.zeros((64, 64), np.uint8)
    pixels[40:, 40:] = 255
    film = compose(with_contents(made, Mask.of(pixels)), "mask", WHOLE)[50, 50]
    blue, green, red, alpha = (int(part) for part in film)
    assert red > 2 * max(blue, green)
    assert 0 < alpha < 255


def test_premultiplied_stays_below_alpha():
    made = document()
    rgba = np.random.default_rng(0).integers(0, 256, (64, 64, 4), np.uint8)
    picture = compose(with_contents(made, Colour.of(rgba)), "colour", WHOLE)
    assert (picture[..., :3] <= picture[..., 3:]).all()


def test_a_box_is_the_same_part_of_the_whole():
    made = document()
    part = compose(made, "depth", (20, 10, 24, 40))
    assert np.array_equal(part, compose(made, "depth", WHOLE)[10:50, 20:44])


def test_what_lies_below_and_above_the_layer_in_hand_is_drawn_once():
    """A dab draws the layer that it is on, and nothing else."""
    composer, made = Composer(), document()
    composer.compose(made, "colour", WHOLE)
    before = composer.composed
    colour = colour_of(made)
    dab = np.full((9, 9, 4), 255, np.uint8)
    painted = with_contents(made, Colour(colour.rgba.write(20, 20, dab)))
    part = (18, 18, 13, 13)
    pixels = composer.compose(painted, "colour", part)
    assert composer.composed - before == 13 * 13
    assert np.array_equal(pixels, compose(painted, "colour", part))
    deeper = with_contents(painted, replace(depth_of(made), value=Plane(VALUE, 64, 64)))
    again = composer.compose(deeper, "colour", WHOLE)
    assert np.array_equal(again, compose(deeper, "colour", WHOLE))


def test_lines_at_the_edge_of_a_cell_are_drawn_anew_where_the_next_one_changed():
    """Their dark rim reaches over it."""
    page = (0, 0, 192, 64)

    def lined(lines: np.ndarray) -> Document:
        return Document(Settings(), Stack((Node("edge-1", Edge.of(lines)),)), page[2:], page)

    composer = Composer()
    composer.compose(lined(np.zeros((64, 192), np.uint8)), "colour", page)
    lines = np.zeros((64, 192), np.uint8)
    lines[:, 64] = 255
    part = (56, 0, 8, 64)
    seen = composer.compose(lined(lines), "colour", part)
    assert seen[:, -1, 3].all() and np.array_equal(seen, compose(lined(lines), "colour", part))


def test_it_keeps_no_more_than_it_may():
    composer = Composer(max_bytes=4 * CELL * CELL * 4)
    made = new_document(Settings(width=512, height=512))
    made = with_contents(made, Mask.of(np.full((512, 512), 255, np.uint8)))
    composer.compose(made, "colour", (0, 0, 512, 512))
    assert len(composer._cells) == 4


def test_a_reference_lies_over_the_drawing_half_seen_whatever_is_in_hand():
    made = document()
    node = made.blank_node("reference")
    rgba = np.full((64, 64, 4), (200, 20, 10, 255), np.uint8)
    node = replace(node, content=Reference.of(rgba))
    made = replace(made, stack=Stack((*made.stack.items, node)))
    below, seen = compose(document(), "depth", WHOLE), compose(made, "depth", WHOLE)
    half = np.array([5, 10, 100]) + below[40, 5, :3] / 2
    assert np.abs(seen[40, 5, :3] - half).max() <= 1
    assert np.array_equal(compose(made, "reference", WHOLE)[32:], seen[32:])
    hidden = replace(made, stack=Stack((*made.stack.items[:-1], replace(node, visible=False))))
    assert np.array_equal(compose(hidden, "depth", WHOLE), below)


def test_a_painting_makes_no_tile_that_it_has_no_time_for(monkeypatch: pytest.MonkeyPatch):
    """Each takes 7 of 16 ms here: two are made at a time."""
    ticks = itertools.count()
    clock = SimpleNamespace(perf_counter=lambda: 0.007 * next(ticks))
    monkeypatch.setattr(sheet, "time", clock)
    made, page = new_document(Settings(width=768, height=512)), QRect(0, 0, 768, 512)
    shown = sheet.Sheet()
    shown.invalidate(made, "depth")
    left: list[int] = []
    while not shown.clean:
        shown.refresh(made, page)
        left.append(len(shown._dirty))
    assert left == [4, 2, 0]
