"""What a stroke is made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from studio_app.document.painting import MODES, Mode
from studio_app.document.pressure import STRAIGHT, Curve, curve_from

MIN_SIZE, MAX_SIZE = 1.0, 256.0
MOST_STEADY = 100


@dataclass(frozen=True)
class Brush:
    """size: diameter in picture pixels at full pressure. hardness: 0 (soft to the middle) .. 1 (crisp).

    value: depth (or mask) 0..1. colour: R, G, B 0..255, for colours. opacity: 0..1.
    eraser: takes away: to unknown, to transparent, to "keep". mode, amount: what it does to the pixels, and by how much
    (0..1) where it shifts them. pressure_size, pressure_opacity, pressure_value: what the pen's pressure acts on,
    each by its curve. steady: 0 (as the hand is) .. 100, see `steadying`.
    """

    size: float = 24.0
    hardness: float = 0.5
    value: float = 0.7
    opacity: float = 1.0
    eraser: bool = False
    colour: tuple[int, int, int] = (128, 128, 128)
    pressure_size: bool = True
    pressure_opacity: bool = False
    pressure_value: bool = False
    size_curve: Curve = STRAIGHT
    opacity_curve: Curve = STRAIGHT
    value_curve: Curve = STRAIGHT
    steady: int = 0
    mode: Mode = "paint"
    amount: float = 0.2


_RANGES = {
    "size": (MIN_SIZE, MAX_SIZE),
    "hardness": (0.0, 1.0),
    "value": (0.0, 1.0),
    "opacity": (0.01, 1.0),
    "amount": (0.01, 1.0),
}
PRESSURES = ("size", "opacity", "value")
"""What pressure can act on: a brush's `pressure_X` says whether, its `X_curve` how."""


def brush_from(value: Any, usual: Brush) -> Brush:
    """Of what was read from a file; whatever of it makes no sense is as in the usual one."""
    given: Mapping[str, Any] = (
        cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
    )
    changes: dict[str, Any] = {}
    for name, (low, high) in _RANGES.items():
        number = number_in(given.get(name), low, high)
        if number is not None:
            changes[name] = number
    for name in PRESSURES:
        if isinstance(given.get(f"pressure_{name}"), bool):
            changes[f"pressure_{name}"] = given[f"pressure_{name}"]
        curve = curve_from(given.get(f"{name}_curve"))
        if curve is not None:
            changes[f"{name}_curve"] = curve
    steady = number_in(given.get("steady"), 0, MOST_STEADY)
    if steady is not None:
        changes["steady"] = round(steady)
    if given.get("mode") in MODES:
        changes["mode"] = given["mode"]
    colour = colour_from(given.get("colour"))
    if colour is not None:
        changes["colour"] = colour
    return replace(usual, **changes)


def colour_from(value: Any) -> tuple[int, int, int] | None:
    """R, G, B 0..255 of what was read from a file; None where it is none."""
    if not isinstance(value, list | tuple):
        return None
    parts = [number_in(part, 0, 255) for part in cast("list[Any]", value)]
    if len(parts) != 3 or None in parts:
        return None
    red, green, blue = (int(part or 0) for part in parts)
    return red, green, blue


def number_in(value: Any, low: float, high: float) -> float | None:
    """A number in its range, or None for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if low <= value <= high else None
