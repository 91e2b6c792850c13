from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

from studio_app.core.interpreter import collect, collector_at_rest

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


def test_the_collector_rests_and_never_looks_at_what_was_made():
    before = gc.get_freeze_count()
    try:
        with collector_at_rest():
            assert not gc.isenabled()
            with collector_at_rest():
                few = [[i] for i in range(10)]
            assert not gc.isenabled()
            assert gc.get_freeze_count() == before
            many = [[i] for i in range(200_000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() - before > len(many) > len(few)
        with collector_at_rest():
            pass
        assert gc.isenabled()
    finally:
        gc.unfreeze()


def test_who_has_taken_the_collector_over_collects_what_is_due():
    gc.collect()
    gc.disable()
    try:
        assert collect(everything=True) is None  # nothing is due
        rings = [[] for _ in range(2 * gc.get_threshold()[0])]
        with collector_at_rest():
            assert collect(everything=True) is None
        assert not gc.isenabled()  # it stays with who has it
        assert collect(everything=False) == 0 and rings
        for _ in range(gc.get_threshold()[1] + 1):
            gc.collect(0)
        assert collect(everything=False) == 1
    finally:
        gc.enable()
