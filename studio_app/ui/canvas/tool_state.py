"""Which kind of layer is drawn on, and which one, with what: shared by the canvas and its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject

from studio_app.document.brush_presets import BrushPreset, applied
from studio_app.document.brushes import MAX_SIZE, MIN_SIZE, MOST_STEADY, Brush
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import Document
from studio_app.document.painting import Mode
from studio_app.document.pressure import Curve
from studio_app.document.stack import Item, Node
from studio_app.document.symmetry import Symmetry, inside, middle
from studio_app.ui.canvas.tool_settings import MOST_RECENT, Colour, ToolSettings, coloured
from studio_app.ui.canvas.tools.names import ENTRIES, MOVING
from studio_app.ui.faces.registry import FACES

Tool = str
"""A name of `tools.names.ENTRIES`."""
FIRST = "depth"
"""The kind that is in hand at a first start."""
HARDNESS_STEP = 0.1
VALUE_STEP = 0.05


class ToolState(ToolSettings):
    """One brush per kind, so that a colour brush does not change the depth brush. `changed` after any
    change. On what is not painted the tool is the hand that drags, whatever `tool` says.

    A kind is the way to one layer of it: the one that was chosen last, else the topmost.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layer = FIRST
        self._nodes: dict[str, str] = {}
        self._masked = ""
        self._tool: Tool = "brush"
        self._tool_before: Tool = "brush"
        self.mirrors = (False, False)
        """Whether left and right are painted alike, and up and down."""
        self._axes: tuple[float, float] | None = None
        """Where they were dragged to; None: the middle of the canvas."""

    def saved(self) -> dict[str, Any]:
        return {"layer": self._layer, **super().saved()}

    def restore(self, value: Mapping[str, Any]) -> None:
        layer = value.get("layer")
        if isinstance(layer, str) and layer in FACES:
            self._layer = layer
        super().restore(value)

    @property
    def layer(self) -> str:
        """The kind in hand."""
        return self._layer

    @property
    def paintable(self) -> bool:
        """Whether the layer in hand is one that is painted, or its mask is in hand."""
        return bool(self._masked) or CONTENTS[self._layer].paintable

    @property
    def paints(self) -> bool:
        """Whether what is in hand is painted with a brush."""
        return self.paintable and not self.frames

    @property
    def leaves_paint(self) -> bool:
        """Whether the tool in hand leaves paint, or takes it."""
        return self.paints and not ENTRIES[self._tool].bar

    @property
    def moves(self) -> bool:
        """Whether a tool that moves is in hand, on something that it can move."""
        return self._tool in MOVING and not self._masked and CONTENTS[self._layer].movable

    @property
    def frames(self) -> bool:
        """Whether the frame is in hand: whatever the layer is, the hand drags that."""
        return self._tool == "frame"

    @property
    def picks(self) -> bool:
        """Whether there is anything to pick on what is in hand."""
        return FACES[self._layer].pick is not None

    def suits(self, tool: Tool) -> bool:
        """Whether one can use a tool on what is in hand: a layer, or the mask of one."""
        entry = ENTRIES[tool]
        return entry.suits_masks if self._masked else entry.suits(self._layer)

    def target(self, document: Document, kind: str = "") -> str:
        """The layer in hand, or the one of another kind: its id, or the kind where none was chosen."""
        kind = kind or self._layer
        node = document.stack.node(self._nodes.get(kind, ""))
        return node.id if node is not None and node.kind == kind else kind

    def held(self, document: Document, kind: str = "") -> Node:
        """The same as a node; an empty one, where there is none of that kind."""
        return document.held(self.target(document, kind))

    def set_node(self, node: Node) -> None:
        """Takes a layer in hand."""
        known, masked = self._nodes.get(node.kind), self._masked
        self._nodes[node.kind] = node.id
        if node.kind != self._layer:
            self.set_layer(node.kind)
        elif known != node.id or masked:
            self._masked = ""
            self.changed.emit()

    @property
    def masked(self) -> str:
        """Id of the node or group whose mask is in hand, or ""."""
        return self._masked

    def mask_in_hand(self, document: Document) -> Item | None:
        """What has the mask that is painted on; None where it is no mask."""
        item = document.stack.find(self._masked) if self._masked else None
        return item if item is not None and item.mask is not None else None

    def painted(self, document: Document) -> str:
        """What a stroke is made on: the id of what has the mask in hand, else the layer as `target`."""
        item = self.mask_in_hand(document)
        return self.target(document) if item is None else item.id

    def set_mask(self, item: Item | None) -> None:
        """Takes the mask of a node or group in hand, or none: then the layer is again."""
        if isinstance(item, Node):
            self.set_node(item)
        masked = "" if item is None else item.id
        if masked != self._masked:
            self._masked = masked
            if masked and not ENTRIES[self._tool].suits_masks:
                self._tool = "brush"
            self.changed.emit()

    def follow(self, document: Document) -> None:
        """Lets go of a mask that is gone."""
        if self._masked and self.mask_in_hand(document) is None:
            self.set_mask(None)

    @property
    def tool(self) -> Tool:
        return self._tool

    @property
    def second(self) -> Brush:
        """Whose paint is at the other end of a gradient."""
        return self._seconds[self._layer]

    def paints_of_gradient(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The paint at both ends, as a content's `sheet`; of what has one paint only, all of it and none."""
        if self._masked:
            return (1.0,), (0.0,)
        content = CONTENTS[self._layer].blank(1, 1)
        first, last = content.paint_of(self.brush), content.paint_of(self.second)
        if not FACES[self._layer].knobs:
            last = 0 * last
        return tuple(map(float, first)), tuple(map(float, last))

    def outline_width(self) -> float:
        """Of a shape that is drawn; 0: it is full."""
        return self.brush.size if self.outlines else 0.0

    @property
    def brush(self) -> Brush:
        """What a stroke on the current layer is made with; the eraser has a size of its own."""
        brush = self._brushes[self._layer]
        if self._tool == "eraser":
            size = self._eraser_sizes.get(self._layer, brush.size)
            return replace(brush, eraser=True, size=size)
        return brush

    @property
    def mode(self) -> Mode:
        """What the brush does on the layer in hand, of what can be done to that."""
        mode = self.brush.mode
        return mode if mode in CONTENTS[self._layer].modes and not self._masked else "paint"

    def set_layer(self, layer: str) -> None:
        """Takes another kind in hand, and no mask. People and scenes have handles of their own: nothing moves them at
        first."""
        if layer != self._layer or self._masked:
            self._layer, self._masked = layer, ""
            picks = self._tool != "picker" or self.picks
            moves = self._tool in MOVING and not CONTENTS[layer].paintable
            if moves or (self.paints and not (picks and ENTRIES[self._tool].suits(layer))):
                self._tool = "brush"
            self.changed.emit()

    def set_tool(self, tool: Tool) -> None:
        if tool != self._tool:
            self._tool_before, self._tool = self._tool, tool
            self.changed.emit()

    def put_away(self, tool: Tool) -> None:
        """Takes the tool before this one in hand again."""
        if tool == self._tool:
            before = self._tool_before
            usable = before not in (tool, "picker") or (before == "picker" and self.picks)
            self.set_tool(before if usable else "brush")

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
        for kind in coloured():
            self._brushes[kind] = replace(self._brushes[kind], colour=(red, green, blue))
        self.changed.emit()

    @property
    def colour(self) -> Colour:
        return self._brushes[next(iter(coloured()))].colour

    def set_second(self, *, value: float | None = None, colour: Colour | None = None) -> None:
        """The paint at the other end of a gradient."""
        for kind in (self._layer,) if colour is None else coloured():
            second = self._seconds[kind]
            self._seconds[kind] = replace(
                second,
                value=second.value if value is None else min(max(value, 0.0), 1.0),
                colour=second.colour if colour is None else colour,
            )
        self.changed.emit()

    def set_mode(self, mode: Mode) -> None:
        """What the brush does to the pixels under it."""
        self._set(mode=mode)

    def set_amount(self, amount: float) -> None:
        """By how much it shifts them, where it does."""
        self._set(amount=min(max(amount, 0.01), 1.0))

    def set_pressure(
        self, *, size: bool | None = None, opacity: bool | None = None, value: bool | None = None
    ) -> None:
        """What the pen's pressure acts on."""
        brush = self._brushes[self._layer]
        self._set(
            pressure_size=brush.pressure_size if size is None else size,
            pressure_opacity=brush.pressure_opacity if opacity is None else opacity,
            pressure_value=brush.pressure_value if value is None else value,
        )

    def set_curve(self, name: str, curve: Curve) -> None:
        """How pressure acts on one of `brushes.PRESSURES`."""
        self._set(**{f"{name}_curve": curve})

    def set_steady(self, strength: float) -> None:
        """How much a stroke is smoothed, 0..100."""
        self._set(steady=min(max(round(strength), 0), MOST_STEADY))

    def take_preset(self, preset: BrushPreset) -> None:
        """A brush like that one; it goes on painting what it painted."""
        self._brushes[self._layer] = applied(preset, self._brushes[self._layer])
        self._eraser_sizes.pop(self._layer, None)
        if self._tool not in ("brush", "eraser"):
            self._tool_before, self._tool = self._tool, "brush"
        self.changed.emit()

    # ---- symmetry, and what was painted with ----

    def symmetry(self, document: Document) -> Symmetry | None:
        """What is painted is painted so; None where it is not."""
        if not any(self.mirrors):
            return None
        x, y = self._axes or middle(document.canvas)
        return inside(Symmetry(x, y, *self.mirrors), document.canvas)

    def set_mirrors(self, *, across: bool, down: bool) -> None:
        if (across, down) != self.mirrors:
            self.mirrors = (across, down)
            self.changed.emit()

    def set_axes(self, axes: tuple[float, float] | None) -> None:
        """Where the axes of symmetry cross, in pixels of the canvas; None: in its middle."""
        self._axes = axes
        self.changed.emit()

    def note_colour(self) -> None:
        """The brush's colour is painted with."""
        if "colour" in FACES[self._layer].knobs and not self._masked and self._tool != "eraser":
            others = [one for one in self.recent if one != self.colour]
            self.recent = [self.colour, *others][:MOST_RECENT]

    def _set(self, **values: float | bool | str | Curve) -> None:
        brush = self._brushes[self._layer]
        after = replace(brush, **values)
        if after != brush:
            self._brushes[self._layer] = after
            self.changed.emit()
