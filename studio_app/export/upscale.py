"""Larger pictures without a network: Lanczos for what is smooth, the nearest pixel for pixel art. Smaller ones too."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.export.planes import largest, smallest

Array = NDArray[Any]
Plane = NDArray[np.float32]
Method = Literal["lanczos", "nearest"]
METHODS: tuple[Method, ...] = get_args(Method)
SCALES = (1, 2, 4)
_REACH = 4
"""Pixels that Lanczos looks to either side, and one."""


def upscaled(
    pixels: Array, scale: int, method: Method = "lanczos", tiles: tuple[bool, bool] = (False, False)
) -> Array:
    """A picture [H, W] or [H, W, C] `scale` (1, 2 or 4) times as large, of the same type.

    Four channels are colours with straight alpha: each counts by how much of it is there. On the axes of `tiles`
    (x, y) the picture goes on at its other side, so that it wraps as before.
    """
    if scale not in SCALES or method not in METHODS:
        raise StudioError(
            f"Can't make a picture {scale} times as large by {method!r}",
            "it is 2 or 4 times, by " + " or ".join(METHODS),
        )
    if scale == 1:
        return pixels
    if method == "nearest":
        return pixels.repeat(scale, 0).repeat(scale, 1)
    values = pixels.astype(np.float32)
    across, down = (_REACH if wraps else 0 for wraps in tiles)
    padding = ((down, down), (across, across), (0, 0))[: values.ndim]
    values = np.pad(values, padding, mode="wrap")
    if values.ndim == 3 and values.shape[2] == 4:
        grown = _grown_straight(values, scale)
    else:
        grown = _grown(values, scale)
    height, width = pixels.shape[0] * scale, pixels.shape[1] * scale
    grown = grown[down * scale :, across * scale :][:height, :width]
    if pixels.dtype.kind == "f":
        return grown.astype(pixels.dtype)
    top = np.iinfo(pixels.dtype).max
    return np.clip(np.rint(grown), 0, top).astype(pixels.dtype)


def reduced(values: Plane, shape: tuple[int, ...]) -> Plane:
    """[H, W] or [H, W, C] at another size [h, w]: each value the mean of what it covers."""
    height, width = shape[:2]
    planes = values[..., None] if values.ndim == 2 else values
    size = (width, height)
    small = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(planes[..., i], np.float32)).resize(
                size, Image.Resampling.BOX
            )
        )
        for i in range(planes.shape[2])
    ]
    return small[0] if values.ndim == 2 else np.stack(small, 2)


def _grown_straight(values: Plane, scale: int) -> Plane:
    """Colours count by their alpha; where nothing is there, by themselves."""
    alpha = values[..., 3:]
    full = max(float(alpha.max()), 1e-6)
    # The filter rings in the alpha as in the product: their ratio, before either is cut, does not.
    large = _grown(alpha[..., 0], scale)[..., None]
    there = large > full / 255
    covered = _grown(values[..., :3] * alpha, scale) / np.where(there, large, 1)
    colour = np.where(there, covered, _grown(values[..., :3], scale))
    colour = np.clip(colour, values[..., :3].min(), values[..., :3].max())
    # Beside a hard edge a ring of alpha would be seen as a ghost of it: alpha stays between its neighbours.
    low, high = (
        near(alpha[..., 0], 1).repeat(scale, 0).repeat(scale, 1)[..., None]
        for near in (smallest, largest)
    )
    return np.concatenate([colour, np.clip(large, low, high)], 2).astype(np.float32)


def _grown(values: Plane, scale: int) -> Plane:
    planes = values[..., None] if values.ndim == 2 else values
    size = (planes.shape[1] * scale, planes.shape[0] * scale)
    grown = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(planes[..., i])).resize(
                size, Image.Resampling.LANCZOS
            )
        )
        for i in range(planes.shape[2])
    ]
    return grown[0] if values.ndim == 2 else np.stack(grown, 2)
