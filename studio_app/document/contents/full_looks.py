"""What a scene looks like at the full size of the canvas: too much to cast while one waits, so it is made in the
background and taken when it is there (`session/scene_desk.py`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.depth import Depth
from studio_app.document.contents.normal import Normal, bytes_of
from studio_app.document.planes import COVER, RGBA, VALUE, Plane
from studio_app.scene.camera import inverse_depth
from studio_app.scene.stage.look import look
from studio_app.scene.stage.shading import shaded
from studio_app.scene.stage.stage import Stage

Size = tuple[int, int]
Frame = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class FullLook:
    """Of a canvas's size: the depth and the normals that the scene lends, and its plain picture."""

    depth: Depth
    normal: Normal
    picture: Plane


def full_look(stage: Stage, extent: Size, frame: Frame, size: Size) -> FullLook:
    """extent: pixels of the look, which covers `frame` of a canvas of `size`. In any thread. Made of the look by the
    tile: beside the look itself it takes no more than what comes of it."""
    seen = look(stage, extent)
    near, far = seen.range
    value, known = Plane(VALUE, *size), Plane(COVER, *size)
    normal, picture = Plane(RGBA, *size), Plane(RGBA, *size)
    columns, rows = (_sources(frame[n], frame[n + 2], extent[n], size[n]) for n in (0, 1))
    for place in value.places(value.bounds):
        x, y, width, height = value.box(place)
        across, down = columns[x : x + width], rows[y : y + height]
        inside = (down >= 0)[:, None] & (across >= 0)
        if not inside.any():
            continue
        left, right = int(across.clip(0).min()), int(across.max()) + 1
        top, bottom = int(down.clip(0).min()), int(down.max()) + 1
        at = np.ix_((down - top).clip(0), (across - left).clip(0))
        here = slice(top, bottom), slice(left, right)
        there = inside & (seen.index[here][at] >= 0)
        z = seen.z[here][at]
        depth = np.where(there, inverse_depth(z, near, far), 0).astype(np.float32)
        value = value.write(x, y, depth)
        known = known.write(x, y, _cover(inside))
        vectors = seen.buffers.normals[:, *here].transpose(1, 2, 0)[at]
        normal = normal.write(x, y, _rgba(bytes_of(vectors), there))
        rgb = shaded(seen, (left, top, right, bottom))[at]
        picture = picture.write(x, y, _rgba(rgb, there))
    return FullLook(Depth(value, known), Normal(normal), picture)


def _sources(start: float, length: float, pixels: int, count: int) -> NDArray[np.intp]:
    """Of each pixel of the canvas, the one of the look that lies there; -1 where none does."""
    first, long = round(start), max(round(length), 1)
    at = np.arange(count) - first
    return np.where((at >= 0) & (at < long), at * pixels // long, -1)


def _cover(there: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.where(there, np.uint8(255), np.uint8(0))


def _rgba(rgb: NDArray[np.uint8], there: NDArray[np.bool_]) -> NDArray[np.uint8]:
    rgba = np.dstack([rgb, _cover(there)])
    rgba[~there] = 0
    return rgba
