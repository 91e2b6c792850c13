"""Closing in the middle of something: always whole, and never at the end of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from shiboken6 import Shiboken

from studio_app.engine.factory import make_engine
from studio_app.session.studio import Studio
from studio_app.ui.main_window import MainWindow
from tests.nodes import depth_of

LONG = 100
"""Steps of a run that nobody waits for."""


def close_during_a_run(qtbot: Any, home: Path, model: Path, number: int) -> None:
    """Opens the window, lets it draw, and closes it at some moment of that."""
    studio = Studio(home, str(model), make_engine=make_engine, autosave_s=0.2)
    window = MainWindow(studio, remember=False)
    try:
        window.show()
        with qtbot.waitSignal(studio.model_changed):
            studio.start()
        frames: list[bool] = []
        studio.frame_arrived.connect(lambda: frames.append(True))
        if number % 3 == 0:  # a long run; else a stroke that is still being drawn
            studio.set_settings({"prompt": "a red owl", "sampler": "ddim", "steps": LONG})
        else:
            studio.set_settings({"prompt": f"a red owl {number}"})
            canvas = window.canvas.canvas
            middle = canvas.rect().center()
            qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
            for step in range(1, 8):
                qtbot.mouseMove(canvas, middle + QPoint(4 * step, step))
        qtbot.waitUntil(lambda: len(frames) >= number % 2)
        with qtbot.waitSignal(studio.closed):
            window.close()
        assert not window.isVisible()
        assert not [
            run for run in studio.runs if run.request.steps == LONG and run.final is not None
        ]
        qtbot.waitUntil(lambda: not studio.stuck)
    finally:
        Shiboken.delete(window)
        Shiboken.delete(studio)


def test_closing_does_not_wait_for_the_end_of_a_run(qtbot: Any, own_home: Path, tiny_model: Path):
    for number in range(4):
        close_during_a_run(qtbot, own_home, tiny_model, number)
    again = Studio(own_home, str(tiny_model), make_engine=make_engine)
    with qtbot.waitSignal(again.model_changed):
        again.start()
    assert again.settings.prompt.startswith("a red owl")  # and what was there then is still there
    assert not depth_of(again.document).untouched
    with qtbot.waitSignal(again.closed):
        again.close()
    qtbot.waitUntil(lambda: not again.stuck)


@pytest.mark.slow
def test_a_hundred_closings_wait_for_no_end_of_a_run(qtbot: Any, own_home: Path, tiny_model: Path):
    for number in range(100):
        close_during_a_run(qtbot, own_home, tiny_model, number)
