"""What is under the pointer, said while one paints: now and again, so that the hand comes first."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.ui.posing import LEFT


def test_a_stroke_does_not_wait_for_the_readout(
    panel: CanvasPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    canvas, readout = panel.canvas, panel.readout
    panel.tools.set_layer("depth")
    looks: list[str] = []
    told = readout._told

    def look() -> str:
        looks.append(told())
        return looks[-1]

    monkeypatch.setattr(readout, "_told", look)
    middle = canvas.rect().center()
    QTest.mousePress(canvas, LEFT, pos=middle)
    QTest.mouseMove(canvas, middle)
    looks.clear()
    for _ in range(20):
        readout.refresh()
    assert not looks
    QTest.mouseRelease(canvas, LEFT, pos=middle)
    qtbot.waitUntil(lambda: bool(looks))
    readout.refresh()
    assert "depth" in readout.text.lower()
