"""For the widgets: a studio whose threads never start, in the theme of the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import Shiboken

from studio_app.core.capabilities import Capabilities
from studio_app.engine.families.model_card import read_capabilities
from studio_app.scene.poses import POSES
from studio_app.scene.stage import edits, viewing
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Mannequin, Solid
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas.canvas import Canvas
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.layers.layers_panel import LayersPanel
from studio_app.ui.main_window import MainWindow

Open = Callable[[Path], tuple[Studio, MainWindow]]

FIELDS = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QSlider)
LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def studio(qtbot: QtBot) -> Iterator[Studio]:
    """Edits, undo and signals are real; nothing is generated and nothing is saved."""
    theme.apply("dark")
    made = Studio(None)
    yield made
    made.deleteLater()


@pytest.fixture
def capabilities(tiny_model: Path) -> Capabilities:
    return read_capabilities(tiny_model)


@pytest.fixture
def ready(studio: Studio, capabilities: Capabilities) -> Studio:
    """A studio that knows a model, as if the worker had loaded it."""
    studio._live.capabilities = capabilities
    studio.model_changed.emit()
    return studio


@pytest.fixture
def panel(qtbot: QtBot, studio: Studio) -> Iterator[CanvasPanel]:
    """The drawing's side of the window, alone and shown."""
    made = CanvasPanel(studio)
    made.resize(600, 700)
    made.show()
    qtbot.waitExposed(made)
    made.canvas.fit()
    yield made
    made.close()
    made.deleteLater()
    delete_now()


@pytest.fixture
def posing(panel: CanvasPanel) -> CanvasPanel:
    """With somebody standing in the drawing."""
    panel.tools.set_layer("pose")
    panel.options.pose._add("standing")
    return panel


def delete_now() -> None:
    """Deletes what is to be deleted later. What stayed would cost every later test: a stylesheet is set on all widgets
    that there are."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def four_layers(studio: Studio) -> None:
    """Leaves a mask, a pose, a depth and a colour, the topmost first, and nothing to undo."""
    kept = ("mask-1", "pose-1", "depth-1", "colour-1")
    studio.remove_layers([item.id for item in studio.document.stack.walk() if item.id not in kept])
    assert tuple(item.id for item in studio.document.stack.walk()) == kept
    studio.undo_stack.clear()


def at(canvas: Canvas, x: float, y: float) -> QPoint:
    return canvas.transform.to_view(x, y).toPoint()


def looks(canvas: Canvas) -> QImage:
    """The canvas, all of which is in sight, once all of it is drawn: one painting makes what it has time for."""
    image = canvas.grab().toImage()
    while not canvas.composed:
        image = canvas.grab().toImage()
    return image


def drag(canvas: Canvas, *points: tuple[float, float], modifiers: Any = PLAIN) -> None:
    places = [at(canvas, *point) for point in points]
    QTest.mousePress(canvas, LEFT, modifiers, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, LEFT, modifiers, places[-1])


@contextmanager
def window_of(studio: Studio) -> Iterator[MainWindow]:
    """The whole window on a studio that is never started."""
    made = MainWindow(studio, remember=False)
    made.show()
    yield made
    made._saved = True  # nothing was started: nothing to wait for
    made.close()
    made.deleteLater()
    delete_now()  # the widgets go before the studio


@pytest.fixture
def window(ready: Studio) -> Iterator[MainWindow]:
    with window_of(ready) as made:
        yield made


def fields(window: MainWindow) -> list[QWidget]:
    """Everything one can operate, Qt's own inner parts aside."""
    found: list[QWidget] = []
    for kind in FIELDS:
        found += [
            field for field in window.findChildren(kind)
            if not field.objectName().startswith("qt_") and not isinstance(field.parent(), QAbstractSpinBox)
        ]  # fmt: skip
    return found


@pytest.fixture
def layers(window: MainWindow, studio: Studio, qtbot: QtBot) -> LayersPanel:
    four_layers(studio)
    window.panels.toggles["layers"].trigger()
    qtbot.waitUntil(window.layers.isVisible)
    QApplication.processEvents()
    return window.layers


@pytest.fixture
def staged(panel: CanvasPanel) -> CanvasPanel:
    """With a figure and a box beside it, nothing selected."""
    panel.tools.set_layer("scene")
    stage, _ = edits.placed(Stage(), Mannequin(pose=POSES["standing"]))
    stage, _ = edits.placed(stage, Solid.of("box"), (0.6, 0, 0.3))
    panel.canvas.scene.set_stage(replace(stage, camera=viewing.preset(stage, "front")), "begin")
    return panel


@pytest.fixture
def open_window(qtbot: QtBot) -> Iterator[Open]:
    """`open_window(home)` -> a started studio without an engine, and its window."""
    made: list[tuple[Studio, MainWindow]] = []

    def start(home: Path) -> tuple[Studio, MainWindow]:
        studio = Studio(home, "none", autosave_s=0.05)
        window = MainWindow(studio, remember=False)
        window.show()
        made.append((studio, window))
        studio.start()
        return studio, window

    yield start
    for studio, window in made:
        if window.isVisible():
            with qtbot.waitSignal(studio.closed):
                studio.leave()
        qtbot.waitUntil(lambda studio=studio: not studio.stuck)
        Shiboken.delete(window)
        Shiboken.delete(studio)
