"""Whole depths: levels, smoothing, and what a model sees."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document.altering import altered
from studio_app.document.brushes import Brush
from studio_app.document.contents.depth import Depth
from studio_app.document.depths import (
    COMMANDS,
    Levels,
    histogram_of,
    levelled,
    levels_change,
    normalised,
    range_of,
    seen_depth,
    softened,
)
from studio_app.document.marks import Box, Gradient, marked
from studio_app.document.planes import COVER, VALUE, Plane
from studio_app.document.selections import combined

SIZE = 600, 520


def ramp() -> Depth:
    full, _ = marked(Depth.blank(*SIZE), Gradient((0, 0), (400, 0), (0.3,), (0.6,)), Brush(), SIZE)
    assert isinstance(full, Depth)
    hole, _ = marked(full, Box((500, 0), (600, 520)), Brush(eraser=True), SIZE)
    assert isinstance(hole, Depth)
    return hole


def test_normalised_depth_uses_the_whole_range_and_leaves_what_is_unknown():
    depth = ramp()
    assert range_of(depth) == pytest.approx((0.3, 0.6), abs=1e-3)
    made = normalised(depth)
    assert range_of(made) == pytest.approx((0, 1), abs=1e-6)
    assert np.array_equal(made.known.whole, depth.known.whole)
    assert np.array_equal(made.value.whole[:, 500:], depth.value.whole[:, 500:])
    pressed = levelled(depth, Levels(0.3, 0.6, 0.1, 0.2))
    assert range_of(pressed) == pytest.approx((0.1, 0.2), abs=1e-3)


def test_levels_hold_what_lies_beyond_and_may_turn_the_depth_around():
    values = np.array([0.0, 0.2, 0.5, 0.8, 1.0], np.float32)
    assert Levels(0.2, 0.8, 0.1, 0.7).of(values) == pytest.approx([0.1, 0.1, 0.4, 0.7, 0.7])
    assert Levels(0.0, 1.0, 1.0, 0.0).of(values) == pytest.approx(1 - values)
    assert Levels(0.4, 0.4, 0.0, 0.9).of(values) == pytest.approx([0.9] * 5)


def test_a_histogram_counts_what_is_known_and_selected():
    depth = ramp()
    counts = histogram_of(depth)
    assert counts.sum() == 500 * 520
    assert not counts[:38].any() and not counts[77:].any()
    assert histogram_of(depth, left_of(100)).sum() == 100 * 520


def left_of(x: int) -> Plane:
    shape = Box((0, 0), (x, 520))
    chosen = combined(None, shape.cover, shape.bounds, SIZE, "replace")
    assert chosen is not None
    return chosen


def test_only_what_is_selected_is_levelled():
    chosen, depth = left_of(100), ramp()
    made = altered(depth, COMMANDS["normalise"], chosen)
    assert isinstance(made, Depth)
    assert np.array_equal(made.value.whole[:, 100:], depth.value.whole[:, 100:])
    assert made.value.whole[:, :100].max() == pytest.approx(1)
    assert len(made.value.changed(depth.value)) == 3


def test_one_depth_alone_has_no_range():
    flat, _ = marked(Depth.blank(*SIZE), Box((0, 0), (100, 100)), Brush(value=0.4), SIZE)
    assert isinstance(flat, Depth)
    assert range_of(levelled(flat, Levels(0.4, 0.4, 0.2, 0.9))) == pytest.approx((0.9, 0.9))
    assert range_of(Depth.blank(*SIZE)) is None
    assert normalised(Depth.blank(*SIZE)).untouched


def test_smoothing_a_whole_depth_sees_across_tiles():
    step, _ = marked(Depth.blank(*SIZE), Box((0, 0), (256, 520)), Brush(value=0.2), SIZE)
    step, _ = marked(step, Box((256, 0), (600, 520)), Brush(value=0.8), SIZE)
    assert isinstance(step, Depth)
    row = softened(step, 8).value.whole[100]
    assert np.abs(np.diff(row)).max() < 0.05
    assert row[255] < row[256]
    assert row[200] == pytest.approx(0.2, abs=1e-3)


def test_what_a_model_sees_is_known_all_over():
    value = np.full((64, 64), 0.5, np.float32)
    alpha = np.zeros((64, 64), np.float32)
    alpha[16:48, 16:48] = 1
    made = seen_depth(value, alpha, (128, 128))
    assert made.known.whole.min() == 255
    assert made.value.whole[64, 64] == pytest.approx(0.5)
    assert made.value.whole[2, 2] == 0


def test_a_change_that_changes_nothing_is_the_same_object():
    depth = ramp()
    assert altered(depth, levels_change(Levels())) is depth
    assert altered(depth, COMMANDS["invert"], Plane(COVER, *SIZE)) is depth
    full = altered(depth, COMMANDS["fill"])
    assert altered(full, COMMANDS["fill"]) is full


def test_alpha_that_is_locked_leaves_the_unknown_unknown():
    depth = ramp()
    assert altered(depth, COMMANDS["fill"], alpha_lock=True) is depth
    made = altered(depth, COMMANDS["invert"], alpha_lock=True)
    assert isinstance(made, Depth)
    assert np.array_equal(made.known.whole, depth.known.whole)
    assert made.value.whole[0, 0] == pytest.approx(1 - depth.value.whole[0, 0])


def test_background_comes_half_where_it_is_half_selected_and_brings_no_erased_depth_back():
    depth = Depth(
        Plane.of(VALUE, np.full((64, 64), 0.8, np.float32)),
        Plane.of(COVER, np.zeros((64, 64), np.uint8)),
    )
    half = Plane.of(COVER, np.full((64, 64), 128, np.uint8))
    made = altered(depth, COMMANDS["fill"], half)
    assert isinstance(made, Depth)
    assert made.value.whole.max() == 0
    assert np.abs(made.known.whole.astype(int) - 128).max() <= 1
