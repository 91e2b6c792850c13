"""For what is done in the layers panel: clicks on its rows, its commands, and a dab of paint."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

from studio_app.document.brushes import Brush
from studio_app.document.strokes import Sample
from studio_app.session.studio import Studio
from studio_app.ui.layers.layers_panel import LayersPanel
from studio_app.ui.layers.row_delegate import RowDelegate
from studio_app.ui.layers.stack_item_model import NAME
from tests.ui.conftest import LEFT, PLAIN


def click(
    layers: LayersPanel, id: str, column: int = NAME, modifiers: Qt.KeyboardModifier = PLAIN
) -> None:
    view = layers.view
    cell = view.visualRect(view.stack_model.index_of(id, column))
    place = cell.center()
    if column == NAME:
        item = view.stack.find(id)
        assert item is not None
        place = RowDelegate.thumb_rect(cell, item).center()
    QTest.mouseClick(view.viewport(), LEFT, modifiers, place)


def trigger(layers: LayersPanel, name: str) -> None:
    action = layers.findChild(QAction, f"layers_{name}")
    assert action is not None
    assert action.isEnabled(), name
    action.trigger()


def paint(studio: Studio, target: str) -> None:
    studio.begin_stroke(target, Brush(size=60, colour=(200, 30, 20), value=0.7), Sample(120, 120))
    studio.end_stroke()
