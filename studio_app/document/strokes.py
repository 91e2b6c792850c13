"""Strokes: from samples of a pen to dabs, and from dabs to pixels.

A stroke is a wash: within one stroke the dabs' coverage adds up to the brush's opacity and no further,
whatever the speed of the hand. Straight alpha throughout (Porter and Duff's `over`): an eraser takes
coverage away and leaves the values under it as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import floor, hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.brushes import Brush
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.contents.sheets import painted_cover
from studio_app.document.coverage import Coverage
from studio_app.document.curves import Place, Way, way_between
from studio_app.document.document import Document
from studio_app.document.planes import NOWHERE, Rect, union
from studio_app.document.pressure import effect_of
from studio_app.document.selections import within
from studio_app.document.settings import Settings
from studio_app.document.stack import Item, Node, Stack
from studio_app.document.symmetry import Flip, Symmetry

_SPACING = 0.12
"""Distance of dabs in diameters: from 0.15 on, a soft stroke looks like beads."""
_LEAST_PRESSURE = 0.02
_SPIKE = 1.5
"""Pens may begin with a pressure that the hand never had: one so many times the next is taken for it."""
_Tip = tuple[NDArray[np.float32], Rect, tuple[int, int]]
_STILL = 0.25
"""Pixels within which the pen rests."""


@dataclass(frozen=True)
class Sample:
    """Where the pen was: x, y in picture pixels (pixel centres at +0.5), pressure 0..1."""

    x: float
    y: float
    pressure: float = 1.0


class Stroke:
    """One stroke on one node, from its first sample to its last. Belongs to one thread.

    `extend` returns the document with everything drawn so far, and the pixels that changed; the document
    it began with is never written into. The way goes through the samples as a curve (`curves`). Its last part
    can only be guessed until the next sample tells how it goes on: it is drawn at once, so that the paint is
    where the pen is, and drawn anew then.
    """

    def __init__(
        self,
        document: Document,
        target: str,
        brush: Brush,
        *,
        mask: bool = False,
        symmetry: Symmetry | None = None,
    ) -> None:
        """target: a node's id, or a kind: then its topmost node. mask: on the mask of that node, or of a group, where
        paint shows and an eraser hides. symmetry: every dab has images. KeyError where there is none; ValueError for
        one that is not painted."""
        found = document.stack.resolve(target)
        item = document.stack.find(target) or found if mask else found
        if item is None or (mask and item.mask is None):
            raise KeyError(target)
        if found is not None and not mask and not found.content.paintable:
            raise ValueError(f"{found.kind} is not painted")
        self.node = item.id
        self._item = item
        self._on_mask = mask
        self.dirty: Rect = NOWHERE
        self.touched: tuple[Rect, ...] = ()
        self._brush = brush
        self._symmetry = symmetry or Symmetry(0, 0)
        self._fresh: list[Rect] = [NOWHERE for _ in self._symmetry.flips]
        """What the last `extend` has changed: of each image a rectangle, as they may lie far apart."""
        self._coverage = Coverage(*document.canvas)
        self._selection = document.selection
        self._places: Way = []
        """The last three; what lies before the last but one is drawn for good."""
        self._ahead = 0.0
        """Distance from the last but one place to the next dab."""
        self._shades = Coverage(*document.canvas) if brush.pressure_value else None
        """What share of its value the brush left, where pressure acts on that."""
        self._guess: list[tuple[Rect, NDArray[np.float32], NDArray[np.float32] | None]] = []
        """Where the last part is drawn, and the coverage and shades that were there before it."""

    def extend(self, document: Document, *samples: Sample) -> tuple[Document, Rect]:
        """Goes on to the samples, in order. document: the newest; its node is what the last `extend` returned."""
        self.touched = ()
        if all(self._rests(sample) for sample in samples):
            return document, NOWHERE
        self._fresh = [NOWHERE for _ in self._fresh]
        self._take_back()
        for sample in samples:
            self._add((sample.x, sample.y, sample.pressure))
        self._draw_guess()
        self.touched = tuple(rect for rect in self._fresh if rect[2] > 0)
        dirty = NOWHERE
        for rect in self.touched:
            dirty = union(dirty, rect)
        self.dirty = union(self.dirty, dirty)
        if dirty[2] == 0:
            return document, dirty
        stack = document.stack
        for rect in self.touched:
            stack = stack.mapped(self.node, lambda now, rect=rect: self._painted(now, rect))
        return replace(document, stack=stack), dirty

    def _painted(self, now: Item, dirty: Rect) -> Item:
        before, coverage, brush = self._item, self._cover(dirty), self._brush
        if self._on_mask:
            assert now.mask is not None
            assert before.mask is not None
            return replace(
                now,
                mask=painted_cover(now.mask, before.mask, dirty, coverage, eraser=brush.eraser),
            )
        assert isinstance(now, Node)
        assert isinstance(before, Node)
        content = now.content.painted(
            before.content,
            dirty,
            coverage,
            brush,
            alpha_lock=before.alpha_lock,
            paint=self._paint(before, dirty),
        )
        return replace(now, content=content)

    def _paint(self, before: Node, rect: Rect) -> NDArray[np.float32] | None:
        """Of each pixel, where pressure acts on the value; None: the brush's everywhere."""
        if self._shades is None or self._brush.eraser:
            return None
        own = np.asarray(before.content.paint_of(self._brush), np.float32)
        return self._shades.read(rect)[..., None] * own

    def _cover(self, rect: Rect) -> NDArray[np.float32]:
        """Of the stroke, where it is allowed to paint."""
        return within(self._selection, rect, self._coverage.read(rect))

    def coverage(self, rect: Rect) -> NDArray[np.float32]:
        """How far it covers the pixels of a rectangle so far, 0..1 [h, w]."""
        return self._coverage.read(rect)

    def _rests(self, sample: Sample) -> bool:
        """Whether nothing comes of it: the pen is where it was, and presses no harder."""
        if not self._places:
            return False
        x, y, pressure = self._places[-1]
        return hypot(sample.x - x, sample.y - y) < _STILL and sample.pressure <= pressure

    def _add(self, place: Place) -> None:
        """One more place; draws for good what it makes certain."""
        places = self._places
        if not places:
            places.append(place)
            return
        last = places[-1]
        if hypot(place[0] - last[0], place[1] - last[1]) < _STILL:
            if place[2] > last[2]:  # else it rests: see `_rests`
                places[-1] = (last[0], last[1], place[2])  # pressed harder on the spot
                if len(places) > 1:
                    self._stamp(places[-1])
            return
        places.append(place)
        if len(places) == 2:
            moved = hypot(place[0] - last[0], place[1] - last[1])
            if place[2] * _SPIKE < last[2] and moved < self._brush.size:
                last = places[0] = (last[0], last[1], place[2])
            self._ahead = self._step(last[2])
            self._stamp(last)
            return
        way = way_between(places[-4] if len(places) > 3 else None, *places[-3:])
        dabs, self._ahead = self._dabs(way, self._ahead)
        del places[:-3]
        for dab in dabs:
            self._stamp(dab)

    def _draw_guess(self) -> None:
        places = self._places
        dabs: Way = []
        if len(places) > 1:
            before = places[-3] if len(places) > 2 else None
            dabs, _ = self._dabs(way_between(before, places[-2], places[-1], None), self._ahead)
        dabs.append(places[-1])
        tips = [self._tips(dab) for dab in dabs]
        for number in range(len(self._symmetry.flips)):
            rect = NOWHERE
            for one in tips:
                rect = union(rect, one[number][1])
            if rect[2] > 0:
                shades = None if self._shades is None else self._shades.read(rect)
                self._guess.append((rect, self._coverage.read(rect), shades))
        for dab, one in zip(dabs, tips, strict=True):
            self._stamp(dab, one)

    def _take_back(self) -> None:
        for rect, coverage, shades in reversed(self._guess):
            self._coverage.write(rect, coverage)
            if self._shades is not None and shades is not None:
                self._shades.write(rect, shades)
            self._touch(rect)
        self._guess.clear()

    def _touch(self, rect: Rect) -> None:
        """Adds a rectangle to that of the image which grows least by it."""
        if len(self._fresh) == 1:
            self._fresh[0] = union(self._fresh[0], rect)
            return
        grown = [union(fresh, rect) for fresh in self._fresh]
        costs = [
            g[2] * g[3] - fresh[2] * fresh[3] for g, fresh in zip(grown, self._fresh, strict=True)
        ]
        best = int(np.argmin(costs))
        self._fresh[best] = grown[best]

    def _dabs(self, way: Way, ahead: float) -> tuple[Way, float]:
        """The dabs along a way, evenly spaced, the first `ahead` pixels from its start; and how far the next
        lies beyond its end."""
        dabs: Way = []
        for (x, y, pressure), (to_x, to_y, to_pressure) in pairwise(way):
            length = hypot(to_x - x, to_y - y)
            while ahead <= length:
                share = ahead / length if length > 0 else 1.0
                pressed = pressure + share * (to_pressure - pressure)
                dabs.append((x + share * (to_x - x), y + share * (to_y - y), pressed))
                ahead += self._step(pressed)
            ahead -= length
        return dabs, ahead

    def _step(self, pressure: float) -> float:
        return max(self._size(pressure) * _SPACING, 0.5)

    def _size(self, pressure: float) -> float:
        if not self._brush.pressure_size:
            return max(self._brush.size, 1.0)
        effect = effect_of(self._brush.size_curve, pressure)
        return max(self._brush.size * max(effect, _LEAST_PRESSURE), 1.0)

    def _tips(self, dab: Place) -> list[_Tip]:
        """Of all its images."""
        return [self._tip_at(dab, flip) for flip in self._symmetry.flips]

    def _tip_at(self, dab: Place, flip: Flip) -> _Tip:
        """The tip of an image of a dab, its rectangle inside the picture, and the tip's own corner."""
        across, down = self._symmetry.place(flip, dab[0], dab[1])
        # Quarter pixels are as fine as an eye can tell, and few enough to be kept.
        size = max(round(self._size(dab[2]) * 2) / 2, 1.0)
        left, top = across - size / 2 - 1, down - size / 2 - 1
        x, y = floor(left), floor(top)
        fraction = (round((left - x) * 4) / 4, round((top - y) * 4) / 4)
        tip = dab_tip(size, round(self._brush.hardness, 2), *fraction)
        width, height = self._coverage.size
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + tip.shape[1], width), min(y + tip.shape[0], height)
        if x0 >= x1 or y0 >= y1:
            return tip, NOWHERE, (x, y)
        return tip, (x0, y0, x1 - x0, y1 - y0), (x, y)

    def _stamp(self, dab: Place, tips: list[_Tip] | None = None) -> None:
        """Raises the coverage to the dab's, and to those of its images. tips: its `_tips`, where they are known."""
        brush, pressure = self._brush, dab[2]
        strength = brush.opacity
        if brush.pressure_opacity:
            strength *= max(effect_of(brush.opacity_curve, pressure), _LEAST_PRESSURE)
        for tip, rect, (x, y) in tips or self._tips(dab):
            if rect[2] == 0:
                continue
            left, top, width, height = rect[0] - x, rect[1] - y, rect[2], rect[3]
            inner = tip[top : top + height, left : left + width] * np.float32(strength)
            if self._shades is not None:
                shade = np.float32(effect_of(brush.value_curve, pressure))
                covers = (inner > 0) & (inner >= self._coverage.read(rect))
                self._shades.write(rect, np.where(covers, shade, self._shades.read(rect)))
            self._coverage.lift(rect, inner)
            self._touch(rect)


def stroke_cover(
    brush: Brush, size: float, samples: Sequence[Sample], extent: tuple[int, int]
) -> NDArray[np.float32]:
    """How a brush of another size covers a page of that extent (width, height): float32 0..1 [h, w], on no document."""
    anything = next(content for content in CONTENTS.values() if content.paintable)
    page = Node("page", anything.blank(*extent))
    width, height = extent
    document = Document(Settings(), Stack((page,)), extent, (0, 0, width, height))
    stroke = Stroke(document, page.id, replace(brush, size=size, value=1.0, mode="paint"))
    stroke.extend(document, *samples)
    return stroke.coverage((0, 0, width, height))


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
