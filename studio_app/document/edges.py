"""Edges of a picture, as line art: Canny's detector (Canny, "A Computational Approach to Edge Detection", 1986), as the
ControlNets of edges were taught by it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.greys import grey_of
from studio_app.document.painting import blurred

Values = NDArray[Any]
LOW, HIGH = 50.0, 100.0
"""Of the gradient's length (Sobel, of levels 0..255): an edge begins above the higher, and goes on above the lower.
Half of what ControlNets of edges were taught with, on photographs: painted pictures are softer."""
BLUR = 1.0


def edges_of(
    rgb: NDArray[np.uint8], low: float = LOW, high: float = HIGH, blur: float = BLUR
) -> NDArray[np.uint8]:
    """uint8 [h, w]: 255 on lines a pixel wide, 0 elsewhere, of uint8 [h, w, 3]. blur: standard deviation in pixels that
    noise is smoothed over first, 0 for none."""
    grey = grey_of(rgb)
    if blur > 0:
        grey = blurred(grey[..., None], blur)[..., 0]
    across, down = _sobel(grey, 1), _sobel(grey, 0)
    strength = np.hypot(across, down)
    thin = np.where(_on_ridge(strength, across, down), strength, 0)
    return np.where(_connected(thin >= high, thin >= low), np.uint8(255), np.uint8(0))


def _sobel(grey: Values, axis: int) -> Values:
    """The derivative along an axis, [1 2 1] across it; the border goes on as it is."""
    padded = np.pad(grey, 1, mode="edge")
    step = padded[:, 2:] - padded[:, :-2] if axis == 1 else padded[2:] - padded[:-2]
    if axis == 1:
        return step[:-2] + 2 * step[1:-1] + step[2:]
    return step[:, :-2] + 2 * step[:, 1:-1] + step[:, 2:]


def _on_ridge(strength: Values, across: Values, down: Values) -> NDArray[np.bool_]:
    """Where no neighbour along the gradient (one of four directions) is stronger."""
    height, width = strength.shape
    padded = np.pad(strength, 1)
    angle = np.arctan2(down, across) % np.pi
    sector = np.rint(angle / (np.pi / 4)).astype(np.intp) % 4
    kept = np.zeros(strength.shape, bool)
    for number, (dy, dx) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        ahead = padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        before = padded[1 - dy : 1 - dy + height, 1 - dx : 1 - dx + width]
        kept |= (sector == number) & (strength > before) & (strength >= ahead)
    return kept & (strength > 0)


def _connected(strong: NDArray[np.bool_], weak: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What of `weak` hangs together with anything strong, by sides and corners."""
    height, width = weak.shape
    found = np.pad(strong, 1)
    open_ = np.pad(weak, 1)
    rows, columns = np.nonzero(found)
    while rows.size:
        near: list[tuple[Values, Values]] = []
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                y, x = rows + dy, columns + dx
                fresh = open_[y, x] & ~found[y, x]
                y, x = y[fresh], x[fresh]
                found[y, x] = True
                near.append((y, x))
        rows = np.concatenate([y for y, _ in near])
        columns = np.concatenate([x for _, x in near])
    return found[1 : height + 1, 1 : width + 1]
