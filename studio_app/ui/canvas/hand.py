"""What pen and mouse are doing on the canvas: painting, drawing a line, resizing the brush, dragging by grips."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QLineF, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from studio_app.document.steadying import Steadier
from studio_app.document.strokes import Sample
from studio_app.session.studio import Studio
from studio_app.ui.canvas.grips import Grips
from studio_app.ui.canvas.tool_state import Tool, ToolState
from studio_app.ui.transform import DocumentToView

Doing = Literal["nothing", "stroke", "shift", "size", "drag"]
"""shift: pressed with Shift, and not yet told whether that is a line or a larger brush."""


class Hand(QObject):
    """One gesture at a time, from `press` to `release`, `let_go` or `cancel`. View coordinates come in. axes: what lies
    over whatever is in hand.

    Samples of a stroke are kept and go to the studio together, once per turn of the event loop: however
    many come, each of them shapes the stroke, and the drawing is changed only as often as it can be shown.
    """

    gripped = Signal()
    """Something about the selection of what has grips may have changed."""
    picked = Signal(QPointF)
    """The picker was used at this point of the view."""
    drew = Signal()
    """The samples of a stroke are in the drawing: what is shown of the pointer may follow, in the same painting."""

    def __init__(
        self,
        studio: Studio,
        tools: ToolState,
        grips: Callable[[], Grips | None],
        axes: Grips,
        transform: Callable[[], DocumentToView],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._studio = studio
        self._tools = tools
        self._grips = grips
        self._axes = axes
        self._held: Grips | None = None
        self._transform = transform
        self.doing: Doing = "nothing"
        self.pointer: QPointF | None = None
        self.steered = False
        """Whether arrows have put the pointer where it is: Enter paints there, and nowhere else."""
        self.shift = False
        self._pen = False
        self._from = QPointF()
        self._size = 0.0
        self._pressure = 0.0
        self._samples: list[Sample] = []
        self._steadier = Steadier(0)
        self._ends: dict[str, Sample] = {}
        """Where the last stroke on each layer ended: straight lines begin there."""
        self._tool_before: Tool | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._draw)
        self._layer = self._target()
        self._masked = tools.masked
        tools.changed.connect(self._on_tools)
        studio.undo_stack.moving.connect(self.let_go)

    @property
    def pen_down(self) -> bool:
        """Whether it is a pen, no mouse, that is doing something."""
        return self._pen and self.doing != "nothing"

    def press(
        self,
        view: QPointF,
        pressure: float,
        modifiers: Qt.KeyboardModifier,
        *,
        pen: bool = False,
        eraser: bool = False,
    ) -> None:
        """A button goes down. pen: no mouse; eraser: with its other end.

        Some systems send a mouse press first and the pen's after it: the pen takes over then.
        """
        if pen and not self._pen and self.doing != "nothing":
            self.cancel()
        self.let_go()
        self.pointer, self._pen, self._layer = view, pen, self._target()
        self.steered = False
        if self._axes.press(self._point(view), self._scale, modifiers):
            self.doing, self._held = "drag", self._axes
            return
        grips = self._grips()
        picking = modifiers & Qt.KeyboardModifier.ControlModifier and self._tools.paints
        if not self._tools.paints or (grips is not None and not eraser and not picking):
            if grips is not None and grips.press(self._point(view), self._scale, modifiers):
                self.doing, self._held = "drag", grips
            self.gripped.emit()
        elif self._tools.tool == "picker" or modifiers & Qt.KeyboardModifier.ControlModifier:
            self.picked.emit(view)
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.doing, self._from, self._size = "shift", view, self._tools.brush.size
            self._pressure = pressure
        else:
            self._begin(self._sample(view, pressure), eraser=eraser)

    def move(self, view: QPointF, pressure: float, modifiers: Qt.KeyboardModifier) -> None:
        """With a button down, or none: then it only hovers."""
        self.pointer, self.steered = view, False
        self.shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if self.doing == "stroke":
            self._samples.append(self._steadier.add(self._sample(view, pressure)))
            self._soon.start()
        elif self.doing == "drag" and self._held is not None:
            self._held.move(self._point(view), modifiers)
        elif self.doing in ("shift", "size"):
            self._pressure = max(self._pressure, pressure)
            moved = view - self._from
            if self.doing == "size" or moved.manhattanLength() >= QApplication.startDragDistance():
                self.doing = "size"
                self._tools.set_size(self._size + 2 * moved.x() / self._scale)

    def release(self) -> None:
        """The button goes up."""
        if self.doing == "shift" and self.pointer is not None:
            self.line_to(self._sample(self.pointer, self._pressure))
        self.let_go()

    def let_go(self) -> None:
        """Ends what it is doing, and keeps what was done. Nothing happens where it does nothing."""
        doing, self.doing = self.doing, "nothing"
        if doing == "stroke":
            self._samples += self._steadier.finish()
            self._draw()
            self._studio.end_stroke()
        elif doing == "drag" and self._held is not None:
            self._held.release()
        if doing != "nothing":  # an eraser that is just put down has its tool, and no stroke yet
            self._put_back_tool()

    def cancel(self) -> bool:
        """As if the gesture had never begun; whether there was one."""
        doing, self.doing = self.doing, "nothing"
        self._samples.clear()
        if doing == "stroke":
            self._studio.cancel_stroke()
        elif doing == "drag" and self._held is not None:
            self._held.cancel()
        elif doing == "size":
            self._tools.set_size(self._size)
        self._put_back_tool()
        return doing != "nothing"

    def dab(self) -> None:
        """Presses once where the pointer is: painting without a pointer."""
        if self.pointer is None:
            return
        if self._tools.tool == "picker":
            self.picked.emit(self.pointer)
        else:
            self._begin(self._sample(self.pointer, 1.0))
            self.let_go()

    def line_to(self, sample: Sample) -> None:
        """A straight line from where the last stroke on this layer ended; a dab where there was none."""
        start = self._ends.get(self._target(), sample)
        self._begin(Sample(start.x, start.y, sample.pressure))
        self._samples.append(sample)  # as it is: nothing is steadier than a straight line
        self._steadier = Steadier(0)
        self.let_go()

    def line(self) -> QLineF | None:
        """In view pixels: the line that a click would draw now, where Shift is held."""
        start = self._ends.get(self._target())
        painting = self._tools.paints and self._tools.tool in ("brush", "eraser")
        if start is None or self.pointer is None or not painting:
            return None
        if self.doing != "shift" and not (self.shift and self.doing == "nothing"):
            return None
        return QLineF(self._transform().to_view(start.x, start.y), self.pointer)

    def centre(self) -> QPointF | None:
        """Of the brush's outline, in view pixels: a brush that is being resized stays where it was."""
        return self._from if self.doing == "size" else self.pointer

    def forget_lines(self) -> None:
        """The picture has another size: nothing ended anywhere on it."""
        self._ends.clear()

    # ---- inside ----

    @property
    def _scale(self) -> float:
        return self._transform().scale

    def _target(self) -> str:
        return self._tools.painted(self._studio.document)

    def _point(self, view: QPointF) -> QPointF:
        return self._transform().to_document(view)

    def _sample(self, view: QPointF, pressure: float) -> Sample:
        point = self._point(view)
        return Sample(point.x(), point.y(), pressure)

    def _begin(self, sample: Sample, *, eraser: bool = False) -> None:
        layer = self._layer = self._target()
        if eraser and self._tools.tool != "eraser":
            self._tool_before = self._tools.tool
            self._tools.set_tool("eraser")
        self._samples.clear()
        mask = self._tools.mask_in_hand(self._studio.document) is not None
        brush, symmetry = self._tools.brush, self._tools.symmetry(self._studio.document)
        self._steadier = Steadier(brush.steady, self._scale)
        if self._studio.begin_stroke(
            layer, brush, self._steadier.add(sample), mask=mask, symmetry=symmetry
        ):
            self.doing = "stroke"
            self._ends[layer] = sample
            self._tools.note_colour()
        else:
            self._put_back_tool()

    def _draw(self) -> None:
        """Gives the studio the samples that have come since the last time."""
        self._soon.stop()
        samples, self._samples = self._samples, []
        if samples:
            self._ends[self._layer] = samples[-1]
            self._studio.stroke_to(*samples)
            self.drew.emit()

    def _on_tools(self) -> None:
        masked = self._tools.masked
        if (self._target(), masked) != (self._layer, self._masked):
            self._masked = masked
            self.let_go()  # a stroke stays on its layer

    def _put_back_tool(self) -> None:
        if self._tool_before is not None:  # the pen's other end was only a visit
            before, self._tool_before = self._tool_before, None
            self._tools.set_tool(before)
