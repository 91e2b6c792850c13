"""What a stroke is made with."""

from __future__ import annotations

from dataclasses import dataclass

from studio_app.document.painting import Mode


@dataclass(frozen=True)
class Brush:
    """size: diameter in picture pixels at full pressure. hardness: 0 (soft to the middle) .. 1 (crisp).

    value: depth (or mask) 0..1. colour: R, G, B 0..255, for colours. opacity: 0..1.
    eraser: takes away: to unknown, to transparent, to "keep". mode, amount: what it does to the pixels, and by how much
    (0..1) where it shifts them. pressure_size, pressure_opacity: what the pen's pressure acts on.
    """

    size: float = 24.0
    hardness: float = 0.5
    value: float = 0.7
    opacity: float = 1.0
    eraser: bool = False
    colour: tuple[int, int, int] = (128, 128, 128)
    pressure_size: bool = True
    pressure_opacity: bool = False
    mode: Mode = "paint"
    amount: float = 0.2
