"""For what is done with people on the canvas: their joints, and drags from one."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.ui.conftest import LEFT, PLAIN, SHIFT

ALT = Qt.KeyboardModifier.AltModifier
ELBOW, WRIST, NECK, NOSE, ANKLE = 3, 4, 1, 0, 10

__all__ = ["ALT", "ANKLE", "ELBOW", "LEFT", "NECK", "NOSE", "PLAIN", "SHIFT", "WRIST", "drag", "joint"]  # fmt: skip


def joint(panel: CanvasPanel, number: int, person: int = 0) -> QPoint:
    x, y, _ = panel.canvas.pose.people[person].joints[number]
    return panel.canvas.transform.to_view(float(x), float(y)).toPoint()


def drag(panel: CanvasPanel, start: QPoint, dx: int, dy: int, modifiers: Any = PLAIN) -> None:
    """From a point of the view, so far."""
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, modifiers, start)
    for share in (0.3, 0.7, 1.0):
        place = start + QPoint(round(dx * share), round(dy * share))
        point = place.toPointF()
        moved = QMouseEvent(
            QEvent.Type.MouseMove, point, canvas.mapToGlobal(point), LEFT, LEFT, modifiers
        )
        QApplication.sendEvent(canvas, moved)
    QTest.mouseRelease(canvas, LEFT, modifiers, start + QPoint(dx, dy))
