"""Strokes: from samples of a pen to dabs, and from dabs to pixels.

A stroke is a wash: within one stroke the dabs' coverage adds up to the brush's opacity and no further,
whatever the speed of the hand. Straight alpha throughout (Porter and Duff's `over`): an eraser takes
coverage away and leaves the values under it as they were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.document import Document
from studio_app.document.layers import ColourLayer, DepthLayer, LayerName, MaskLayer

Rect = tuple[int, int, int, int]
"""x, y, width, height in pixels; width 0 means nowhere."""

NOWHERE: Rect = (0, 0, 0, 0)
_SPACING = 0.12
"""Distance of dabs in diameters: from 0.15 on, a soft stroke looks like beads."""
_LEAST_PRESSURE = 0.02


@dataclass(frozen=True)
class Brush:
    """size: diameter in picture pixels at full pressure. hardness: 0 (soft to the middle) .. 1 (crisp).

    value: depth (or mask) 0..1. colour: R, G, B 0..255, for the colour layer. opacity: 0..1.
    eraser: takes away: to unknown, to transparent, to "keep". pressure_size, pressure_opacity: what the
    pen's pressure acts on.
    """

    size: float = 24.0
    hardness: float = 0.5
    value: float = 0.7
    opacity: float = 1.0
    eraser: bool = False
    colour: tuple[int, int, int] = (128, 128, 128)
    pressure_size: bool = True
    pressure_opacity: bool = False


@dataclass(frozen=True)
class Sample:
    """Where the pen was: x, y in picture pixels (pixel centres at +0.5), pressure 0..1."""

    x: float
    y: float
    pressure: float = 1.0


def union(a: Rect, b: Rect) -> Rect:
    """The smallest rectangle around both."""
    if a[2] <= 0 or a[3] <= 0:
        return b
    if b[2] <= 0 or b[3] <= 0:
        return a
    x, y = min(a[0], b[0]), min(a[1], b[1])
    right, bottom = max(a[0] + a[2], b[0] + b[2]), max(a[1] + a[3], b[1] + b[3])
    return x, y, right - x, bottom - y


class Stroke:
    """One stroke on one layer, from its first sample to its last. Belongs to one thread.

    `extend` returns the document with everything drawn so far, and the pixels that changed; the document
    it began with is never written into.
    """

    def __init__(self, document: Document, layer: LayerName, brush: Brush, first: Sample) -> None:
        if layer == "pose":
            raise ValueError("a pose is dragged, not painted")
        self.layer: LayerName = layer
        self.before = document
        self.dirty: Rect = NOWHERE
        width, height = document.size
        self._brush = brush
        self._coverage = np.zeros((height, width), np.float32)
        self._last = first
        self._ahead = 0.0
        self._first = True

    def extend(self, document: Document, sample: Sample) -> tuple[Document, Rect]:
        """Goes on to `sample`. document: the newest; its layer is what the last `extend` returned."""
        dirty = NOWHERE
        for dab in self._dabs(sample):
            dirty = union(dirty, self._stamp(dab))
        self.dirty = union(self.dirty, dirty)
        if dirty[2] == 0:
            return document, dirty
        layer = self._painted(document, dirty)
        return document.with_layer(self.layer, layer), dirty

    def _dabs(self, sample: Sample) -> list[Sample]:
        """The dabs from the last sample to this one, evenly spaced along the way."""
        if self._first:
            self._first = False
            self._last = sample
            self._ahead = self._step(sample.pressure)
            return [sample]
        last = self._last
        length = float(np.hypot(sample.x - last.x, sample.y - last.y))
        dabs: list[Sample] = []
        at = self._ahead
        while at <= length:
            share = at / length if length > 0 else 1.0
            pressure = last.pressure + share * (sample.pressure - last.pressure)
            dab = Sample(
                last.x + share * (sample.x - last.x), last.y + share * (sample.y - last.y), pressure
            )
            dabs.append(dab)
            at += self._step(pressure)
        self._ahead = at - length
        self._last = sample
        return dabs

    def _step(self, pressure: float) -> float:
        return max(self._size(pressure) * _SPACING, 0.5)

    def _size(self, pressure: float) -> float:
        if not self._brush.pressure_size:
            return max(self._brush.size, 1.0)
        return max(self._brush.size * max(min(pressure, 1.0), _LEAST_PRESSURE), 1.0)

    def _stamp(self, dab: Sample) -> Rect:
        """Raises the coverage to the dab's; returns where."""
        brush = self._brush
        strength = brush.opacity
        if brush.pressure_opacity:
            strength *= max(min(dab.pressure, 1.0), _LEAST_PRESSURE)
        # Quarter pixels are as fine as an eye can tell, and few enough to be kept.
        size = max(round(self._size(dab.pressure) * 2) / 2, 1.0)
        left, top = dab.x - size / 2 - 1, dab.y - size / 2 - 1
        x, y = int(np.floor(left)), int(np.floor(top))
        fraction = (round((left - x) * 4) / 4, round((top - y) * 4) / 4)
        tip = dab_tip(size, round(brush.hardness, 2), *fraction)
        height, width = self._coverage.shape
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + tip.shape[1], width), min(y + tip.shape[0], height)
        if x0 >= x1 or y0 >= y1:
            return NOWHERE
        part = self._coverage[y0:y1, x0:x1]
        np.maximum(part, tip[y0 - y : y1 - y, x0 - x : x1 - x] * np.float32(strength), out=part)
        return x0, y0, x1 - x0, y1 - y0

    def _painted(self, document: Document, rect: Rect) -> DepthLayer | ColourLayer | MaskLayer:
        x, y, width, height = rect
        here = (slice(y, y + height), slice(x, x + width))
        coverage = self._coverage[here]
        brush = self._brush
        if self.layer == "mask":
            target = 0.0 if brush.eraser else 255.0
            old = self.before.mask.pixels[here].astype(np.float32)
            pixels = document.mask.pixels.copy()
            pixels[here] = np.rint(old + coverage * (target - old)).astype(np.uint8)
            return replace(document.mask, pixels=pixels)
        if self.layer == "depth":
            old_known = self.before.depth.known[here].astype(np.float32) / 255
            known = document.depth.known.copy()
            value = document.depth.value.copy()
            drawn, alpha = _over(
                self.before.depth.value[here][..., None],
                old_known,
                np.array([brush.value], np.float32),
                coverage,
                brush.eraser,
            )
            value[here] = np.clip(drawn[..., 0], 0, 1)
            known[here] = np.rint(alpha * 255).astype(np.uint8)
            return replace(document.depth, value=value, known=known)
        before = self.before.colour.rgba[here]
        rgba = document.colour.rgba.copy()
        drawn, alpha = _over(
            before[..., :3].astype(np.float32),
            before[..., 3].astype(np.float32) / 255,
            np.array(brush.colour, np.float32),
            coverage,
            brush.eraser,
        )
        rgba[here] = np.rint(np.dstack([drawn, alpha * 255])).clip(0, 255).astype(np.uint8)
        return replace(document.colour, rgba=rgba)


