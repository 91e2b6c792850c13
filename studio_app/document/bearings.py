"""Where a canvas lies on the first one of its work: what was made before it was cropped, extended or stretched still
finds its place."""

from __future__ import annotations

from dataclasses import dataclass

from studio_app.document.planes import Rect

Place = tuple[float, float, float, float]
"""x, y, width, height in pixels of the first canvas."""


@dataclass(frozen=True)
class Bearings:
    """x, y: of the canvas's corner on the first canvas. across, down: pixels of the first one per pixel of this."""

    x: float = 0.0
    y: float = 0.0
    across: float = 1.0
    down: float = 1.0

    def place(self, rect: Rect) -> Place:
        """Of a rectangle of this canvas."""
        x, y, width, height = rect
        return (
            self.x + x * self.across,
            self.y + y * self.down,
            width * self.across,
            height * self.down,
        )

    def rect(self, place: Place) -> Rect:
        """Where that is on this canvas, or beside it."""
        left, top = (place[0] - self.x) / self.across, (place[1] - self.y) / self.down
        right, bottom = left + place[2] / self.across, top + place[3] / self.down
        x, y = round(left), round(top)
        return x, y, max(round(right) - x, 1), max(round(bottom) - y, 1)

    def cut(self, x: int, y: int) -> Bearings:
        """Of a canvas that begins there on this one."""
        return Bearings(self.x + x * self.across, self.y + y * self.down, self.across, self.down)

    def stretched(self, wide: float, high: float) -> Bearings:
        """Of a canvas that is so many times as wide and high."""
        return Bearings(self.x, self.y, self.across / wide, self.down / high)


AT_HOME = Bearings()
"""Of a canvas that is the first one."""
