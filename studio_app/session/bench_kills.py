"""How much of what was drawn a kill takes: a studio of its own draws, says of each stroke that it is drawn, and is
killed at some moment."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from studio_app.document.brushes import Brush
from studio_app.document.store.folder_reading import read_folder
from studio_app.document.strokes import Sample

SIDE = 256
SPACING = 4
"""Pixels between two strokes: each is a dab at a place of its own."""
PACE_MS = 8
"""Between two strokes, as events of a pen come."""
MOST = (SIDE // SPACING) * (SIDE // SPACING)


def measure(kills: int = 20, seconds: float = 2.0) -> Mapping[str, float]:
    """`kill_lost_ms_max`: how long before a kill the oldest stroke had been said that was not there afterwards, 0 where
    none was missing. `kills`; `kill_strokes`: of all of them together.

    seconds: so long it draws at most before it is killed. RuntimeError where something can't be read afterwards.
    """
    chance = random.Random(1)
    losses: list[float] = []
    strokes = 0
    for _ in range(kills):
        with tempfile.TemporaryDirectory() as home:
            said, killed = _killed(Path(home), chance.uniform(0.1, 1.0) * seconds)
            there = _strokes_in(Path(home) / "sessions" / "1", len(said))
            losses.append(max((killed - moment for moment in said[there:]), default=0.0))
            strokes += len(said)
    return {
        "kill_lost_ms_max": max(losses, default=0.0),
        "kills": float(kills),
        "kill_strokes": float(strokes),
    }


def paint(home: str) -> None:
    """Draws for ever, a stroke after the other, and prints of each when it was drawn (milliseconds)."""
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtGui import QGuiApplication

    from studio_app.session.studio import Studio

    application = QGuiApplication(["underpaint"])
    studio = Studio(Path(home), "none")
    count = 0

    def draw() -> None:
        nonlocal count
        x, y = place(count)
        studio.begin_stroke("depth", Brush(size=3, hardness=1.0), Sample(x, y))
        studio.end_stroke()
        count += 1
        print(time.monotonic() * 1e3, flush=True)
        if count == MOST:
            timer.stop()

    studio.start()
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(draw)
    timer.start(PACE_MS)
    application.exec()


def place(stroke: int) -> tuple[int, int]:
    """Where a stroke lies."""
    row, column = divmod(stroke, SIDE // SPACING)
    return 2 + column * SPACING, 2 + row * SPACING


def _killed(home: Path, after: float) -> tuple[list[float], float]:
    """When each stroke was drawn, and when the kill came, in milliseconds."""
    code = f"from {__name__} import paint; import sys; paint(sys.argv[1])"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    painter = subprocess.Popen(
        [sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, env=environment
    )
    with painter:
        assert painter.stdout is not None
        first = painter.stdout.readline()
        time.sleep(after)
        killed = time.monotonic() * 1e3
        painter.kill()
        rest = painter.stdout.read()
    lines = (first + rest).split(b"\n")[:-1]
    return [float(line) for line in lines if float(line) <= killed], killed


def _strokes_in(folder: Path, most: int) -> int:
    """How many of the first so many strokes are there, without a gap."""
    found = read_folder(folder)
    if found.fault is not None:
        raise RuntimeError(f"a kill left what can't be read: {found.fault}")
    if found.document is None:
        return 0
    known = found.document.held("depth").planes()["known"].whole
    missing = (i for i in range(most) if not known[place(i)[1], place(i)[0]])
    return next(missing, most)
