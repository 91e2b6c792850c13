"""Closing in the middle of something: always soon, and always whole."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from shiboken6 import Shiboken

from studio_app.engine.factory import make_engine
from studio_app.session.studio import Studio
from studio_app.ui.main_window import MainWindow

SOON_S = 2.0


def close_during_a_run(qtbot: Any, home: Path, model: Path, number: int) -> float:
    """Opens the window, lets it draw, closes it at some moment of that; how many seconds it took to close."""
    studio = Studio(home, str(model), make_engine=make_engine, autosave_s=0.2)
    window = MainWindow(studio, remember=False)
    try:
        window.show()
        with qtbot.waitSignal(studio.model_changed, timeout=90_000):
            studio.start()
        if number % 3 == 0:  # a long run; else a stroke that is still being drawn
            studio.set_settings({"prompt": "a red owl", "sampler": "ddim", "steps": 100})
        else:
            studio.set_settings({"prompt": f"a red owl {number}"})
            canvas = window.canvas.canvas
            middle = canvas.rect().center()
            qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
            for step in range(1, 8):
                qtbot.mouseMove(canvas, middle + QPoint(4 * step, step))
        qtbot.wait(1 + number * 37 % 150)
        began = time.monotonic()
        with qtbot.waitSignal(studio.closed, timeout=20_000):
            window.close()
        seconds = time.monotonic() - began
        assert not window.isVisible()
        qtbot.waitUntil(lambda: not studio.stuck, timeout=20_000)
        return seconds
    finally:
        Shiboken.delete(window)
        Shiboken.delete(studio)


def test_closing_during_a_run_is_soon_done(qtbot: Any, own_home: Path, tiny_model: Path):
    for number in range(4):
        assert close_during_a_run(qtbot, own_home, tiny_model, number) < SOON_S
    again = Studio(
        own_home, str(tiny_model), make_engine=make_engine
    )  # and what was there then is still there
    with qtbot.waitSignal(again.model_changed, timeout=90_000):
        again.start()
    assert again.settings.prompt.startswith("a red owl")
    assert not again.document.depth.untouched
    with qtbot.waitSignal(again.closed, timeout=20_000):
        again.close()
    qtbot.waitUntil(lambda: not again.stuck, timeout=20_000)


@pytest.mark.slow
def test_a_hundred_closings_are_soon_done(qtbot: Any, own_home: Path, tiny_model: Path):
    for number in range(100):
        assert close_during_a_run(qtbot, own_home, tiny_model, number) < SOON_S, number
