"""Pictures rolled, resized, stretched, moved and mirrored: picture, depth, subject and joints by one and the same map.

What the world draws stands upright in the middle, so words nearly say its outline; of a warped picture only the
drawing does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from studio_app.training.controls import MIRRORED

GREY = 128
"""What lies around an isolated asset, and so around a warped one."""


@dataclass(frozen=True)
class Warp:
    """roll: degrees, clockwise on the screen. wide, high: factors of the size, before the roll. x, y: shift in halves
    of the picture, to the right and down. mirrored: left and right change places before all else."""

    roll: float = 0.0
    wide: float = 1.0
    high: float = 1.0
    x: float = 0.0
    y: float = 0.0
    mirrored: bool = False

    def matrix(self) -> NDArray[np.float64]:
        """[2,3]: from places in the picture before to those after, both -1..1 from edge to edge."""
        a = math.radians(self.roll)
        turn = np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
        size = np.diag([-self.wide if self.mirrored else self.wide, self.high])
        return np.concatenate([turn @ size, [[self.x], [self.y]]], axis=1)


def random_warp(rng: np.random.Generator, isolated: bool) -> Warp:
    """An isolated asset in any place, turn and proportion, at 0.4 to 1.35 of its size, cut by the frame now and then.

    What has surroundings only grows (at most 1.7 times) and moves, so that nothing from outside is needed.
    """
    mirrored = bool(rng.random() < 0.5)
    if not isolated:
        size = float(rng.uniform(1.0, 1.7))
        stretch = float(np.exp(rng.uniform(-0.15, 0.15)))
        wide, high = max(1.0, size * stretch), max(1.0, size / stretch)
        x, y = float(rng.uniform(-1, 1)) * (wide - 1), float(rng.uniform(-1, 1)) * (high - 1)
        return Warp(0.0, wide, high, x, y, mirrored)
    size = float(np.exp(rng.uniform(math.log(0.4), math.log(1.35))))
    stretch = float(np.exp(rng.normal(0, 0.25)))
    roll = float(rng.uniform(-180, 180) if rng.random() < 0.75 else rng.normal(0, 15))
    room = max(0.12, 0.7 * (1 - size))
    x, y = (float(v) for v in rng.uniform(-room, room, 2))
    return Warp(roll, size * stretch, size / stretch, x, y, mirrored)


def warped(pictures: Tensor, warps: Sequence[Warp], fill: float = 0.0) -> Tensor:
    """Float pictures [B,C,H,W], each by its own warp; `fill` where they end."""
    inverse = [np.linalg.inv(np.vstack([w.matrix(), [0, 0, 1]]))[:2] for w in warps]
    theta = torch.from_numpy(np.stack(inverse).astype(np.float32)).to(pictures.device)
    grid = F.affine_grid(theta, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures - fill, grid, align_corners=False) + fill


def warped_rgb(rgb: Tensor, warps: Sequence[Warp]) -> Tensor:
    """uint8 [B,H,W,3] to the same, grey where the pictures end."""
    moved = warped(rgb.permute(0, 3, 1, 2).float(), warps, GREY)
    return moved.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def warped_plane(plane: Tensor, warps: Sequence[Warp]) -> Tensor:
    """uint8 [B,H,W] (depth, a mask) to the same, 0 where the pictures end."""
    return warped(plane[:, None].float(), warps)[:, 0].round().clamp(0, 255).to(torch.uint8)


def warped_joints(
    joints: NDArray[np.float32], warps: Sequence[Warp], width: int, height: int
) -> NDArray[np.float32]:
    """[B,18,3] (pixels, 1 = visible): moved with the picture; in a mirror left is right; outside it unseen."""
    half = np.array([width / 2, height / 2])
    out = joints.copy()
    for row, warp in enumerate(warps):
        matrix = warp.matrix()
        places = (joints[row, :, :2] / half - 1) @ matrix[:, :2].T + matrix[:, 2]
        places, seen = (places + 1) * half, joints[row, :, 2]
        if warp.mirrored:
            places, seen = places[MIRRORED], seen[MIRRORED]
        inside = ((places >= 0) & (places < 2 * half)).all(1)
        out[row] = np.concatenate([places, (seen * inside)[:, None]], axis=1)
    return out
