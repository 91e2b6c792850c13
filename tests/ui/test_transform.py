"""One transform for painting and input: there and back is where one was."""

from __future__ import annotations

import math
import random

import pytest
from PySide6.QtCore import QPointF, QRect, QSize

from studio_app.ui.transform import MAX_ZOOM, MIN_ZOOM, DocumentToView


def near(a: QPointF, b: QPointF, within: float = 1e-6) -> bool:
    return math.hypot(a.x() - b.x(), a.y() - b.y()) < within


@pytest.mark.parametrize("seed", range(20))
def test_there_and_back(seed: int):
    chance = random.Random(seed)
    there = DocumentToView(
        chance.uniform(0.05, 40), chance.uniform(-900, 900), chance.uniform(-900, 900)
    )
    point = QPointF(chance.uniform(-50, 600), chance.uniform(-50, 600))
    assert near(there.to_document(there.to_view(point.x(), point.y())), point)
    assert near(there.painter_transform().map(point), there.to_view(point.x(), point.y()))


@pytest.mark.parametrize("seed", range(20))
def test_zooming_keeps_what_is_under_the_pointer(seed: int):
    chance = random.Random(seed)
    there = DocumentToView(chance.uniform(0.2, 8), chance.uniform(-90, 90), chance.uniform(-90, 90))
    anchor = QPointF(chance.uniform(0, 800), chance.uniform(0, 600))
    before = there.to_document(anchor)
    assert near(there.zoomed(1.25, anchor).to_document(anchor), before)


def test_zoom_has_bounds():
    there = DocumentToView(1.0)
    for _ in range(100):
        there = there.zoomed(2.0, QPointF(), dpr=2.0)
    assert there.scale == MAX_ZOOM / 2
    for _ in range(100):
        there = there.zoomed(0.5, QPointF())
    assert there.scale == MIN_ZOOM


def test_fitting_shows_everything_in_the_middle():
    there = DocumentToView.fitting(QSize(256, 128), QSize(600, 600), margin=20)
    shown = there.view_rect(QRect(0, 0, 256, 128))
    assert shown.width() == pytest.approx(560)
    assert shown.center().x() == pytest.approx(300, abs=1)
    assert shown.center().y() == pytest.approx(300, abs=1)


@pytest.mark.parametrize("dpr", [1.0, 1.5, 2.0])
def test_a_centred_corner_lies_on_a_device_pixel(dpr: float):
    there = DocumentToView.centred(QSize(255, 255), QSize(601, 603), 1 / dpr, dpr=dpr)
    assert there.dx * dpr == pytest.approx(round(there.dx * dpr))
    assert there.dy * dpr == pytest.approx(round(there.dy * dpr))


def test_the_dirty_rect_covers_a_pixel_and_its_neighbours():
    there = DocumentToView(3.3, 10.2, 7.7)
    dirty = there.dirty_rect(QRect(5, 5, 1, 1))
    assert dirty.contains(there.view_rect(QRect(4, 4, 3, 3)).toRect())
    assert dirty.width() < 16
