"""Moving the camera of a stage: every function makes a new camera, within the bounds that a stage allows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from studio_app.scene.camera import Camera
from studio_app.scene.stage.placement import MOST_FAR, Vector, axis_turn, matrix_of
from studio_app.scene.stage.stage import (
    LEAST_FOV,
    LEAST_VIEW,
    MOST_FOV,
    MOST_VIEW,
    Stage,
    sound,
)
from studio_app.scene.stage.things import Array, outline_of

STEEPEST = 89.0
"""Degrees of elevation: straight up and down, left and right would be no more."""
EYE_HEIGHT = 0.05
"""How far above the ground a camera stays that goes down: a mouse's view."""
PARALLEL_DISTANCE = 7.0
"""How far a parallel camera stands back, as in the pictures that the embedded model learned from."""


@dataclass(frozen=True)
class Preset:
    """A direction to look from: degrees above the ground, and around from the front; and whether in parallel."""

    title: str
    elevation: float
    azimuth: float
    parallel: bool = False


PRESETS: Mapping[str, Preset] = {
    "front": Preset("Front", 8.0, 0.0),
    "three-quarter": Preset("Three-quarter", 20.0, 38.0),
    "side": Preset("Side", 8.0, 90.0),
    "back": Preset("Back", 8.0, 180.0),
    "top": Preset("From above", STEEPEST, 0.0),
    "isometric": Preset("Isometric", 35.264, 45.0, parallel=True),
}


def orbited(camera: Camera, yaw: float, pitch: float, lowest: float = -STEEPEST) -> Camera:
    """Turned about its target: yaw degrees around the world's y (positive: the scene turns to the right under the
    pointer), pitch degrees up, as far as `STEEPEST`, or down, as far as `lowest`; one that is lower goes no lower."""
    elevation, azimuth = angles(camera)
    lowest = min(max(lowest, -STEEPEST), elevation)
    return from_side(camera, min(max(elevation + pitch, lowest), STEEPEST), azimuth - yaw)


def lowest(stage: Stage) -> float:
    """The elevation of a stage's camera, in degrees, below which it would stand under the ground, which is not seen
    from there; where there is no ground, the lowest that there is."""
    camera = stage.camera
    if not stage.ground:
        return -STEEPEST
    if camera.fov is None:
        return 0.0
    distance = float(np.linalg.norm(np.subtract(camera.eye, camera.target)))
    return math.degrees(math.asin(min(max((EYE_HEIGHT - camera.target[1]) / distance, -1.0), 1.0)))


def panned(camera: Camera, right: float, up: float, height: int) -> Camera:
    """Shifted so that what is at its target's distance follows the pointer by pixels (right, up) of a picture that
    is `height` pixels high."""
    basis = camera.basis()
    step = 2 * half_height(camera) / max(height, 1)
    by = -right * step * basis[0] - up * step * basis[1]
    return _kept(camera, _shifted(camera, by))


def dollied(camera: Camera, factor: float) -> Camera:
    """Nearer (factor below 1) or farther: its distance, or the height that it shows, times a factor."""
    offset = np.subtract(camera.eye, camera.target)
    distance = float(np.linalg.norm(offset))
    wanted = min(max(distance * factor, 4 * LEAST_VIEW), 2 * MOST_FAR)
    if camera.fov is None:
        height = min(max(camera.height * factor, LEAST_VIEW), MOST_VIEW)
        camera, wanted = replace(camera, height=height), _stand_back(height)
    return _kept(camera, replace(camera, eye=_vector(camera.target + offset * (wanted / distance))))


def with_lens(camera: Camera, fov: float | None) -> Camera:
    """Another field of view (degrees; None: parallel), what is at its target as large as before."""
    half = half_height(camera)
    back = np.subtract(camera.eye, camera.target)
    back = back / np.linalg.norm(back)
    if fov is None:
        height = min(max(2 * half, LEAST_VIEW), MOST_VIEW)
        eye = np.asarray(camera.target) + back * _stand_back(height)
        return _kept(camera, replace(camera, eye=_vector(eye), fov=None, height=height))
    lens = min(max(fov, LEAST_FOV), MOST_FOV)
    distance = max(half / math.tan(math.radians(lens) / 2), 4 * LEAST_VIEW)
    eye = np.asarray(camera.target) + back * distance
    return _kept(camera, replace(camera, eye=_vector(eye), fov=lens))


