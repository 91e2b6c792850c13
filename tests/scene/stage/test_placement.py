from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from studio_app.scene.stage.placement import (
    MOST_FAR,
    MOST_SIZE,
    Placement,
    axis_turn,
    matrix_of,
    product,
    turn_of,
)
from studio_app.scene.transform import rotate
from tests.scene.stage.worlds import numbers, placements


@given(placements())
@example(Placement(turn=(1.0, 1.0, 0.0, 1e-6)))  # nearly straight down
@example(Placement(turn=(1.0, -1.0, 1e-8, 0.0)))
@example(Placement(turn=(1.0, 1.0, 0.0, 0.0)))
def test_a_turn_is_a_rotation_and_comes_back_from_its_matrix(placement: Placement) -> None:
    m = matrix_of(placement.turn)
    assert np.allclose(m @ m.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(m) == pytest.approx(1)
    assert np.allclose(matrix_of(turn_of(m)), m, atol=1e-7)
    assert Placement(turn=placement.turn).turn == placement.turn  # normalised once, for good


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_turns_agree_with_transforms(axis: str) -> None:
    vector = tuple(float(axis == name) for name in "xyz")
    for degrees in (-200.0, -90.0, 0.0, 33.0, 180.0):
        expected = rotate(axis, degrees).matrix[:3, :3]
        assert np.allclose(matrix_of(axis_turn(vector, degrees)), expected)
    a, b = axis_turn(vector, 40), axis_turn((1, 2, 3), 70)
    assert np.allclose(matrix_of(product(a, b)), matrix_of(a) @ matrix_of(b))


def test_a_transform_scales_then_turns_then_moves() -> None:
    place = Placement((1, 2, 3), axis_turn((0, 1, 0), 90), (2, 1, 1))
    assert place.transform.point((1, 0, 0)) == pytest.approx((1, 2, 1))
    assert place.rigid.point((1, 0, 0)) == pytest.approx((1, 2, 2))


def test_scaling_about_a_point_keeps_the_point() -> None:
    place = Placement((1, 2, 3), axis_turn((1, 1, 0), 50), (0.5, 1, 2))
    about = place.transform.point((0.3, -1.0, 0.4))
    for factors in ((2, 2, 2), (1, 3, 1), (0.5, 1, 0.25)):
        scaled = place.scaled(factors, about)
        assert scaled.transform.point((0.3, -1.0, 0.4)) == pytest.approx(about)
        assert np.allclose(scaled.size, np.multiply(place.size, factors))


def test_edits_stop_at_the_bounds_and_never_fail() -> None:
    place = Placement((999, 0, 0))
    assert place.moved((1e12, -1e300, 0)).at == (MOST_FAR, -MOST_FAR, 0)
    assert place.scaled((1e9, 1e-9, 1)).size == (MOST_SIZE, 1e-3, 1)
    assert place.turned(axis_turn((0, 0, 1), 180), (-900, 0, 0)).at[0] == pytest.approx(-MOST_FAR)
    # What can't grow any more is not pushed away from the point that it grows about.
    full = Placement((5, 0, 0), size=(MOST_SIZE, MOST_SIZE, MOST_SIZE))
    assert full.scaled((2, 2, 2), (0, 0, 0)).at == (5, 0, 0)


@pytest.mark.parametrize(
    ("at", "turn", "size"),
    [
        ((math.nan, 0, 0), (1, 0, 0, 0), (1, 1, 1)),
        ((0, 0, math.inf), (1, 0, 0, 0), (1, 1, 1)),
        ((0, 1001, 0), (1, 0, 0, 0), (1, 1, 1)),
        ((0, 0, 0), (0, 0, 0, 0), (1, 1, 1)),
        ((0, 0, 0), (1, math.nan, 0, 0), (1, 1, 1)),
        ((0, 0, 0), (1, 0, 0, 0), (0, 1, 1)),
        ((0, 0, 0), (1, 0, 0, 0), (1, 1e-4, 1)),
        ((0, 0, 0), (1, 0, 0, 0), (1, 1, 1e5)),
    ],
)
def test_what_is_out_of_bounds_is_no_placement(at, turn, size) -> None:
    with pytest.raises(ValueError):
        Placement(at, turn, size)


@settings(max_examples=50)
@given(placements(reach=100.0), st.tuples(*(numbers(-1, 1) for _ in range(3))), numbers(-360, 360))
def test_a_turn_and_its_inverse_leave_a_thing_where_it_was(placement, axis, degrees) -> None:
    turn, back = axis_turn(axis, degrees), axis_turn(axis, -degrees)
    again = placement.turned(turn, (1, 2, 3)).turned(back, (1, 2, 3))
    assert np.allclose(again.transform.matrix, placement.transform.matrix, rtol=1e-6, atol=1e-6)
