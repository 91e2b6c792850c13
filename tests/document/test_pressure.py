"""Curves of pressure, and strokes that obey them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from studio_app.document.brushes import Brush, brush_from
from studio_app.document.document import new_document
from studio_app.document.pressure import (
    MOST_POINTS,
    STRAIGHT,
    Curve,
    curve_from,
    effect_of,
    moved,
    table_of,
    with_point,
    without,
)
from studio_app.document.strokes import Sample, Stroke
from tests.nodes import depth_of

LATE: Curve = ((0.0, 0.0), (0.5, 0.1), (1.0, 1.0))


def drawn(brush: Brush, pressure: float) -> np.ndarray:
    """The values that a short stroke leaves, 0 where there is none."""
    document = new_document()
    stroke = Stroke(document, "depth", brush)
    for x in (60.0, 80.0, 100.0):
        document, _ = stroke.extend(document, Sample(x, 80.0, pressure))
    values, alpha = depth_of(document).sheet((0, 0, 256, 256))
    return values[..., 0] * alpha


@pytest.mark.parametrize(
    "curve", [STRAIGHT, LATE, ((0.0, 1.0), (0.3, 0.2), (0.6, 0.9), (1.0, 0.0))]
)
def test_a_curve_goes_through_its_points_and_never_beyond_two_neighbours(curve: Curve):
    for pressure, effect in curve:
        assert effect_of(curve, pressure) == pytest.approx(effect, abs=0.01)
    table = table_of(curve)
    at = np.linspace(0, 1, len(table))
    for (x, y), (u, v) in pairwise(curve):
        piece = table[(at >= x) & (at <= u)]
        assert piece.min() >= min(y, v) - 1e-9
        assert piece.max() <= max(y, v) + 1e-9


def test_points_are_added_moved_and_taken_away():
    curve, number = with_point(STRAIGHT, 0.5, 0.2)
    assert curve == ((0.0, 0.0), (0.5, 0.2), (1.0, 1.0))
    assert number == 1
    assert moved(curve, 1, 2.0, -1.0)[1][1] == 0.0
    assert moved(curve, 1, 2.0, 0.5)[1][0] < 1.0  # not beyond its neighbour
    assert moved(curve, 0, 0.4, 0.3)[0] == (0.0, 0.3)  # the ends keep their pressure
    assert without(curve, 1) == STRAIGHT
    assert without(curve, 0) == curve
    for share in np.linspace(0.05, 0.95, 30):
        curve, _ = with_point(curve, float(share), float(share))
    assert len(curve) == MOST_POINTS
    assert curve_from([list(point) for point in curve]) == curve


@pytest.mark.parametrize(
    "value",
    [None, 3, [], [[0, 0]], [[0, 0], [1]], [[0, 0], [0.5, 2], [1, 1]], [[0.2, 0], [1, 1]],
     [[0, 0], [0.7, 1], [0.3, 1], [1, 1]], [[0, 0], [1, "1"]], [[0, 0], [1, True]], [[0, 0]] * 40],
)  # fmt: skip
def test_what_is_no_curve_is_none(value: Any):
    assert curve_from(value) is None
    assert brush_from({"size_curve": value, "size": 9}, Brush()) == Brush(size=9)


def test_pressure_acts_on_the_width_by_its_curve():
    wide = drawn(Brush(size=40, hardness=1.0), 0.5)
    narrow = drawn(Brush(size=40, hardness=1.0, size_curve=LATE), 0.5)
    rows = [int((values[:, 80] > 0.3).sum()) for values in (wide, narrow)]
    assert rows[0] == pytest.approx(20, abs=2)
    assert rows[1] == pytest.approx(4, abs=2)


def test_pressure_acts_on_the_flow_by_its_curve():
    brush = Brush(size=40, hardness=1.0, value=1.0, pressure_size=False, pressure_opacity=True)
    plain = drawn(brush, 0.5)[80, 80]
    late = drawn(replace(brush, opacity_curve=LATE), 0.5)[80, 80]
    assert plain == pytest.approx(0.5, abs=0.02)
    assert late == pytest.approx(0.1, abs=0.02)


def test_pressure_acts_on_the_depth_that_is_painted():
    brush = Brush(size=20, hardness=1.0, value=0.8, pressure_size=False, pressure_value=True)
    document = new_document()
    stroke = Stroke(document, "depth", brush)
    for x in range(40, 201, 8):
        pressure = (x - 40) / 160
        document, _ = stroke.extend(document, Sample(float(x), 80.0, pressure))
    values, alpha = depth_of(document).sheet((0, 0, 256, 256))
    along = values[80, 50:190, 0]
    assert alpha[80, 50:190].min() > 0.99
    assert np.diff(along).min() > -0.02  # rises with the hand
    assert along[0] < 0.15
    assert along[-1] > 0.7
    assert along.max() <= 0.81
