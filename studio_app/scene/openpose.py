"""The 18-joint OpenPose figure: its names, limbs, colours, and the picture a pose adapter reads.

Order, limb pairs and palette are those of the COCO-18 model as ControlNet draws it (Zhang et al.
2302.05543, annotator/openpose). The drawing is written anew: OpenPose's own code is for
non-commercial use only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

JOINTS: tuple[str, ...] = (
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_eye",
    "left_eye",
    "right_ear",
    "left_ear",
)
"""Left and right are the figure's own: when it faces the viewer, its right is on their left."""

LIMBS: tuple[tuple[int, int], ...] = (
    (1, 2),
    (1, 5),
    (2, 3),
    (3, 4),
    (5, 6),
    (6, 7),
    (1, 8),
    (8, 9),
    (9, 10),
    (1, 11),
    (11, 12),
    (12, 13),
    (1, 0),
    (0, 14),
    (14, 16),
    (0, 15),
    (15, 17),
)
"""Pairs of joints in drawing order; limb i has colour i."""

PALETTE: tuple[tuple[int, int, int], ...] = (
    (255, 0, 0),
    (255, 85, 0),
    (255, 170, 0),
    (255, 255, 0),
    (170, 255, 0),
    (85, 255, 0),
    (0, 255, 0),
    (0, 255, 85),
    (0, 255, 170),
    (0, 255, 255),
    (0, 170, 255),
    (0, 85, 255),
    (0, 0, 255),
    (85, 0, 255),
    (170, 0, 255),
    (255, 0, 255),
    (255, 0, 170),
    (255, 0, 85),
)
"""RGB of joint i; limb i has 0.6 of it."""

LIMB_SHADE = 0.6

Pixels = NDArray[np.uint8]


def stroke_radius(width: int, height: int) -> float:
    """Joint radius and limb half width in pixels: 4 at 512 as in ControlNet, 2.5 at 256."""
    return max(1.2, 1.0 + 3.0 * min(width, height) / 512.0)


def draw_pose(people: NDArray[np.floating], width: int, height: int) -> Pixels:
    """The picture [height, width, 3] of some figures, on black, without anti-aliasing.

    people: [P, 18, 3] (or [18, 3] for one): x and y in pixels (pixel centres at +0.5) and a third
    value that is 0 where the joint is hidden or absent. Joints that are not finite count as
    absent; joints outside the picture are drawn as far as they reach into it. Raises ValueError
    for another shape.
    """
    figures = np.asarray(people, np.float32)
    if figures.ndim == 2:
        figures = figures[None]
    if figures.ndim != 3 or figures.shape[1:] != (18, 3):
        raise ValueError(f"people must be [P, 18, 3], got {figures.shape}")
    canvas = np.zeros((height, width, 3), np.uint8)
    radius = stroke_radius(width, height)
    for figure in figures:
        seen = (figure[:, 2] > 0) & np.isfinite(figure).all(1)
        xy: list[tuple[float, float]] = [(float(x), float(y)) for x, y, _ in figure]
        for (a, b), colour in zip(LIMBS, PALETTE, strict=False):
            if seen[a] and seen[b]:
                shade = (int(c * LIMB_SHADE) for c in colour)
                _ellipse(canvas, xy[a], xy[b], radius, (*shade,))
        for point, there, colour in zip(xy, seen, PALETTE, strict=True):
            if there:
                _ellipse(canvas, point, point, radius, colour)
    return canvas


def _ellipse(
    canvas: Pixels,
    a: tuple[float, float],
    b: tuple[float, float],
    radius: float,
    colour: tuple[int, ...],
) -> None:
    """Fills the ellipse with long axis a-b and short half axis `radius`; a disc if a = b."""
    (ax, ay), (bx, by) = a, b
    cx, cy, half = (ax + bx) / 2, (ay + by) / 2, float(np.hypot(bx - ax, by - ay)) / 2
    ux, uy = ((bx - ax) / (2 * half), (by - ay) / (2 * half)) if half > 1e-6 else (1.0, 0.0)
    along = half if half > 1e-6 else radius
    reach_x = float(np.hypot(along * ux, radius * uy))
    reach_y = float(np.hypot(along * uy, radius * ux))
    height, width = canvas.shape[:2]
    x0, x1 = int(max(cx - reach_x, 0)), int(min(cx + reach_x + 1, width))
    y0, y1 = int(max(cy - reach_y, 0)), int(min(cy + reach_y + 1, height))
    if x0 >= x1 or y0 >= y1:
        return
    x = (np.arange(x0, x1, dtype=np.float32) + np.float32(0.5 - cx))[None, :]
    y = (np.arange(y0, y1, dtype=np.float32) + np.float32(0.5 - cy))[:, None]
    p = (x * ux + y * uy) / along
    q = (y * ux - x * uy) / radius
    canvas[y0:y1, x0:x1][p * p + q * q <= 1.0] = colour
