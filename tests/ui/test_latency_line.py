"""The line of latencies and its small table."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio_app.session.latency import Latency
from studio_app.ui import theme
from studio_app.ui.latency_line import LatencyLine, line, milliseconds

MEASURED = Latency(12.4, 96.0, 9.84, "cpu, float32", 512.3, {"step": 17.2, "decode": 13.0})


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (12.4, "12 ms"), (2345.0, "2.3 s")])
def test_times_are_short(value: float | None, text: str):
    assert milliseconds(value) == text


def test_what_is_not_known_is_a_dash_and_never_zero():
    assert line(Latency()) == ""  # before the first picture there is nothing to say
    assert line(Latency(12.4)) == "First picture 12 ms   ·   whole –"
    assert line(MEASURED) == "   ·   ".join(
        ["First picture 12 ms", "whole 96 ms", "9.8 a second", "cpu, float32", "512 MB"]
    )


def test_a_click_tells_by_stage(qtbot: QtBot):
    theme.apply("dark")
    shown = LatencyLine()
    qtbot.addWidget(shown)
    shown.show()
    shown.show_latency(MEASURED)
    qtbot.mouseClick(shown, Qt.MouseButton.LeftButton)
    popup = shown._popup
    assert popup is not None
    texts = [label.text() for label in popup.findChildren(QLabel)]
    assert texts[:2] == ["Each step", "17 ms"]
    popup.close()
