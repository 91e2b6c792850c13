"""A studio that is killed while one draws: every stroke that was said to be safe is back."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.document.store.documents import document_dict
from studio_app.session.studio import Studio
from tests.nodes import depth_of

ROOT = Path(__file__).resolve().parents[2]

# Draws without rest, a dab at a place of its own each time, and says what is on the disk as soon as it is.
PAINTER = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from studio_app.document.brushes import Brush
from studio_app.document.strokes import Sample
from studio_app.session.studio import Studio
from studio_app.ui.main_window import MainWindow
app = QApplication([])
studio = Studio(Path(sys.argv[1]), "none")
window = MainWindow(studio, remember=False)
window.show()
count = int(sys.argv[2])
def say(saved):
    print(len(saved.document.settings.negative_prompt), flush=True)
def draw():
    global count
    count += 1
    studio.begin_stroke("depth", Brush(size=6, hardness=1.0), Sample(4 + count % 60 * 4, 4 + count // 60 * 8))
    studio.end_stroke()
    studio.set_setting("negative_prompt", "x" * count)
studio.saved.connect(say)
studio.start()
timer = QTimer()
timer.timeout.connect(draw)
timer.start(5)
app.exec()
"""


def place(stroke: int) -> tuple[int, int]:
    return 4 + stroke % 60 * 4, 4 + stroke // 60 * 8


def kill_while_drawing(home: Path, already: int, saves: int, rng: random.Random) -> int:
    """Lets it draw until it has said `saves` times that something is safe, and kills it at some moment after;
    returns how many strokes were safe."""
    command = [sys.executable, "-c", PAINTER, str(home), str(already)]
    environment = dict(os.environ, PYTHONPATH=str(ROOT), QT_QPA_PLATFORM="offscreen")
    painter = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT)
    assert painter.stdout is not None
    safe = already
    for _ in range(saves):
        line = painter.stdout.readline()
        assert line, "it ended by itself"
        safe = max(safe, int(line))
    # Anywhere between this save and the one after the next, by what it has drawn, not by the clock.
    painter.stdout.read(rng.randrange(1, 4))
    painter.send_signal(signal.SIGKILL)
    rest = painter.stdout.read()
    painter.stdout.close()
    painter.wait()
    lines = [line for line in rest.split(b"\n")[:-1] if line]
    return max([safe, *(int(line) for line in lines[1:])])


def kill_again_and_again(home: Path, kills: int) -> None:
    rng = random.Random(7)
    safe = 0
    for kill in range(kills):
        safe = kill_while_drawing(home, safe, rng.randrange(1, 4), rng)
        studio = Studio(home, "none")
        found = studio._autosaver.open()
        assert found is not None and found.document is not None and found.fault is None
        assert studio._autosaver._slot is not None and studio._autosaver._slot.problems == ()
        assert found.unclean
        strokes = len(found.document.settings.negative_prompt)
        assert strokes >= safe, kill
        known = depth_of(found.document).known.whole
        lost = [i for i in range(1, safe + 1) if not known[place(i)[1], place(i)[0]]]
        assert lost == []
        assert not list(home.rglob("*.tmp"))
        assert np.isfinite(depth_of(found.document).value.whole).all() and document_dict(
            found.document
        )
        studio._autosaver.leave()
        safe = strokes
        if safe > 1200:  # the sheet is full
            home = home / "next"
            safe = 0


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_no_safe_stroke_is_lost_by_a_kill(qtbot: Any, tmp_path: Path):
    kill_again_and_again(tmp_path, 4)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_no_safe_stroke_is_lost_by_fifty_kills(qtbot: Any, tmp_path: Path):
    kill_again_and_again(tmp_path, 50)
