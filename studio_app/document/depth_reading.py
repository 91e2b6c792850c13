"""What the numbers of somebody else's depth mean, brought to ours: inverse, near = 1, background = 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.document.lens import depth_of

Near = Literal["white", "black", "distance"]
"""white: what is near is large, as with us, MiDaS and ControlNets. black: it is small. distance: the numbers are
distances from the camera, in whatever unit, as the Z of a renderer."""
NEARS: tuple[Near, ...] = get_args(Near)
_BEYOND = 1e9
"""A distance from which on there is nothing: renderers write 1e10 or infinity where they see nothing."""

Plane = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class DepthReading:
    """near: None: distances where any number lies outside 0 to 1, else white. normalise: stretched until the nearest is
    1 and the farthest 0; of distances the farthest that there is, else they recede as a new scene's lens sees them."""

    near: Near | None = None
    normalise: bool = False


AS_IT_IS = DepthReading()


def near_of(name: str) -> Near:
    """By its name, as a command line gives it. StudioError."""
    for near in NEARS:
        if near == name:
            return near
    raise StudioError(f"What is near can't be {name!r}", "it is " + ", ".join(NEARS))


def is_distance(values: Plane) -> bool:
    """Whether numbers lie outside 0 to 1, as those of a renderer's depth do; NaN are none."""
    with np.errstate(invalid="ignore"):
        return bool(((values < 0) | (values > 1)).any())


def read_as(
    values: Plane, known: Pixels | None, reading: DepthReading
) -> tuple[Plane, Pixels | None]:
    """(value, known): float32 [H, W] 0..1 and what of it is known, None for all. values: any numbers."""
    near = reading.near or ("distance" if is_distance(values) else "white")
    said = np.ones(values.shape, bool) if known is None else known > 0
    if near == "distance":
        made, said = _of_distances(values, said, far_at_last=reading.normalise), said
    else:
        made = _in_range(values, said)
        made = 1 - made if near == "black" else made
        made = _stretched(made, said) if reading.normalise else made
    return np.where(said, made, 0).astype(np.float32), known


def _of_distances(values: Plane, said: NDArray[np.bool_], *, far_at_last: bool) -> Plane:
    """Linear in 1/z: 1 at the nearest distance, 0 where nothing is."""
    with np.errstate(invalid="ignore"):
        there = said & (values > 0) & (values < _BEYOND)
    if not there.any():
        return np.zeros_like(values)
    first, last = float(values[there].min()), float(values[there].max())
    away = np.where(there, values, last).astype(
        np.float64
    )  # the least of float32 has no inverse in it
    if far_at_last and last > first:
        made = (1 / away - 1 / last) / (1 / first - 1 / last)
    else:
        made = depth_of(away / first)
    return np.where(there, made.clip(0, 1), 0).astype(np.float32)


def _in_range(values: Plane, said: NDArray[np.bool_]) -> Plane:
    """As they are where they lie in 0..1, else stretched to it; infinite ones are its ends."""
    finite = np.isfinite(values) & said
    if not finite.any():
        return np.where(values > 0, 1, 0).astype(np.float32)
    low, high = float(values[finite].min()), float(values[finite].max())
    held = np.nan_to_num(values, nan=low, posinf=high, neginf=low).clip(low, high)
    if low >= 0 and high <= 1:
        return held.astype(np.float32)
    return _stretched(held, said)


def _stretched(values: Plane, said: NDArray[np.bool_]) -> Plane:
    if not said.any():
        return values
    low, high = float(values[said].min()), float(values[said].max())
    if high <= low:
        return np.full_like(values, 1 if high > 0 else 0)
    return ((values.astype(np.float64) - low) / (high - low)).clip(0, 1).astype(np.float32)