def from_side(camera: Camera, elevation: float, azimuth: float) -> Camera:
    """The same camera from another side of its target; degrees as in `angles`."""
    back = matrix_of(axis_turn((0, 1, 0), azimuth)) @ matrix_of(axis_turn((1, 0, 0), -elevation))
    distance = float(np.linalg.norm(np.subtract(camera.eye, camera.target)))
    eye = np.asarray(camera.target) + back[:, 2] * distance
    return _kept(camera, replace(camera, eye=_vector(eye), up=(0.0, 1.0, 0.0)))


def angles(camera: Camera) -> tuple[float, float]:
    """(elevation, azimuth) in degrees: how far above its target it stands, and how far around from +z towards +x."""
    x, y, z = np.subtract(camera.eye, camera.target)
    return math.degrees(math.atan2(y, math.hypot(x, z))), math.degrees(math.atan2(x, z))


def preset(stage: Stage, name: str, aspect: float = 1.0) -> Camera:
    """The stage's camera from one of `PRESETS`, with everything in the picture. KeyError for another name."""
    chosen = PRESETS[name]
    camera = stage.camera
    if chosen.parallel != (camera.fov is None):
        camera = with_lens(camera, None if chosen.parallel else 28.0)
    turned = from_side(camera, chosen.elevation, chosen.azimuth)
    return framed(replace(stage, camera=turned), None, aspect)


def framed(
    stage: Stage, ids: Iterable[int] | None = None, aspect: float = 1.0, fill: float = 0.8
) -> Camera:
    """The camera moved, not turned, so that some items, or all, take up `fill` of the picture.

    aspect: width over height. The same camera where nothing has bounds.
    """
    camera = stage.camera
    chosen = stage.visible if ids is None else [stage[number] for number in ids]
    points = [outline_of(item.thing, item.placement) for item in chosen]
    corners = np.concatenate([*points, np.zeros((0, 3))])
    if not len(corners):
        return camera
    back = np.subtract(camera.eye, camera.target)
    back = back / np.linalg.norm(back)
    target = (corners.min(0) + corners.max(0)) / 2
    radius = max(float(np.linalg.norm(corners - target, axis=1).max()), LEAST_VIEW)
    # From so far away that everything lies before the camera, then as near as it fits.
    distance = 3 * radius / math.sin(math.radians(camera.fov or 90) / 2)
    height = 2 * radius / fill
    for _ in range(8):
        far = distance if camera.fov is not None else _stand_back(4 * radius)
        tried = replace(
            camera, eye=_vector(target + far * back), target=_vector(target), height=height
        )
        low, high = _spread(tried, corners)
        middle, size = (low + high) / 2, high - low
        half = half_height(tried)
        right, up, _ = tried.basis()
        target = target + half * (middle[0] * right + middle[1] * up)
        share = max(float(size[1]) / 2, float(size[0]) / 2 / aspect) / fill
        height *= share
        distance = max(distance * share, 1.02 * radius)
    far = distance if camera.fov is not None else _stand_back(height)
    height = min(max(height, LEAST_VIEW), MOST_VIEW) if camera.fov is None else camera.height
    done = replace(camera, eye=_vector(target + far * back), target=_vector(target), height=height)
    return _kept(camera, done)


def half_height(camera: Camera) -> float:
    """Half the height, in world units, of what the picture shows at its target."""
    half = camera.plane_half_height()
    return half if camera.fov is None else half * math.dist(camera.eye, camera.target)


def _stand_back(height: float) -> float:
    """How far a parallel camera that shows this height stands from its target, so that nothing is behind it."""
    return max(PARALLEL_DISTANCE, 2 * height)


def _spread(camera: Camera, points: Array) -> tuple[Array, Array]:
    """Low and high corner of points in the picture: half its height is 1, x right and y up from its middle."""
    pixels, _ = camera.project(points, 2, 2)
    places = (pixels - 1.0) * np.array([1.0, -1.0])
    return places.min(0), places.max(0)


def _shifted(camera: Camera, by: Array) -> Camera:
    return replace(
        camera, eye=_vector(np.add(camera.eye, by)), target=_vector(np.add(camera.target, by))
    )


def _kept(old: Camera, new: Camera) -> Camera:
    """The new camera, or the old one where the new one would be out of bounds."""
    return new if sound(new) else old


def _vector(v: Any) -> Vector:
    return float(v[0]), float(v[1]), float(v[2])
