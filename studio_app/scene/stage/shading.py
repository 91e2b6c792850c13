"""A plain picture of a look, for the artist to work in: lit from the camera's shoulder, items told apart by tint."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio_app.scene.stage.look import Look
from studio_app.scene.stage.stage import GROUND
from studio_app.scene.window import Window

_LIGHT = np.array([-0.38, 0.62, 0.68], np.float32)
_FILL = np.array([0.7, 0.1, 0.5], np.float32)
_TINTS = np.array(
    [
        (206, 202, 196), (198, 168, 140), (150, 176, 196), (172, 188, 148), (196, 154, 168),
        (166, 160, 198), (200, 188, 140), (146, 190, 184),
    ],
    np.float32,
)  # fmt: skip
"""RGB of the items, by turns."""
_GROUND_TINT = np.array((112, 112, 112), np.float32)
BACKDROP = (58, 58, 58)
"""RGB where nothing is."""


def shaded(look: Look, window: Window | None = None) -> NDArray[np.uint8]:
    """RGB [height, width, 3] of a look, or of a window of it. The ground has lines one world unit apart, which fade
    with distance."""
    x0, y0, x1, y1 = window or (0, 0, *look.extent)
    here = slice(y0, y1), slice(x0, x1)
    owners = look.owners(look.index[here])
    seen = owners != 0
    height, width = seen.shape
    normals, ids = look.buffers.normals[:, *here].transpose(1, 2, 0)[seen], owners[seen]
    light = np.clip(normals @ (_LIGHT / np.linalg.norm(_LIGHT)), 0, 1)
    fill = np.clip(normals @ (_FILL / np.linalg.norm(_FILL)), 0, 1)
    tint = _TINTS[np.maximum(ids, 1) % len(_TINTS)]
    tint[ids == GROUND] = _GROUND_TINT
    colours = tint * (0.34 + 0.58 * light + 0.12 * fill)[:, None]
    out = np.empty((height, width, 3), np.float32)
    out[:] = BACKDROP
    ground = ids == GROUND
    if ground.any():
        colours[ground] *= _lines(look, (x0, y0), seen, normals[ground], ground)[:, None]
        # Far ground goes over into the backdrop, as in haze.
        far = np.clip((look.z[here][seen][ground] - 8) / 40, 0, 1)[:, None]
        colours[ground] += (np.asarray(BACKDROP, np.float32) - colours[ground]) * far
    out[seen] = colours
    return np.clip(out + 0.5, 0, 255).astype(np.uint8)


def _lines(
    look: Look,
    corner: tuple[int, int],
    seen: NDArray[np.bool_],
    normals: NDArray[np.float32],
    ground: NDArray[np.bool_],
) -> NDArray[np.floating]:
    """How bright each pixel of the ground is: darker on its grid. corner: of what is seen, in the look. normals: of
    the ground."""
    camera = look.stage.camera
    rows, columns = np.nonzero(seen)
    rows, columns = rows[ground] + corner[1], columns[ground] + corner[0]
    z = look.z[rows, columns].astype(np.float64)
    width, height = look.extent
    origin, base, du, dv = camera.pixel_rays(width, height)
    spread = base + (columns + 0.5)[:, None] * du + (rows + 0.5)[:, None] * dv
    if camera.fov is None:
        points = origin + spread + z[:, None] * camera.basis()[2]
        pixel = np.full(len(z), camera.height / height)
    else:
        points = origin + z[:, None] * spread
        pixel = z * 2 * camera.plane_half_height() / height
    steep = np.maximum(np.abs(normals[:, 2]), 0.05)
    wide = np.maximum(pixel / steep, 1e-9)[:, None]  # world units that a pixel covers
    off = np.abs(points[:, (0, 2)] - np.round(points[:, (0, 2)]))
    line = np.clip(1.2 - off / wide, 0, 1) * np.clip(0.25 / wide, 0, 1)
    return 1 - 0.35 * line.max(1)
