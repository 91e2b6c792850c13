"""What the ground of drawn scenes costs: haze does, an outline that lies beside the render's does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from studio_app.training.data import Pictures
from studio_app.training.loop import Draw
from studio_app.training.stages.grounds import Redrawn, ground_loss, held_loss


def scene() -> tuple[Tensor, Tensor]:
    """Depth and subject [1, 1, 128, 256]: a ramp of ground, a square that stands on it."""
    depth = torch.linspace(0, 0.6, 128).view(1, 1, 128, 1).expand(1, 1, 128, 256).clone()
    subject = torch.zeros_like(depth)
    subject[..., 40:90, 100:150] = 1
    depth[..., 40:90, 100:150] = 0.8
    return depth, subject


def test_the_right_depth_costs_nothing():
    depth, subject = scene()
    assert ground_loss(depth, depth, subject, 10.0) < 1e-6


def test_an_outline_a_little_beside_the_renders_costs_nothing():
    depth, subject = scene()
    found = depth.clone()
    found[..., 37:93, 97:153] = 0.8
    assert ground_loss(found, depth, subject, 10.0) < 1e-6


@pytest.mark.parametrize("place", [(slice(4, 20), slice(10, 60)), (slice(60, 80), slice(160, 180))])
def test_haze_costs_more_than_a_ground_that_is_all_as_wrong(place: tuple[slice, slice]):
    depth, subject = scene()
    hazy = depth.clone()
    hazy[..., *place] += 0.3
    mean = (hazy - depth).mean(3, keepdim=True)
    plain = torch.where(subject > 0, depth, depth + mean)
    hazy_cost, plain_cost = (ground_loss(d, depth, subject, 10.0) for d in (hazy, plain))
    assert hazy_cost > 2 * plain_cost > 0


def test_windows_are_of_the_depth_and_subject_that_come_with_them():
    rng = np.random.default_rng(1)
    depth = torch.from_numpy(rng.integers(0, 256, (6, 8, 8), dtype=np.uint8))
    planes = depth.repeat_interleave(8, 1).repeat_interleave(8, 2)
    shard = {"depth": planes, "subject": 255 - planes}
    pictures = Pictures(Path(), {}, (shard,), (("",),) * 6, np.array([0]))
    latents = (depth.float() / 255)[:, None].expand(-1, 4, -1, -1)
    grounds = Redrawn(latents, pictures, np.array([1, 3, 4]))
    z, window, rows = grounds.draw(
        16, Draw(0, 0.0, 16, torch.Generator(), np.random.default_rng(2))
    )
    assert set(rows) == {1, 3, 4}
    (tops, lefts, cells), found = window, grounds.plane("depth", rows, window)
    subject = grounds.plane("subject", rows, window)
    assert (cells, set(lefts)) == ((4, 8), {0})
    assert len(set(tops)) > 1
    for row, top in enumerate(tops):
        torch.testing.assert_close(found[row, 0, ::8, ::8], z[row, 0, top : top + 4])
    torch.testing.assert_close(found + subject, torch.ones_like(found))


def test_another_matte_costs_more_than_the_one_that_is_held():
    before = torch.randn(2, 10, 16, 16, generator=torch.Generator().manual_seed(1))
    other = before.clone()
    other[:, 2:] = 0  # of what is neither matte nor depth, nothing is held
    held = held_loss(before, before)
    assert held_loss(other, before) == held
    for channel in (0, 1):
        moved = before.clone()
        moved[:, channel] += 1
        assert held_loss(moved, before) > held
