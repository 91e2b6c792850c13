"""Controls: drawings that guide a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import digest, pack, unpack
from studio_app.core.checking import (
    checked_picture,
    known_fields,
    required,
    set_number,
    unpickled,
    wrong,
)

ControlKind = Literal["depth", "pose", "edge", "normal", "reference"]
CONTROL_KINDS: tuple[ControlKind, ...] = get_args(ControlKind)
MAX_CONTROLS = 8
MAX_ARRAY = 16 << 20
"""Bytes of an array in a recipe: a drawing of 2048x2048, in float32."""


@dataclass(frozen=True, eq=False)
class Control:
    """A drawing that guides the picture.

    pixels: uint8 0..255 or float32 0..1; [H, W] for depth (1 = near, 0 = background, linear in 1/z) and
        edge (1 = a line), [H, W, 3] RGB for pose (an OpenPose picture), normal (OpenGL convention) and reference (a
        picture to be like). Any size: the engine fits it.
    known: uint8 [H, W], 255 where drawn, 0 where the artist said nothing (not: background); None = all.
    strength: 0..2. start, end: the part of the run it acts in, 0..1; it acts on the steps i of n with
        start <= i / n < end, i = 0..n-1.
    """

    kind: ControlKind
    pixels: NDArray[Any]
    known: NDArray[np.uint8] | None = None
    strength: float = 1.0
    start: float = 0.0
    end: float = 1.0
    _same_drawing: ClassVar[Control | None] = None

    def __post_init__(self) -> None:
        if self.kind not in CONTROL_KINDS:
            raise wrong("control", self.kind, "one of " + ", ".join(CONTROL_KINDS))
        planes = 2 if self.kind in ("depth", "edge") else 3
        pixels = checked_picture(self.pixels, f"{self.kind} control", planes)
        object.__setattr__(self, "pixels", pixels)
        if self.known is not None:
            known = checked_picture(self.known, "known mask", 2)
            if known.dtype != np.uint8 or known.shape != pixels.shape[:2]:
                raise wrong("known mask", known.shape, f"uint8 {pixels.shape[:2]}")
            object.__setattr__(self, "known", known)
        set_number(self, "strength", 0.0, 2.0, f"{self.kind} strength")
        set_number(self, "start", 0.0, 1.0, "control start")
        set_number(self, "end", 0.0, 1.0, "control end")
        if self.end < self.start:
            raise wrong("control end", self.end, f"at least its start, {self.start:g}")

    @cached_property
    def drawing(self) -> str:
        """Digest of what is drawn (kind, pixels, known), without how strongly it acts."""
        if self._same_drawing is not None:
            return self._same_drawing.drawing
        return digest(self.kind, self.pixels, self.known)

    def acts(self, i: int, n: int) -> bool:
        """Whether it acts on step i (0-based) of n."""
        return self.strength > 0 and begins_within(i, n, self.start, self.end)

    def acting(self, strength: float, start: float = 0.0, end: float = 1.0) -> Control:
        """The same drawing, acting so strongly on this part of the run. Its digest is computed once for both."""
        if (strength, start, end) == (self.strength, self.start, self.end):
            return self
        other = replace(self, strength=strength, start=start, end=end)
        object.__setattr__(other, "_same_drawing", self)
        return other

    @cached_property
    def digest(self) -> str:
        return digest(self.drawing, self.strength, self.start, self.end)

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Control) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __setstate__(self, state: dict[str, Any]) -> None:
        unpickled(self, state)

    def to_dict(self) -> dict[str, Any]:
        value: dict[str, Any] = {"kind": self.kind, "pixels": pack(self.pixels)}
        if self.known is not None:
            value["known"] = pack(self.known)
        return value | {"strength": self.strength, "start": self.start, "end": self.end}

    @classmethod
    def from_dict(cls, value: Any) -> Control:
        given = known_fields(cls, value, "control")
        given["pixels"] = unpack(given.get("pixels"), "control", MAX_ARRAY)
        if given.get("known") is not None:
            given["known"] = unpack(given["known"], "known mask", MAX_ARRAY)
        return cls(**required(given, "control", "kind"))


def begins_within(i: int, n: int, start: float, end: float) -> bool:
    """Whether step i (0-based) of n begins in this part of the run, 0..1."""
    return start <= i / n < end