def _over(
    old: NDArray[Any],
    alpha: NDArray[Any],
    paint: NDArray[Any],
    coverage: NDArray[Any],
    eraser: bool,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Paint over old [h, w, C] of straight alpha [h, w]; both of the result."""
    if eraser:
        return old, alpha * (1 - coverage)
    kept = alpha * (1 - coverage)
    total = coverage + kept
    weight = np.divide(coverage, total, out=np.zeros_like(total), where=total > 0)[..., None]
    return old + weight * (paint - old), total


@lru_cache(maxsize=512)
def dab_tip(size: float, hardness: float, fx: float, fy: float) -> NDArray[np.float32]:
    """float32 coverage 0..1 of one dab, a pixel wider on every side; (fx, fy) its shift within a pixel.

    Full up to `hardness` of the radius, then a smoothstep to 0; at least one pixel of soft edge.
    """
    side = int(np.ceil(size)) + 3
    centre_x, centre_y = size / 2 + 1 + fx, size / 2 + 1 + fy
    x = np.arange(side, dtype=np.float32)[None, :] + np.float32(0.5 - centre_x)
    y = np.arange(side, dtype=np.float32)[:, None] + np.float32(0.5 - centre_y)
    radius = size / 2
    inner = min(radius * min(max(hardness, 0.0), 1.0), radius - 0.5)
    share = np.clip((radius + 0.5 - np.hypot(x, y)) / (radius + 0.5 - inner), 0, 1)
    tip: NDArray[Any] = (share * share * (3 - 2 * share)).astype(np.float32)
    tip.flags.writeable = False
    return tip
