"""Selections: put together, grown, feathered, and moved with what they hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from studio_app.document.brushes import Brush
from studio_app.document.canvases import resized
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import new_document
from studio_app.document.edits import FloatingEdit, MarkEdit
from studio_app.document.floating import Matrix, base_of, laid, lifted, scaling, shifting, turning
from studio_app.document.marks import Box, Ellipse, Everywhere, marked
from studio_app.document.planes import COVER, Plane
from studio_app.document.selection_edges import edges_of
from studio_app.document.selections import (
    bounds_of,
    combined,
    everything,
    feathered,
    grown,
    inverted,
)
from studio_app.document.settings import Settings
from studio_app.document.strokes import Sample, Stroke

SIZE = 600, 520
PAINTED = [kind for kind, content in CONTENTS.items() if content.paintable]


def box(
    x: float, y: float, right: float, bottom: float, how: Any = "replace", on: Any = None
) -> Plane:
    shape = Box((x, y), (right, bottom))
    made = combined(on, shape.cover, shape.bounds, SIZE, how)
    assert made is not None
    return made


def test_they_are_put_together_like_sets():
    one = box(0, 0, 100, 100)
    assert bounds_of(box(200, 200, 300, 300, "add", one)) == (0, 0, 300, 300)
    assert bounds_of(box(50, -10, 300, 300, "subtract", one)) == (0, 0, 50, 100)
    assert bounds_of(box(50, 50, 300, 300, "intersect", one)) == (50, 50, 50, 50)
    assert bounds_of(box(200, 200, 300, 300, "replace", one)) == (200, 200, 100, 100)
    far = Box((300, 300), (400, 400))
    assert combined(one, far.cover, far.bounds, SIZE, "intersect") is None
    rest = combined(None, far.cover, far.bounds, SIZE, "subtract")
    assert rest is not None
    assert rest.whole[350, 350] == 0
    assert rest.whole[10, 10] == 255
    assert inverted(rest).digest == box(300, 300, 400, 400).digest


@pytest.mark.parametrize("place", [(200, 200), (0, 0), (250, 230)])
def test_growing_is_round_and_shrinking_takes_it_back(place: tuple[int, int]):
    x, y = place
    one = box(x, y, x + 60, y + 60)
    more = grown(one, 20)
    left, top = max(x - 20, 0), max(y - 20, 0)
    assert bounds_of(more) == (left, top, x + 80 - left, y + 80 - top)
    assert more.whole[y + 78, x + 78] == 0, "a corner is round"
    assert more.whole[y + 72, x + 72] == 255
    assert np.array_equal(grown(more, -20).whole >= 128, one.whole >= 128)


def test_what_is_far_from_an_edge_is_the_same_tile():
    one = everything((2048, 2048))
    hole = Ellipse((900, 900), (1000, 1000))
    ring = combined(one, hole.cover, hole.bounds, (2048, 2048), "subtract")
    assert ring is not None
    assert len(grown(ring, 8).changed(ring)) == 1
    assert len(feathered(ring, 8).changed(ring)) == 1


def test_feathering_is_soft_across_tiles_and_no_further():
    one = box(100, 100, 400, 400)
    soft = feathered(one, 12).whole.astype(int)
    assert soft[250, 250] == 255
    assert 100 < soft[250, 100] < 155
    assert soft[250, 60] == 0
    assert np.abs(np.diff(soft[250])).max() < 40
    assert np.array_equal(feathered(everything(SIZE), 12).whole, everything(SIZE).whole)


def test_a_selection_keeps_the_brush_inside():
    document = new_document(Settings(width=600, height=520))
    document = replace(document, selection=box(0, 0, 300, 520))
    stroke = Stroke(document, "depth", Brush(size=40, hardness=1))
    document, _ = stroke.extend(document, Sample(250, 100), Sample(380, 100))
    _, alpha = document.held("depth").content.sheet((0, 0, *SIZE))
    assert alpha[100, 290] == 1
    assert not alpha[:, 300:].any()
    assert resized(document, 300, 260).selection is not None


@pytest.mark.parametrize("kind", PAINTED)
def test_a_piece_is_moved_to_the_bit(kind: str):
    old, _ = marked(
        CONTENTS[kind].blank(*SIZE), Ellipse((40, 40), (90, 90)), Brush(value=0.3), SIZE
    )
    selection = box(30, 30, 70, 100)
    piece = lifted(old, selection)
    assert piece is not None
    made, _ = laid(base_of(old, selection), piece, shifting(300, 250), SIZE)
    values, alpha = made.sheet((0, 0, *SIZE))
    before, cover = old.sheet((0, 0, *SIZE))
    assert np.array_equal(alpha[280:350, 330:370], cover[30:100, 30:70])
    assert np.array_equal(alpha[30:100, 70:90], cover[30:100, 70:90])
    assert not alpha[30:100, 30:70].any()
    there = alpha[280:350, 330:370] > 0
    assert np.array_equal(values[280:350, 330:370][there], before[30:100, 30:70][there])


@pytest.mark.parametrize("kind", PAINTED)
def test_mirrored_twice_and_turned_four_times_it_is_what_it_was(kind: str):
    old, _ = marked(CONTENTS[kind].blank(*SIZE), Box((40, 40), (90, 70)), Brush(value=0.3), SIZE)
    piece = lifted(old, None)
    assert piece is not None
    about = piece.middle
    turned = turning(np.pi / 2, about)
    four = turned.after(turned).after(turned).after(turned)
    flip = scaling(-1, 1, about)
    for matrix in (four, flip.after(flip)):
        made, _ = laid(CONTENTS[kind].blank(*SIZE), piece, matrix, SIZE)
        assert np.allclose(made.sheet((0, 0, *SIZE))[1], old.sheet((0, 0, *SIZE))[1], atol=1 / 254)
    upright, rect = laid(CONTENTS[kind].blank(*SIZE), piece, turned, SIZE)
    rows, columns = np.nonzero(upright.sheet((0, 0, *SIZE))[1] > 0.5)
    assert (columns.max() - columns.min() + 1, rows.max() - rows.min() + 1) == (30, 50)
    assert rect[2] < 40


def test_made_smaller_it_keeps_its_weight():
    fine = np.zeros((520, 600, 4), np.uint8)
    fine[100:300, 100:300:2] = 255
    old = CONTENTS["colour"].of_rgba(fine, *SIZE)
    piece = lifted(old, None)
    assert piece is not None
    made, _ = laid(CONTENTS["colour"].blank(*SIZE), piece, scaling(0.25, 0.25, (200, 200)), SIZE)
    _, alpha = made.sheet((0, 0, *SIZE))
    assert alpha[190:210, 190:210].mean() == pytest.approx(0.5, abs=0.05)
    assert alpha[190:210, 190:210].std() < 0.1


def test_a_matrix_and_its_inverse():
    matrix = turning(0.7, (30, 40)).after(scaling(2, 0.5, (1, 2))).after(shifting(5, 6))
    back = matrix.inverse().after(matrix)
    assert back.of((123.0, 45.0)) == pytest.approx((123.0, 45.0))
    assert not scaling(0, 1, (0, 0)).usable


def test_an_open_edit_is_drawn_anew_at_each_step():
    document = new_document(Settings(width=600, height=520))
    edit = MarkEdit(document, "depth-1", Brush(value=0.5))
    document, _ = edit.extend(document, Box((0, 0), (300, 300)))
    document, dirty = edit.extend(document, Box((0, 0), (50, 50)))
    _, alpha = document.held("depth").content.sheet((0, 0, *SIZE))
    assert alpha.sum() == 2500
    assert dirty[2] >= 300, "what is gone has to be shown"


def test_the_selection_moves_with_the_piece():
    document = new_document(Settings(width=600, height=520))
    content, _ = marked(document.held("mask").content, Everywhere(), Brush(), SIZE)
    chosen = box(20, 20, 80, 80)
    stack = document.stack.changed("mask-1", content=content)
    document = replace(document, stack=stack, selection=chosen)
    node = document.held("mask")
    piece = lifted(node.content, chosen)
    assert piece is not None
    edit = FloatingEdit(document, node.id, piece, chosen)
    for matrix in (shifting(10, 0), shifting(100, 200)):
        document, _ = edit.extend(document, matrix)
    assert document.selection is not None
    assert bounds_of(document.selection) == (120, 220, 60, 60)
    _, alpha = document.held("mask").content.sheet((0, 0, *SIZE))
    assert not alpha[30, 30]
    assert alpha[250, 150] == 1
    document, _ = edit.extend(document, Matrix(e=5000))
    assert document.selection is None


@pytest.mark.parametrize("size", [(600, 300), (256, 256), (100, 70)])
@pytest.mark.parametrize("how", ["all", "noise", "hole"])
def test_the_edge_runs_between_what_is_selected_and_what_is_not(size: tuple[int, int], how: str):
    """By the pixel, where tiles meet and where the canvas ends, too."""
    width, height = size
    pixels = np.full((height, width), 255, np.uint8)
    if how == "noise":
        pixels = np.random.default_rng(1).integers(0, 256, (height, width)).astype(np.uint8)
    elif how == "hole":
        pixels[10:-10, 20:-20] = 127
    found = np.zeros((2, height + 1, width + 1), int)
    for x, y, u, v in edges_of(Plane.of(COVER, pixels)).tolist():
        if y == v:
            found[0, y, x:u] += 1
        else:
            found[1, y:v, x] += 1
    inside = np.pad(pixels >= 128, 1)
    assert np.array_equal(found[0, :, :-1], inside[1:, 1:-1] != inside[:-1, 1:-1])
    assert np.array_equal(found[1, :-1], inside[1:-1, 1:] != inside[1:-1, :-1])
