"""A steadied hand: smoother, the same at any rate of events, and where the pen was when it is lifted."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document.steadying import Steadier
from studio_app.document.strokes import Sample


def way(count: int, shake: float = 0.0) -> list[Sample]:
    rng = np.random.default_rng(3)
    x = np.linspace(20.0, 320.0, count)
    y = 100 + 30 * np.sin(x / 60) + rng.normal(0, shake, count) if shake else 100 + 0 * x
    return [Sample(float(a), float(b), 0.5) for a, b in zip(x, y, strict=True)]


def steadied(samples: list[Sample], strength: int, scale: float = 1.0) -> list[Sample]:
    hand = Steadier(strength, scale)
    return [*(hand.add(sample) for sample in samples), *hand.finish()]


def roughness(samples: list[Sample]) -> float:
    places = np.array([(one.x, one.y) for one in samples])
    return float(np.abs(np.diff(places[:, 1], n=2)).mean())


def test_nothing_is_changed_at_strength_0():
    samples = way(40, 2.0)
    assert steadied(samples, 0) == samples


def test_more_strength_is_a_smoother_way():
    samples = way(200, 2.0)
    found = [roughness(steadied(samples, strength)[:-3]) for strength in (0, 10, 40, 100)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] / 15


@pytest.mark.parametrize("strength", [1, 30, 100])
def test_the_stroke_begins_where_the_pen_was_put_down_and_ends_where_it_was_lifted(strength: int):
    samples = way(60, 2.0)
    found = steadied(samples, strength)
    assert (found[0].x, found[0].y) == (samples[0].x, samples[0].y)
    assert np.hypot(found[-1].x - samples[-1].x, found[-1].y - samples[-1].y) < 0.3


def test_a_pen_that_rests_is_waited_for_at_the_end():
    hand = Steadier(100)
    for sample in way(30):
        hand.add(sample)
    for _ in range(20):
        hand.add(Sample(320.0, 100.0, 0.5))
    assert hand.finish()[-1].x == 320.0


def test_the_rate_of_events_makes_no_other_way():
    ends: list[float] = []
    for count in (60, 240, 900):
        hand = Steadier(60)
        last = [hand.add(sample) for sample in way(count)][-1]
        ends.append(last.x)
    assert max(ends) - min(ends) < 4
    assert 250 < ends[0] < 310


def test_a_hand_is_as_unsteady_close_up_as_from_afar():
    samples = way(100)
    near = Steadier(60, 8.0)
    far = Steadier(60, 1.0)
    lag = [320 - [hand.add(sample) for sample in samples][-1].x for hand in (near, far)]
    assert lag[0] < lag[1] / 4


def test_few_places_and_one_place_are_no_trouble():
    assert steadied([Sample(5, 5)], 100) == [Sample(5, 5)]
    assert steadied([Sample(5, 5), Sample(5, 5)], 100)[-1] == Sample(5, 5)
    assert Steadier(50).finish() == ()
