"""Drawings as adapter input, and when they act."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from studio_app.core.controls import Control
from studio_app.engine.controls.features import adapter_input, depth_input, residuals


def test_unknown_is_not_background():
    value = np.array([[0, 255], [255, 0]], np.uint8)
    known = np.array([[255, 255], [0, 0]], np.uint8)
    planes = depth_input(value, known)
    assert planes.tolist() == [[[0, 1], [0, 0]], [[1, 1], [0, 0]]]
    assert (depth_input(value, None)[1] == 1).all()


def test_inputs_by_channels():
    depth = Control("depth", np.full((64, 64), 0.5, np.float32))
    assert adapter_input(depth, 2, 64, 64).shape == (1, 2, 64, 64)
    three = adapter_input(depth, 3, 32, 96)  # an adapter of another make
    assert three.shape == (1, 3, 96, 32)
    assert (three == 0.5).all()
    pose = Control("pose", np.full((64, 64, 3), 255, np.uint8))
    assert (adapter_input(pose, 3, 64, 64) == 1).all()


def test_when_a_control_acts():
    drawing = np.zeros((8, 8), np.uint8)

    def steps(n: int, **window: Any) -> list[int]:
        return [i for i in range(n) if Control("depth", drawing, **window).acts(i, n)]

    assert steps(4) == [0, 1, 2, 3]
    assert steps(4, end=0.5) == [0, 1]
    assert steps(4, start=0.5) == [2, 3]
    assert steps(1, end=0.5) == [0]
    assert steps(4, start=0.5, end=0.5) == []
    assert steps(4, strength=0.0) == []


def test_features_sum_by_strength():
    drawing = np.zeros((8, 8), np.uint8)
    one, two = (torch.ones(1, 2),), (torch.full((1, 2), 10.0),)
    half = Control("depth", drawing, strength=0.5)
    late = Control("depth", drawing, start=0.5)
    early = residuals((half, late), (one, two), 0, 4)
    both = residuals((half, late), (one, two), 2, 4)
    assert early is not None
    assert both is not None
    assert (early[0] == 0.5).all()
    assert (both[0] == 10.5).all()
    assert residuals((late,), (two,), 0, 4) is None
    assert (one[0] == 1).all()
    louder = residuals((half, late), (one, two), 2, 4, {"depth": 2.0})
    assert louder is not None
    assert (louder[0] == 21).all()  # 2 * (0.5 * 1 + 10)
    pose = residuals((half,), (one,), 0, 4, {"pose": 2.0})
    assert pose is not None and (pose[0] == 0.5).all()


def test_depth_is_resized_over_what_is_known():
    value = np.full((64, 64), 0.8, np.float32)
    known = np.zeros((64, 64), np.uint8)
    known[:, :33] = 255
    known[:, 33:36] = 100  # the soft edge of a brush
    planes = adapter_input(Control("depth", value, known), 2, 32, 32)[0]
    assert set(planes[1].unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(planes[0], 0.8 * planes[1])
    assert planes[1, 0].tolist() == [1.0] * 16 + [planes[1, 0, 16].item()] + [0.0] * 15
