"""What a hand does over a canvas: pen, mouse, a tool taken up, a selection, something dropped."""

from __future__ import annotations

import warnings

import numpy as np
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QInputDevice,
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtWidgets import QApplication

from studio_app.document.brushes import Brush
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.strokes import Sample
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas import Canvas
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.ui.conftest import LEFT, PLAIN, drag

NONE = Qt.MouseButton.NoButton
PAINTED = [kind for kind, content in CONTENTS.items() if content.paintable]
OFFERED = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
"""Of a file, by a file manager."""


def pen(
    canvas: Canvas,
    kind: QEvent.Type,
    place: QPoint | QPointF,
    pressure: float,
    tip: QPointingDevice.PointerType = QPointingDevice.PointerType.Pen,
    buttons: Qt.MouseButton | None = None,
) -> QTabletEvent:
    device = QPointingDevice(
        "pen", 1, QInputDevice.DeviceType.Stylus, tip, QInputDevice.Capability.Pressure, 1, 3
    )
    if buttons is None:
        buttons = LEFT if kind != QEvent.Type.TabletRelease else Qt.MouseButton.NoButton
    event = QTabletEvent(
        kind, device, QPointF(place), QPointF(canvas.mapToGlobal(place)), pressure, 0, 0, 0, 0, 0,
        PLAIN, LEFT, buttons,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
    return event


def mouse(
    canvas: Canvas,
    kind: QEvent.Type,
    place: QPoint,
    *,
    down: bool,
    source: Qt.MouseEventSource = Qt.MouseEventSource.MouseEventNotSynthesized,
) -> None:
    """An event as a window system sends it, with the buttons that it says are down."""
    point, outside = QPointF(place), QPointF(canvas.mapToGlobal(place))
    button = NONE if kind == QEvent.Type.MouseMove else LEFT
    buttons = LEFT if down else NONE
    device = QPointingDevice.primaryPointingDevice()
    event = QMouseEvent(kind, point, point, outside, button, buttons, PLAIN, source, device)
    QApplication.sendEvent(canvas, event)


def drop(panel: CanvasPanel, data: QMimeData) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 6.12 asks for what 6.11 does not have
        enter = QDragEnterEvent(QPoint(20, 20), OFFERED, data, LEFT, PLAIN)
        move = QDragMoveEvent(QPoint(21, 20), OFFERED, data, LEFT, PLAIN)
    for event in (enter, move, QDropEvent(QPointF(20, 20), OFFERED, data, LEFT, PLAIN)):
        QApplication.sendEvent(panel.canvas, event)
        assert event.isAccepted()
        assert event.dropAction() == Qt.DropAction.CopyAction  # of a move, the file would be gone


def take(panel: CanvasPanel, tool: str, kind: str = "depth") -> None:
    panel.tools.set_layer(kind)
    panel._tools_actions[tool].trigger()
    assert panel.tools.tool == tool


def cover(studio: Studio, kind: str = "depth") -> np.ndarray:
    content = studio.document.held(kind).content
    return content.sheet((0, 0, *studio.document.canvas))[1]


def select(panel: CanvasPanel, *points: tuple[float, float], modifiers: object = PLAIN) -> None:
    take(panel, "select_box", panel.tools.layer)
    drag(panel.canvas, *points, modifiers=modifiers)


def stroke(studio: Studio) -> None:
    studio.begin_stroke("depth", Brush(), Sample(20, 20))
    studio.stroke_to(Sample(60, 40))
    studio.end_stroke()
