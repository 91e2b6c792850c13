"""Intervals are right where the answer is known, and the worse end is the one that counts."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.training.judge.intervals import (
    Figures,
    Interval,
    add,
    interval,
    mean,
    printed,
    ratio,
    root_ratio,
)


def test_the_interval_of_a_mean_is_that_of_the_textbook():
    values = np.random.default_rng(0).normal(5, 2, 400)
    found = mean(values)
    assert found is not None
    half = 1.96 * values.std() / np.sqrt(400)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.value == pytest.approx(half, rel=0.1)
    assert found.value - found.low == pytest.approx(half, rel=0.1)


def test_a_ratio_of_equal_columns_is_one_without_doubt():
    column = np.random.default_rng(1).uniform(1, 2, 50)
    assert ratio(column, column) == Interval(1, 1, 1)
    found = root_ratio(4 * column, column)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(2), pytest.approx(2))


def test_more_pictures_are_surer():
    rng = np.random.default_rng(2)
    few, many = (mean(rng.uniform(0, 1, n)) for n in (50, 5000))
    assert few is not None and many is not None
    assert few.high - few.low > 5 * (many.high - many.low)


@pytest.mark.parametrize("columns", [(np.zeros(0), np.zeros(0)), (np.ones(3), np.zeros(3))])
def test_what_cannot_be_measured_is_nothing(columns):
    assert ratio(*columns) is None
    figures: Figures = {}
    add(figures, "share", ratio(*columns))
    assert printed(figures) == {}


def test_the_worse_end_is_printed_beside_the_mean():
    found = Interval(0.9, 0.7, 1.05)
    assert (found.worse("high"), found.worse("low"), found.worse("one")) == (0.7, 1.05, 0.7)
    assert Interval(1.1, 0.95, 1.3).worse("one") == 1.3
    figures: Figures = {}
    add(figures, "share", found)
    add(figures, "gap", found, "low")
    assert printed(figures) == {
        "share": 0.7,
        "share_mean": 0.9,
        "gap": 1.05,
        "gap_mean": 0.9,
    }


def test_the_same_data_give_the_same_interval():
    values = np.random.default_rng(3).uniform(0, 1, 20)
    assert interval((values,), lambda s: s[:, 0]) == interval((values,), lambda s: s[:, 0])
