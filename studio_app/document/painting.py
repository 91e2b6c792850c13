"""What a brush does to the pixels under it. Values are float32 [h, w, C], coverages float32 [h, w], both 0..1, the
values not premultiplied."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.document.blending import unmultiplied

Values = NDArray[Any]
Sheet = tuple[Values, Values]
"""Values and their coverage."""

Mode = Literal["paint", "behind", "nearer", "farther", "smooth"]
"""paint: to the brush's own paint. behind: the same, where nothing nearer is. nearer, farther: by an amount. smooth:
towards what lies around it."""
MODES: tuple[Mode, ...] = get_args(Mode)
PAINTING: tuple[Mode, ...] = ("paint", "behind")
"""Those that leave the brush's own paint."""

_SMOOTHING = 1 / 6
"""Of the brush's size: how far a smoothing stroke looks around."""
MAX_SMOOTHING = 24.0


def painted_over(
    old: Values, alpha: Values, paint: Values, coverage: Values, *, eraser: bool, lock: bool
) -> Sheet:
    """Paint over old values of straight alpha; both of the result (Porter and Duff's `over`). paint: [C], or [h, w, C].
    lock: the alpha stays as it is. An eraser leaves the values under it as they were."""
    if lock:
        if eraser:
            return old, alpha
        weight = np.where(alpha > 0, coverage, 0)[..., None]
        return old + weight * (paint - old), alpha
    if eraser:
        return old, alpha * (1 - coverage)
    kept = alpha * (1 - coverage)
    total = coverage + kept
    weight = unmultiplied(coverage, total)[..., None]
    return old + weight * (paint - old), total


def shifted(old: Values, alpha: Values, coverage: Values, by: float, *, ground: bool) -> Sheet:
    """Values raised by so much (lowered, where it is negative), as far as they are covered. ground: where nothing is
    painted lies 0, and it can be raised too; else nothing happens there."""
    step = (coverage * np.float32(by))[..., None]
    if not ground:
        return np.where(alpha[..., None] > 0, np.clip(old + step, 0, 1), old), alpha
    raised = np.clip(old * alpha[..., None] + step, 0, 1)
    touched = coverage > 0
    said = touched & ((alpha > 0) | (by > 0))
    return np.where(said[..., None], raised, old), np.where(said, 1, alpha)


def smoothed(old: Values, alpha: Values, radius: float) -> Sheet:
    """Both blurred, values weighted by their coverage."""
    weight = blurred(alpha[..., None], radius)
    values = blurred(old * alpha[..., None], radius)
    mean = np.divide(values, weight, out=np.array(old), where=weight > 1e-4)
    return mean, weight[..., 0].clip(0, 1)


def mixed(one: Sheet, other: Sheet, weight: Values) -> Sheet:
    """Between two sheets, `weight` [h, w] of the way: values by how much each covers."""
    (old, alpha), (new, cover) = one, other
    share = weight[..., None]
    before, after = alpha[..., None] * (1 - share), cover[..., None] * share
    total = before + after
    between = (share > 0) & (share < 1) & (total > 1e-6)
    values = np.divide(
        old * before + new * after, total, out=np.where(share < 1, old, new), where=between
    )
    return values, cover * weight + alpha * (1 - weight)


def smoothing_radius(size: float) -> float:
    """Of a smoothing stroke with a brush of that size, in pixels."""
    return min(max(size * _SMOOTHING, 1.0), MAX_SMOOTHING)


def blurred(values: Values, radius: float) -> Values:
    """[h, w, C] blurred by a standard deviation of about `radius` pixels: three boxes after each other. What lies
    beyond the edges counts as what is next to it."""
    width = max(round(np.sqrt(12 * radius * radius / 3 + 1)), 1)
    before, after = (width - 1) // 2, width // 2
    out = values
    for _ in range(3):
        for axis in (0, 1):
            pads = [(0, 0)] * out.ndim
            pads[axis] = (before + 1, after)
            total = np.cumsum(np.pad(out, pads, mode="edge"), axis=axis, dtype=np.float64)
            length = out.shape[axis]
            high = np.take(total, range(width, width + length), axis=axis)
            low = np.take(total, range(length), axis=axis)
            out = ((high - low) / width).astype(np.float32)
        before, after = after, before  # an even box leans to one side, the next one back
    return out
