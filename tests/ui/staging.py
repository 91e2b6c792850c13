"""For what is done with scenes on the canvas: where their things are seen, and drags from there."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio_app.scene.openpose import JOINTS
from studio_app.scene.stage import picking
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.scene_tool import SceneTool
from tests.ui.conftest import LEFT, PLAIN

ALT = Qt.KeyboardModifier.AltModifier
WRIST = JOINTS.index("left_wrist")


def action(panel: CanvasPanel, name: str) -> Any:
    (found,) = [one for one in panel.actions() if one.objectName() == f"canvas_scene_{name}"]
    return found


def view(panel: CanvasPanel, x: float, y: float) -> QPoint:
    """A pixel of the look as a point of the canvas."""
    return panel.canvas.transform.to_view(*panel.canvas.scene.content.on_canvas(x, y)).toPoint()


def seen_at(panel: CanvasPanel, number: int) -> QPoint:
    """The middle of what is seen of an item."""
    rows, columns = np.nonzero(panel.canvas.scene.content.look().ids == number)
    k = len(rows) // 2
    return view(panel, columns[k] + 0.5, rows[k] + 0.5)


def joint_at(panel: CanvasPanel, joint: int) -> QPoint:
    content = panel.canvas.scene.content
    places = picking.handles(content.stage[1], content.stage.camera, content.extent)
    return view(panel, *places[joint, :2])


def drag(panel: CanvasPanel, start: QPoint, dx: int, dy: int, modifiers: Any = PLAIN) -> None:
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, modifiers, start)
    for share in (0.3, 0.7, 1.0):
        point = QPointF(start) + QPointF(dx, dy) * share
        moved = QMouseEvent(
            QEvent.Type.MouseMove, point, canvas.mapToGlobal(point), LEFT, LEFT, modifiers
        )
        QApplication.sendEvent(canvas, moved)
    QTest.mouseRelease(canvas, LEFT, modifiers, start + QPoint(dx, dy))


def choose(panel: CanvasPanel, *ids: int) -> None:
    tool(panel).choose(*ids)
    panel.canvas.grips_changed()


def tool(panel: CanvasPanel) -> SceneTool:
    return panel.canvas.scene
