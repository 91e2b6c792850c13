"""How the tools are set, whatever is in hand; the next start has all of it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, cast

from PySide6.QtCore import QObject, Signal

from studio_app.document.brushes import MAX_SIZE, MIN_SIZE, brush_from, colour_from, number_in
from studio_app.document.putting import MAX_FEATHER as MAX_PUT_FEATHER
from studio_app.document.selections import How
from studio_app.ui.faces.registry import FACES

MAX_FEATHER = 64
TOLERANCE = 0.06
MOST_RECENT = 12
"""Colours."""
_SECOND: Mapping[str, Any] = {"value": 0.0, "colour": (255, 255, 255)}
"""The paint at the other end of a gradient, to begin with."""
Colour = tuple[int, int, int]


class ToolSettings(QObject):
    """`changed` after any change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._brushes = {kind: face.brush for kind, face in FACES.items()}
        self._eraser_sizes: dict[str, float] = {}
        self._seconds = {kind: replace(face.brush, **_SECOND) for kind, face in FACES.items()}
        self.outlines = False
        """Whether rectangles and ellipses are lines, as wide as the brush."""
        self.select_how: How = "replace"
        self.feather = 0
        """Pixels that the edge of a new selection is soft over."""
        self.tolerance = TOLERANCE
        self.put_feather = 0
        """Pixels that the edge of a picture runs out over that is put on the canvas."""
        self.recent: list[Colour] = []
        """The colours that were painted with, the last one first."""
        self.learned: set[str] = set()
        """Layers that have been drawn on: nobody has to be told about them any more."""

    def saved(self) -> dict[str, Any]:
        """JSON-able; the inverse of `restore`. How a selection is added is not in it: one that only takes away would
        seem to be broken the next day."""
        seconds = {
            kind: {name: getattr(second, name) for name in _SECOND}
            for kind, second in self._seconds.items()
        }
        return {
            "brushes": {layer: asdict(brush) for layer, brush in self._brushes.items()},
            "erasers": dict(self._eraser_sizes),
            "seconds": seconds,
            "outlines": self.outlines,
            "feather": self.feather,
            "tolerance": self.tolerance,
            "put_feather": self.put_feather,
            "learned": sorted(self.learned),
            "recent": list(self.recent),
        }

    def restore(self, value: Mapping[str, Any]) -> None:
        """As they were at the last start; whatever of it makes no sense stays as it is."""
        for layer in FACES:
            brush = brush_from(_mapping(value.get("brushes")).get(layer), self._brushes[layer])
            self._brushes[layer] = brush
            second = brush_from(_mapping(value.get("seconds")).get(layer), self._seconds[layer])
            self._seconds[layer] = second
            size = number_in(_mapping(value.get("erasers")).get(layer), MIN_SIZE, MAX_SIZE)
            if size is not None:
                self._eraser_sizes[layer] = size
            learned: Any = value.get("learned")
            if isinstance(learned, list) and layer in learned:
                self.learned.add(layer)
        self.outlines = value.get("outlines") is True
        self.feather = round(number_in(value.get("feather"), 0, MAX_FEATHER) or 0)
        self.put_feather = round(number_in(value.get("put_feather"), 0, MAX_PUT_FEATHER) or 0)
        tolerance = number_in(value.get("tolerance"), 0.0, 1.0)
        self.tolerance = TOLERANCE if tolerance is None else tolerance
        recent: Any = value.get("recent")
        listed = cast("list[Any]", recent)[:MOST_RECENT] if isinstance(recent, list) else []
        self.recent = [colour for colour in map(colour_from, listed) if colour is not None]
        self.changed.emit()

    def set_outlines(self, on: bool) -> None:
        if on != self.outlines:
            self.outlines = on
            self.changed.emit()

    def set_select_how(self, how: How) -> None:
        if how != self.select_how:
            self.select_how = how
            self.changed.emit()

    def set_feather(self, pixels: int) -> None:
        self.feather = min(max(pixels, 0), MAX_FEATHER)
        self.changed.emit()

    def set_tolerance(self, share: float) -> None:
        self.tolerance = min(max(share, 0.0), 1.0)
        self.changed.emit()

    def set_put_feather(self, pixels: int) -> None:
        if pixels != self.put_feather:
            self.put_feather = pixels
            self.changed.emit()


def coloured() -> list[str]:
    """The kinds that are painted in colour."""
    return [kind for kind, face in FACES.items() if "colour" in face.knobs]


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
