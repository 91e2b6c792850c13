"""Mattes: how much of each pixel a thing covers, to its very edge, and which colour it has there.

A model's own matte is right in the large and blurred at the edge, while the picture is sharp and lies over mid grey.
So the sides are parted by colour, beginning from the matte (segments.py), and in the band between them alpha follows
from the compositing equation: of I = a F + (1 - a) B both F and B are seen close by (Smith & Blinn 1996).

Own code, since pymatting brings scipy and numba (250 MB) and its closed form knows nothing of a known background;
OpenCV's GrabCut is 60 MB more and gives hard edges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio_app.core.errors import StudioError
from studio_app.export.planes import bled, largest, smallest
from studio_app.export.segments import parted
from studio_app.export.upscale import reduced

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

FAINT = 0.04
"""Alpha that is nothing yet: what a network takes for empty is never quite 0, and would lie about as dust."""

SURE = 0.75
"""Alpha from which a pixel's own colour is trusted: below, dividing by it multiplies every error."""

MAX_PIXELS = 1 << 24
_PARTED_SIDE = 640
"""Side of a square as large as the picture that is parted."""
_NOISE = 0.04
"""How far colours differ from what lies close by, 0..1: what the equation's answer is trusted by."""
_OPEN = 0.25
"""Of the parting: below this nothing is there, and above 1 less this all is."""
_BAND = 2
"""Pixels to either side of the parting, in the picture that is parted, in which the edge may lie."""
_LOOSE, _FIRM = 0.4, 0.03
"""How far alpha may move from the parting, within the band and beyond it."""


@dataclass(frozen=True, eq=False)
class Cut:
    """A thing cut out: alpha [H, W] 0..1, its colour [H, W, 3] 0..1, not multiplied, running on beyond it."""

    alpha: Plane
    colour: Plane

    def rgba(self) -> Pixels:
        """uint8 [H, W, 4], straight alpha."""
        both = np.dstack([self.colour, self.alpha])
        return np.clip(np.rint(both * 255), 0, 255).astype(np.uint8)


def matte(alpha: Plane) -> Plane:
    """Alpha 0..1 [H, W] of a network, with its ends at 0 and 1, which it never quite reaches."""
    return np.clip((alpha - FAINT) / (1 - 2 * FAINT), 0, 1).astype(np.float32)


def certainty(cover: Plane) -> Plane:
    """How far a pixel's own colour is trusted, 0..1 [H, W], by how much of it is covered."""
    return np.clip((cover - 0.25) / (SURE - 0.25), 0, 1).astype(np.float32)


def cut_out(rgb: Pixels, alpha: Plane | None = None) -> Cut:
    """The thing in a picture [H, W, 3].

    alpha: what a model's maps say, 0..1 [H, W]; without them the thing is what differs from the picture's border.
    StudioError for a picture of more than MAX_PIXELS.
    """
    height, width = rgb.shape[:2]
    if height * width > MAX_PIXELS:
        raise StudioError(
            f"{width}x{height} is too large to cut out",
            f"a picture has at most {MAX_PIXELS >> 20} million pixels for that",
            "Make it smaller.",
        )
    shown = (rgb / np.float32(255)).astype(np.float32)
    # Sides are parted in a small picture: the large one is asked only where their edge runs.
    factor = max(1, math.ceil(math.sqrt(height * width) / _PARTED_SIDE))
    small = shown
    if factor > 1:
        small = reduced(shown, (max(1, height // factor), max(1, width // factor)))
    if alpha is None:
        found = parted(small, _not_the_border(small), backgrounds=3)
    else:
        belief = matte(alpha)
        found = parted(small, belief if factor == 1 else reduced(belief, small.shape[:2]))
    if factor > 1:
        image = Image.fromarray(found).resize((width, height), Image.Resampling.BILINEAR)
        found = np.asarray(image, np.float32)
    return _at_the_edge(shown, found, _BAND * factor)


def check_matte(alpha: NDArray[np.generic]) -> None:
    """StudioError where a matte cuts nothing out: it is empty all over, or full. Takes 0..255 or 0..1."""
    values = alpha.astype(np.float64)
    top = 255.0 if alpha.dtype.kind == "u" else 1.0
    if values.max() < top / 255:
        raise StudioError(
            "Nothing is left of the picture",
            "its alpha is 0 everywhere: no thing was found in it",
            "Draw one thing, as an isolated picture, and export that.",
        )
    if values.min() > top * 254 / 255:
        raise StudioError(
            "The picture has no background to cut away",
            "its alpha is full everywhere",
            "Draw one thing, as an isolated picture, or export this as a picture.",
        )


def _at_the_edge(shown: Plane, found: Plane, reach: int) -> Cut:
    """Alpha and colour from the compositing equation, where the parting leaves them open.

    reach: pixels to either side of the parting in which the edge may lie.
    """
    # What is more one side's than the other's is that side's: only an edge lies between.
    found = np.clip((found - _OPEN) / (1 - 2 * _OPEN), 0, 1).astype(np.float32)
    whole = (found > 0.5).astype(np.float32)
    band = (smallest(whole, reach) < 1) & (largest(whole, reach) > 0)
    empty = np.clip((0.1 - largest(found, reach)) / 0.1, 0, 1)
    behind = bled(shown, empty)
    freedom = np.where(band, _LOOSE, _FIRM) ** 2
    alpha = found
    for _ in range(3):
        inside = np.clip((smallest(alpha, 1) - 0.8) / 0.2, 0, 1)
        way = bled(shown, inside) - behind
        length = np.square(way).sum(2)
        seen = np.clip(((shown - behind) * way).sum(2) / np.maximum(length, 1e-5), 0, 1)
        doubt = _NOISE**2 / np.maximum(length, 1e-5)
        alpha = (found / freedom + seen / doubt) / (1 / freedom + 1 / doubt)
        alpha = np.clip(alpha, 0, 1).astype(np.float32)
    alpha = np.clip((alpha - 0.02) / 0.96, 0, 1).astype(np.float32)
    straight = (shown - (1 - alpha[..., None]) * behind) / np.maximum(alpha, 0.05)[..., None]
    colour = bled(np.clip(straight, 0, 1).astype(np.float32), certainty(alpha))
    return Cut(alpha, colour)


def _not_the_border(shown: Plane) -> Plane:
    """A first belief without a matte: the frame is background, and what is like it; the rest is open."""
    height, width = shown.shape[:2]
    rim = max(1, min(height, width) // 64)
    frame = np.ones((height, width), bool)
    frame[rim:-rim, rim:-rim] = False
    # Each pixel against the frame's own colours nearest to it, so that a slope of light is no thing. How far half
    # the frame is from what the other half foretells says what is no difference.
    behind = bled(shown, frame.astype(np.float32))
    ys, xs = np.indices(frame.shape)
    other = frame & ((ys + xs) // 2 % 2 == 0)
    foretold = bled(shown, other.astype(np.float32))
    missed = np.square(shown - foretold)[frame & ~other].mean()
    apart = np.sqrt(np.square(shown - behind).mean(2)) / max(float(np.sqrt(missed)), 0.02)
    belief = np.clip((apart - 2) / 4, 0, 1) * 0.6 + 0.2
    belief[frame] = 0
    return belief.astype(np.float32)
