from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONG_SESSION = """
from studio_app.core.interpreter import keep_singletons
keep_singletons()
keep_singletons()
from PySide6.QtCore import QObject, QTimer, Signal
class Talker(QObject):
    said = Signal()
talker, timer = Talker(), QTimer()
talker.said.connect(lambda: None)
for _ in range(100_000):
    talker.said.emit()
    timer.stop()
print("alive")
"""


def test_a_hundred_thousand_calls_into_qt_wear_nothing_out():
    command = [sys.executable, "-c", LONG_SESSION]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "alive", done.stderr[-500:]
