"""The lens that drawn depth is seen through, that of a new scene: between depth, distance and size on the picture."""

from __future__ import annotations

from typing import Any

from studio_app.scene.camera import Camera

_CAMERA = Camera()
_FAR = _CAMERA.far / _CAMERA.near
"""Where the background lies, in distances of what is nearest."""


def distance_of(depth: Any) -> Any:
    """z in units of the nearest distance, of a depth 0..1."""
    return 1 / (depth * (1 - 1 / _FAR) + 1 / _FAR)


def depth_of(distance: Any) -> Any:
    """The inverse."""
    return (1 / distance - 1 / _FAR) / (1 - 1 / _FAR)


def focal_of(high: float) -> float:
    """Focal length in pixels of a picture that is so many pixels high: at distance z, a pixel is z / focal wide."""
    return high / 2 / _CAMERA.plane_half_height()


def distance_slope() -> float:
    """1/z by depth: a change of depth by d changes z by -z * z * d times this."""
    return 1 - 1 / _FAR
