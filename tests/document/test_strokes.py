"""Strokes: what a pen leaves on each layer, and that nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document.brushes import Brush
from studio_app.document.document import new_document
from studio_app.document.planes import NOWHERE, union
from studio_app.document.settings import Settings
from studio_app.document.strokes import Sample, Stroke, dab_tip
from tests.nodes import colour_of, depth_of, mask_of

SIZE = Settings(width=64, height=96)


def draw(layer, brush, points, document=None):
    document = document or new_document(SIZE)
    stroke = Stroke(document, layer, brush)
    for point in points:
        document, _ = stroke.extend(document, Sample(*point))
    return document, stroke.dirty


def test_a_dab_is_round_full_inside_and_empty_outside():
    tip = dab_tip(20.0, 1.0, 0.0, 0.0)
    assert tip[11, 11] == 1
    assert tip[0].max() == 0
    assert tip.max() == 1
    assert np.allclose(tip, tip.T)
    soft = dab_tip(20.0, 0.0, 0.0, 0.0)
    assert soft.sum() < 0.6 * tip.sum()


def test_depth_is_painted_where_the_pen_was_and_unknown_elsewhere():
    document, dirty = draw("depth", Brush(size=10, hardness=1, value=0.8), [(20, 20), (40, 60)])
    assert depth_of(document).value.whole[20, 20] == pytest.approx(0.8)
    assert depth_of(document).known.whole[40, 30] == 255
    assert depth_of(document).known.whole[5, 5] == 0
    x, y, width, height = dirty
    outside = np.ones((96, 64), bool)
    outside[y : y + height, x : x + width] = False
    assert not depth_of(document).known.whole[outside].any()


def test_a_stroke_is_a_wash():
    """However slowly the hand moves, half opacity stays half."""
    brush = Brush(size=16, hardness=1, opacity=0.5)
    document, _ = draw("mask", brush, [(32, 32)] + [(32 + i / 50, 32) for i in range(200)])
    assert mask_of(document).pixels.whole.max() == 128


def test_a_slow_stroke_and_a_quick_one_are_the_same():
    quick, _ = draw("depth", Brush(size=12), [(10, 10), (50, 10)])
    slow, _ = draw("depth", Brush(size=12), [(10 + i, 10) for i in range(41)])
    assert np.abs(depth_of(quick).known.whole.astype(int) - depth_of(slow).known.whole).max() <= 40
    assert np.abs(depth_of(quick).known.whole.astype(int) - depth_of(slow).known.whole).mean() < 0.5


def test_an_eraser_makes_unknown_and_keeps_the_rest():
    document, _ = draw("depth", Brush(size=20, hardness=1), [(30, 30)])
    erased, _ = draw("depth", Brush(size=6, hardness=1, eraser=True), [(30, 30)], document)
    assert depth_of(erased).known.whole[30, 30] == 0
    assert depth_of(erased).known.whole[30, 37] == depth_of(document).known.whole[30, 37]
    assert np.array_equal(depth_of(erased).value.whole, depth_of(document).value.whole)


def test_painting_over_mixes_by_coverage():
    document, _ = draw("colour", Brush(size=20, hardness=1, colour=(200, 0, 0)), [(30, 30)])
    assert colour_of(document).rgba.whole[30, 30].tolist() == [200, 0, 0, 255]
    half = Brush(size=20, hardness=1, colour=(0, 0, 200), opacity=0.5)
    document, _ = draw("colour", half, [(30, 30)], document)
    assert colour_of(document).rgba.whole[30, 30].tolist() == [100, 0, 100, 255]


def test_over_nothing_a_soft_edge_has_the_pure_colour():
    document, _ = draw("colour", Brush(size=30, hardness=0, colour=(10, 20, 30)), [(30, 30)])
    drawn = colour_of(document).rgba.whole[..., 3] > 0
    assert (colour_of(document).rgba.whole[drawn][:, :3] == (10, 20, 30)).all()


def test_pressure_makes_a_thinner_line():
    thick, _ = draw("depth", Brush(size=20), [(30, 30, 1.0)])
    thin, _ = draw("depth", Brush(size=20), [(30, 30, 0.3)])
    assert (
        0
        < depth_of(thin).known.whole.astype(int).sum()
        < 0.3 * depth_of(thick).known.whole.astype(int).sum()
    )


def test_outside_the_picture_nothing_happens():
    before = new_document(SIZE)
    after, dirty = draw("depth", Brush(size=8), [(-50, -50), (-20, 300)], before)
    assert dirty == NOWHERE
    assert after is before


def test_documents_are_never_written_into():
    before = new_document(SIZE)
    after, _ = draw("depth", Brush(), [(30, 30)], before)
    assert depth_of(before).untouched
    assert not depth_of(after).untouched
    assert colour_of(after) is colour_of(before)
    for array in (
        depth_of(after).value.whole,
        depth_of(after).known.whole,
        mask_of(before).pixels.whole,
    ):
        assert not array.flags.writeable


def ring(count: int, radius: float = 30.0) -> list[tuple[float, float]]:
    turns = [2 * np.pi * i / count for i in range(count + 1)]
    return [(48 + radius * np.cos(a), 48 + radius * np.sin(a)) for a in turns]


def test_a_few_places_make_a_curve_no_polygon():
    """Eight places on a circle: straight lines would pass 2.3 pixels inside it."""
    square = new_document(Settings(width=96, height=96))
    document, _ = draw("mask", Brush(size=2, hardness=1), ring(8), square)
    rows, columns = np.nonzero(mask_of(document).pixels.whole > 128)
    distance = np.hypot(columns + 0.5 - 48, rows + 0.5 - 48)
    assert np.abs(distance - 30).max() < 2.0
    assert np.abs(distance - 30).mean() < 0.8


def test_the_paint_is_where_the_pen_is():
    document = new_document(Settings(width=96, height=96))
    places = ring(8)
    stroke = Stroke(document, "mask", Brush(size=6, hardness=1))
    for x, y in places:
        document, _ = stroke.extend(document, Sample(x, y))
        assert mask_of(document).pixels.whole[int(y), int(x)] == 255


def test_what_was_guessed_leaves_no_trace():
    """However the places come, in one go or one by one, the stroke is the same."""
    square = new_document(Settings(width=96, height=96))
    places = [Sample(*place) for place in [(10, 10), (70, 20), (20, 40), (80, 80), (15, 85)]]
    one_by_one = square
    stroke = Stroke(square, "mask", Brush(size=7))
    for place in places:
        one_by_one, _ = stroke.extend(one_by_one, place)
    at_once, _ = Stroke(square, "mask", Brush(size=7)).extend(square, *places)
    assert np.array_equal(mask_of(one_by_one).pixels.whole, mask_of(at_once).pixels.whole)


def test_two_places_are_a_straight_line():
    document, _ = draw("mask", Brush(size=2, hardness=1), [(8, 20), (56, 20)])
    rows = np.nonzero(mask_of(document).pixels.whole)[0]
    assert rows.min() >= 18
    assert rows.max() <= 21


def test_a_corner_is_not_overshot():
    document, _ = draw("mask", Brush(size=2, hardness=1), [(8, 20), (48, 20), (48, 80)])
    columns = np.nonzero(mask_of(document).pixels.whole)[1]
    assert columns.max() <= 52


def test_pressing_harder_on_the_spot_makes_a_larger_dab():
    light, _ = draw("depth", Brush(size=20), [(30, 30, 0.1)])
    harder, _ = draw("depth", Brush(size=20), [(30, 30, 0.1), (30, 30, 0.9), (30, 30, 0.0)])
    assert (depth_of(harder).known.whole > 0).sum() > 4 * (depth_of(light).known.whole > 0).sum()


def test_a_pressure_that_only_the_pen_had_leaves_no_blot():
    places = [(20, 30, 1.0), (22, 30, 0.2), (40, 30, 0.2)]
    document, _ = draw("mask", Brush(size=30, hardness=1), places)
    assert np.ptp(np.nonzero(mask_of(document).pixels.whole)[0]) < 12
    tap, _ = draw("mask", Brush(size=30, hardness=1), places[:1])
    assert np.ptp(np.nonzero(mask_of(tap).pixels.whole)[0]) > 25


def test_a_resting_pen_changes_nothing():
    document = new_document(SIZE)
    stroke = Stroke(document, "depth", Brush())
    drawn, _ = stroke.extend(document, Sample(30, 30), Sample(40, 30))
    again, dirty = stroke.extend(drawn, Sample(40, 30), Sample(40.1, 30))
    assert again is drawn
    assert dirty == NOWHERE


def test_pressure_goes_over_from_place_to_place():
    document, _ = draw("mask", Brush(size=20, hardness=1), [(10, 48, 0.2), (54, 48, 1.0)])
    widths = (mask_of(document).pixels.whole > 128).sum(axis=0)[10:52:6]
    assert (np.diff(widths) >= 0).all()
    assert widths[-1] > 3 * widths[0]


def test_a_union_holds_both_and_nowhere_adds_nothing():
    assert union(NOWHERE, (3, 4, 5, 6)) == (3, 4, 5, 6)
    assert union((0, 0, 2, 2), (5, 1, 1, 4)) == (0, 0, 6, 5)
