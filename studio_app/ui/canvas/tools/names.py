"""Which tools there are, in which families, and what they need of a layer: data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from studio_app.document.contents.registry import CONTENTS
from studio_app.ui.faces.registry import FACES

MOVING = ("move", "warp")
"""The tools that are also for what is not painted."""


@dataclass(frozen=True)
class ToolEntry:
    """name: for code. family: those of one share a button. icon, key: "" where it has none. needs: a knob that the face
    of a layer has to have, "" for all that are painted. options: the knobs of the brush that act on it, or "select",
    "move" for bars of their own; "tolerance": of an area that is looked for."""

    name: str
    family: str
    icon: str
    key: str = ""
    needs: str = ""
    options: tuple[str, ...] = ()

    @property
    def bar(self) -> str:
        """Which has its options: "select", "move", or "" for that of the brush."""
        return self.options[0] if self.options[:1] in (("select",), ("move",)) else ""

    @property
    def suits_masks(self) -> bool:
        """Whether one can use it on the mask of a layer."""
        return not self.needs and self.name != "picker"

    def suits(self, kind: str) -> bool:
        """Whether one can use it on a layer of that kind."""
        if self.name in MOVING:
            return CONTENTS[kind].movable
        return CONTENTS[kind].paintable and (not self.needs or self.needs in FACES[kind].knobs)


_BRUSH = ("size", "hardness", "flow", "paint", "mode", "pressure")
_SHAPE = ("flow", "paint", "mode")
ENTRIES: Mapping[str, ToolEntry] = {
    entry.name: entry
    for entry in (
        ToolEntry("brush", "brush", "brush", "B", "", _BRUSH),
        ToolEntry("eraser", "eraser", "eraser", "E", "", ("size", "hardness", "flow", "pressure")),
        ToolEntry("picker", "picker", "pipette", "I"),
        ToolEntry("fill", "fill", "paint-bucket", "F", "", (*_SHAPE, "tolerance")),
        ToolEntry("gradient", "gradient", "gradient", "G", "", (*_SHAPE, "second")),
        ToolEntry("radial", "gradient", "gradient-round", "Shift+G", "", (*_SHAPE, "second")),
        ToolEntry("plane", "gradient", "plane", "", "value", (*_SHAPE, "second")),
        ToolEntry("line", "shape", "slash", "L", "", ("size", "hardness", "flow", "paint", "mode")),
        ToolEntry("rectangle", "shape", "square", "R", "", (*_SHAPE, "outline")),
        ToolEntry("ellipse", "shape", "circle", "Shift+R", "", (*_SHAPE, "outline")),
        ToolEntry("lasso", "shape", "pentagon", "Shift+L", "", _SHAPE),
        ToolEntry("text", "text", "type", "Shift+T", "", ("size", "flow", "paint")),
        ToolEntry("sphere", "solid", "globe", "", "value", _SHAPE),
        ToolEntry("box", "solid", "box", "", "value", _SHAPE),
        ToolEntry("cylinder", "solid", "cylinder", "", "value", _SHAPE),
        ToolEntry("cone", "solid", "cone", "", "value", _SHAPE),
        ToolEntry("select_box", "select", "square-dashed-mouse-pointer", "A", "", ("select",)),
        ToolEntry("select_ellipse", "select", "circle-dashed", "Shift+E", "", ("select",)),
        ToolEntry("select_lasso", "select", "lasso", "J", "", ("select",)),
        ToolEntry("select_alike", "select", "wand", "Shift+J", "", ("select", "tolerance")),
        ToolEntry("frame", "frame", "frame", "Shift+F"),
        ToolEntry("move", "move", "move", "Ctrl+T", "", ("move",)),
        ToolEntry("warp", "move", "warp", "Ctrl+Shift+T", "", ("move",)),
    )
}


def family_of(name: str) -> tuple[str, ...]:
    """The tools that share a button with one, itself among them."""
    family = ENTRIES[name].family
    return tuple(entry.name for entry in ENTRIES.values() if entry.family == family)


def words_of_tool(name: str) -> tuple[str, str]:
    """Its title, and what it does in a sentence; in the language of now."""
    words = {
        "brush": (_tr("Brush"), _tr("Paints on the layer.")),
        "eraser": (
            _tr("Eraser"),
            _tr("Takes paint away: what is erased is as if it had never been painted."),
        ),
        "picker": (
            _tr("Picker"),
            _tr("Takes the colour or depth under the pointer; Ctrl does so at any time."),
        ),
        "fill": (_tr("Fill"), _tr("Fills what is alike around the click; with Shift everything.")),
        "gradient": (
            _tr("Gradient"),
            _tr("Drag from the one paint to the other: a ramp of depth, colour or mask."),
        ),
        "radial": (_tr("Round gradient"), _tr("Drag from the middle outwards.")),
        "plane": (
            _tr("Plane"),
            _tr(
                "Drag from near to far: a floor or wall that goes on beyond both ends. "
                "Behind puts it behind what is nearer."
            ),
        ),
        "line": (_tr("Line"), _tr("Drag a straight line; Shift turns it by 45 degrees.")),
        "rectangle": (_tr("Rectangle"), _tr("Shift makes a square, Alt begins in the middle.")),
        "ellipse": (_tr("Ellipse"), _tr("Shift makes a circle, Alt begins in the middle.")),
        "lasso": (_tr("Lasso fill"), _tr("Fills what you draw around.")),
        "text": (
            _tr("Text"),
            _tr("Click and type, in the brush's size and paint. Ctrl+Enter keeps it as pixels."),
        ),
        "sphere": (_tr("Sphere"), _tr("A ball in depth, its front as near as the brush paints.")),
        "box": (_tr("Box"), _tr("Two faces that recede from an edge towards you.")),
        "cylinder": (_tr("Cylinder"), _tr("A column in depth: round from left to right.")),
        "cone": (_tr("Cone"), _tr("A cone in depth that stands on its base.")),
        "select_box": (
            _tr("Select a rectangle"),
            _tr("Shift adds, Alt takes away. A click selects nothing."),
        ),
        "select_ellipse": (
            _tr("Select an ellipse"),
            _tr("Shift adds, Alt takes away. A click selects nothing."),
        ),
        "select_lasso": (
            _tr("Select with a lasso"),
            _tr("Draw around it. Shift adds, Alt takes away."),
        ),
        "select_alike": (
            _tr("Select what is alike"),
            _tr(
                "Click: all that hangs together and looks alike on the layer. Shift adds, Alt takes away."
            ),
        ),
        "frame": (
            _tr("Frame"),
            _tr("Moves and resizes what of the canvas the model sees; Shift lets it go anywhere."),
        ),
        "move": (
            _tr("Move and transform"),
            _tr("Drags, scales and turns what is selected; Enter keeps it, Escape gives it up."),
        ),
        "warp": (
            _tr("Warp"),
            _tr("Bends what is selected by a net of points; Enter keeps it, Escape gives it up."),
        ),
    }
    return words[name]


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasTools", text)
