"""Whole depths: levels, smoothing, and what a model sees."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document.brushes import Brush
from studio_app.document.contents.depth import Depth
from studio_app.document.depths import levelled, normalised, range_of, seen_depth, softened
from studio_app.document.marks import Box, Gradient, marked
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
    assert range_of(levelled(depth, 0.1, 0.2)) == pytest.approx((0.1, 0.2), abs=1e-6)


def test_only_what_is_selected_is_levelled():
    shape = Box((0, 0), (100, 520))
    chosen = combined(None, shape.cover, shape.bounds, SIZE, "replace")
    depth = ramp()
    made = normalised(depth, chosen)
    assert np.array_equal(made.value.whole[:, 100:], depth.value.whole[:, 100:])
    assert made.value.whole[:, :100].max() == pytest.approx(1)
    assert len(made.value.changed(depth.value)) == 3


def test_one_depth_alone_has_no_range():
    flat, _ = marked(Depth.blank(*SIZE), Box((0, 0), (100, 100)), Brush(value=0.4), SIZE)
    assert isinstance(flat, Depth)
    assert range_of(levelled(flat, 0.2, 0.9)) == pytest.approx((0.9, 0.9))
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
