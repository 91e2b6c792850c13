"""Which layer is drawn on, with what: the state of the tools, shared by the canvas and its options."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

from PySide6.QtCore import QObject, Signal

from studio_app.document.layers import LayerName
from studio_app.document.strokes import Brush

Tool = Literal["brush", "eraser", "picker"]
TOOLS: tuple[Tool, ...] = get_args(Tool)
MIN_SIZE, MAX_SIZE = 1.0, 256.0
HARDNESS_STEP = 0.1
VALUE_STEP = 0.05
Colour = tuple[int, int, int]


class ToolState(QObject):
    """One brush per layer, so that a colour brush does not change the depth brush. `changed` after any
    change. On the pose layer the tool is the hand that drags joints, whatever `tool` says.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layer: LayerName = "depth"
        self._tool: Tool = "brush"
        self._brushes: dict[LayerName, Brush] = {
            "depth": Brush(size=36, hardness=0.4, value=0.8),
            "colour": Brush(size=28, hardness=0.6, colour=(196, 120, 58)),
            "mask": Brush(size=48, hardness=0.7, value=1.0, pressure_size=False),
            "pose": Brush(),
        }
        self._eraser_sizes: dict[LayerName, float] = {}

    @property
    def layer(self) -> LayerName:
        return self._layer

    @property
    def tool(self) -> Tool:
        return self._tool

    @property
    def brush(self) -> Brush:
        """What a stroke on the current layer is made with; the eraser has a size of its own."""
        brush = self._brushes[self._layer]
        if self._tool == "eraser":
            size = self._eraser_sizes.get(self._layer, brush.size)
            return replace(brush, eraser=True, size=size)
        return brush

    def set_layer(self, layer: LayerName) -> None:
        if layer != self._layer:
            self._layer = layer
            if self._tool == "picker" and layer in ("mask", "pose"):
                self._tool = "brush"
            self.changed.emit()

    def set_tool(self, tool: Tool) -> None:
        if tool != self._tool:
            self._tool = tool
            self.changed.emit()

    def set_size(self, size: float) -> None:
        """Diameter in picture pixels."""
        size = min(max(size, MIN_SIZE), MAX_SIZE)
        if self._tool == "eraser":
            self._eraser_sizes[self._layer] = size
            self.changed.emit()
        else:
            self._set(size=size)

    def scale_size(self, steps: int) -> None:
        """Larger or smaller by steps that feel alike at every size: at least one pixel each."""
        size = self.brush.size
        for _ in range(abs(steps)):
            size = max(size * 1.15, size + 1) if steps > 0 else min(size / 1.15, size - 1)
        self.set_size(round(size))

    def set_hardness(self, hardness: float) -> None:
        self._set(hardness=min(max(hardness, 0.0), 1.0))

    def set_opacity(self, opacity: float) -> None:
        self._set(opacity=min(max(opacity, 0.01), 1.0))

    def set_value(self, value: float) -> None:
        """Depth that the brush paints: 1 near, 0 background."""
        self._set(value=min(max(value, 0.0), 1.0))

    def set_colour(self, colour: Colour) -> None:
        """R, G, B 0..255 of the colour brush."""
        red, green, blue = (min(max(int(part), 0), 255) for part in colour)
        self._brushes["colour"] = replace(self._brushes["colour"], colour=(red, green, blue))
        self.changed.emit()

    @property
    def colour(self) -> Colour:
        return self._brushes["colour"].colour

    def set_pressure(self, *, size: bool | None = None, opacity: bool | None = None) -> None:
        """What the pen's pressure acts on."""
        brush = self._brushes[self._layer]
        self._set(
            pressure_size=brush.pressure_size if size is None else size,
            pressure_opacity=brush.pressure_opacity if opacity is None else opacity,
        )

    def _set(self, **values: float | bool) -> None:
        brush = self._brushes[self._layer]
        after = replace(brush, **values)  # pyright: ignore[reportArgumentType]
        if after != brush:
            self._brushes[self._layer] = after
            self.changed.emit()
