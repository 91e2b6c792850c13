"""The tools beside the canvas in a window that is low."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.main_window import MainWindow


def places(panel: CanvasPanel) -> list[QRect]:
    QApplication.processEvents()
    return [button.geometry() for button in panel.box.buttons.values()]


def test_a_low_window_has_the_tools_in_two_columns_and_a_high_one_in_one(panel: CanvasPanel):
    panel.resize(600, 640)
    assert len({place.x() for place in places(panel)}) == 1
    narrow = panel.box.width()
    panel.resize(600, panel.minimumSizeHint().height())
    low = places(panel)
    assert len({place.x() for place in low}) == 2
    assert all(panel.box.rect().contains(place) for place in low)
    assert not any(a.intersects(b) for a in low for b in low if a is not b)
    button = panel.box.buttons["select"]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.tools.tool == "select_box"
    panel.resize(600, 640)
    assert len({place.x() for place in places(panel)}) == 1 and panel.box.width() == narrow


def test_the_window_fits_on_a_laptop_whose_letters_are_a_quarter_larger(window: MainWindow):
    assert window.minimumSizeHint().height() <= 545  # 768 / 1.25, less a title and the system's bar
