"""The blend modes of OpenRaster, on numpy: what a layer makes of what lies below it.

After the W3C's "Compositing and Blending Level 1" (sections 9 and 10), under CSS's names, and as Krita shows them, to 2
of 255, but for `plus`, which it clips before it fades. Values are those that a screen shows, 0..1. A mode of three
channels (hue and its kin) is `normal` on a plane of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]
"""float32, 0..1"""
Blend = Literal[
    "normal", "multiply", "screen", "overlay", "darken", "lighten", "color-dodge", "color-burn",
    "hard-light", "soft-light", "difference", "hue", "saturation", "color", "luminosity", "plus",
    "dst-in", "dst-out", "src-atop", "dst-atop",
]  # fmt: skip
BLENDS: tuple[Blend, ...] = get_args(Blend)
SVG_NAMES: Mapping[Blend, str] = {
    blend: "svg:src-over" if blend == "normal" else f"svg:{blend}" for blend in BLENDS
}
"""As OpenRaster calls them."""
_LEAST = np.finfo(np.float32).tiny
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Of ITU-R BT.601, as Krita has it; the W3C rounds it to two digits, which is seen by up to 4 of 255."""


def composited(
    below: tuple[Values, Values], colour: Values, alpha: Values, blend: Blend = "normal"
) -> tuple[Values, Values]:
    """What lies below with one more sheet on it: (premultiplied [h, w, C], alpha [h, w, 1]), both times.

    colour: [h, w, C], not premultiplied; alpha: [h, w, 1].
    """
    under, cover = below
    if blend in _COMPOSITE:
        keep, take = _COMPOSITE[blend]
        here, there = take(cover), keep(alpha)
        total = np.minimum(alpha * here + cover * there, 1)
        return np.minimum(alpha * here * colour + under * there, 1), total
    mixed = colour
    if blend != "normal":
        ground = unmultiplied(under, cover)
        mixed = colour + cover * (blended(ground, colour, blend) - colour)
    return alpha * mixed + (1 - alpha) * under, alpha + cover * (1 - alpha)


def unmultiplied(values: Values, alpha: Values) -> Values:
    """Premultiplied values, by their alpha; 0 where that is 0. Numpy's `where` would take four times as long."""
    return values / np.maximum(alpha, _LEAST)


def blended(below: Values, above: Values, blend: Blend) -> Values:
    """The blend function B(below, above) of two opaque sheets [h, w, C]."""
    if blend in _WHOLE_COLOURS and below.shape[-1] == 3:
        return _WHOLE_COLOURS[blend](below, above)
    mix = _SEPARABLE.get(blend)
    return above if mix is None else mix(below, above)


def _overlay(below: Values, above: Values) -> Values:
    return _hard_light(above, below)


def _hard_light(below: Values, above: Values) -> Values:
    light = 2 * above - 1
    return np.where(above <= 0.5, below * 2 * above, below + light - below * light)


def _soft_light(below: Values, above: Values) -> Values:
    deep = ((16 * below - 12) * below + 4) * below
    root = np.where(below <= 0.25, deep, np.sqrt(np.maximum(below, 0)))
    darker = below - (1 - 2 * above) * below * (1 - below)
    return np.where(above <= 0.5, darker, below + (2 * above - 1) * (root - below))


def _dodge(below: Values, above: Values) -> Values:
    share = below / np.maximum(1 - above, 1e-6)
    return np.where(below <= 0, 0, np.where(above >= 1, 1, np.minimum(share, 1)))


def _burn(below: Values, above: Values) -> Values:
    share = 1 - np.minimum((1 - below) / np.maximum(above, 1e-6), 1)
    return np.where(below >= 1, 1, np.where(above <= 0, 0, share))


_SEPARABLE: Mapping[str, Callable[[Values, Values], Values]] = {
    "multiply": lambda below, above: below * above,
    "screen": lambda below, above: below + above - below * above,
    "overlay": _overlay,
    "darken": np.minimum,
    "lighten": np.maximum,
    "color-dodge": _dodge,
    "color-burn": _burn,
    "hard-light": _hard_light,
    "soft-light": _soft_light,
    "difference": lambda below, above: np.abs(below - above),
}


def _luminosity(colour: Values) -> Values:
    return (colour @ _LUMINANCE)[..., None]


def _saturation(colour: Values) -> Values:
    return colour.max(-1, keepdims=True) - colour.min(-1, keepdims=True)


def _lit(colour: Values, luminosity: Values) -> Values:
    """The colour with another luminosity, brought back into 0..1."""
    colour = colour + (luminosity - _luminosity(colour))
    light = _luminosity(colour)
    low, high = colour.min(-1, keepdims=True), colour.max(-1, keepdims=True)
    raised = light + (colour - light) * light / np.maximum(light - low, 1e-6)
    colour = np.where(low < 0, raised, colour)
    lowered = light + (colour - light) * (1 - light) / np.maximum(high - light, 1e-6)
    return np.where(high > 1, lowered, colour)


def _saturated(colour: Values, saturation: Values) -> Values:
    """The colour with another saturation: its least channel 0, its greatest that, the middle between as it was."""
    low = colour.min(-1, keepdims=True)
    span = colour.max(-1, keepdims=True) - low
    return np.divide((colour - low) * saturation, span, out=np.zeros_like(colour), where=span > 0)


_WHOLE_COLOURS: Mapping[str, Callable[[Values, Values], Values]] = {
    "hue": lambda below, above: _lit(_saturated(above, _saturation(below)), _luminosity(below)),
    "saturation": lambda below, above: _lit(
        _saturated(below, _saturation(above)), _luminosity(below)
    ),
    "color": lambda below, above: _lit(above, _luminosity(below)),
    "luminosity": lambda below, above: _lit(below, _luminosity(above)),
}

_COMPOSITE: Mapping[str, tuple[Callable[[Values], Values], Callable[[Values], Values]]] = {
    "plus": (np.ones_like, np.ones_like),
    "dst-in": (lambda alpha: alpha, np.zeros_like),
    "dst-out": (lambda alpha: 1 - alpha, np.zeros_like),
    "src-atop": (lambda alpha: 1 - alpha, lambda cover: cover),
    "dst-atop": (lambda alpha: alpha, lambda cover: 1 - cover),
}
"""What of the ground is kept, by the alpha of the sheet; what of the sheet is taken, by that of the ground."""
