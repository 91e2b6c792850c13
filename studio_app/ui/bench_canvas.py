"""`underpaint bench canvas`: the real window with a large drawing, driven as a pen would, and how long it takes.

A segment of a stroke counts from the move of the pen until the canvas has painted it; so does a step of the wheel or of
a pan. Events come at 120 Hz, whether or not the one before is through.
"""

from __future__ import annotations

import math
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from studio_app.document.document import Document
from studio_app.document.people import standing_person
from studio_app.document.stack import Node, Stack
from studio_app.document.store.sessions import SavedSession
from studio_app.ui.bench_watch import WatchedWindow
from studio_app.ui.canvas.canvas import Canvas

PROMPT = "a red glass potion on grass, sunset"
MOVE_S = 1 / 120
STROKE_S = 1.2
KINDS = ("edge", "colour", "colour", "mask", "colour", "depth", "colour", "depth", "colour", "pose")
"""Of the ten layers, the topmost first."""


def measure(
    make_engine: Callable[[], Any],
    model: str = "underpaint-256",
    seconds: float = 6.0,
    side: int = 2048,
    view_side: int = 4096,
) -> dict[str, float]:
    """Milliseconds: `segment_ms_p95` and `segment_busy_ms_p95` of strokes on a canvas of side x side with ten layers,
    while the engine rests and while it draws; `view_ms_p95` of panning and zooming one of view_side x view_side.

    Needs no display, and nothing else running. seconds: of each.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        bench = CanvasBench(Path(folder), model, make_engine)
        try:
            bench.open()
            bench.lay_out(side)
            bench.rest()
            figures = {"segment_ms_p95": _p95(bench.strokes(seconds))}
            bench.studio.set_live(True)
            bench.draw(lambda: bench.studio.set_setting("seed", 5))
            figures["segment_busy_ms_p95"] = _p95(bench.strokes(seconds))
            bench.studio.set_live(False)
            bench.lay_out(view_side)
            figures["view_ms_p95"] = _p95(bench.looks(seconds))
        finally:
            bench.close()
    return figures


class CanvasBench(WatchedWindow):
    """The watched window, a drawing of ten layers, and a hand on its canvas."""

    def __init__(self, home: Path, model: str, make_engine: Callable[[], Any]) -> None:
        super().__init__(home, model, make_engine)
        canvas = self.window.findChild(Canvas)
        assert isinstance(canvas, Canvas)
        self.canvas = canvas
        self._watcher = _Paints(canvas)
        self._drew = False
        """Whether the samples of the newest move are in the drawing."""
        canvas.hand.drew.connect(self._on_drew)
        self._count = 0
        self._kept: Document | None = None
        """What lies in the journal."""
        self.studio.saved.connect(self._on_saved)

    def lay_out(self, side: int) -> None:
        """A canvas of that size, every layer of it drawn on all over, once all of that is in the journal."""
        settings = self.studio.settings
        frame = (side // 2 - 128, side // 2 - 128, 256, 256)
        made = Document(settings, Stack(_layers(side)), (side, side), frame)
        self.studio._editor.reset(made)  # as opening a file does
        self.window.canvas.tools.set_layer("colour")
        self.window.canvas.tools.set_size(48)
        self.canvas.fit()
        self.until(lambda: self.canvas.composed, 120)
        self.until(lambda: self._kept is self.studio.document, 120)

    def rest(self) -> None:
        """Until the engine has drawn what is laid out and has nothing left to make quicker."""
        self.draw(lambda: self.studio.set_setting("prompt", PROMPT))
        self.studio.set_live(False)

    def strokes(self, seconds: float) -> list[float]:
        """Of each segment, in ms."""
        times: list[float] = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self._count += 1
            width, height = self.studio.document.canvas
            self._mouse(QEvent.Type.MouseButtonPress, self._way(0.0, width, height))
            self._watcher.until_painted(self)
            began, moves = time.perf_counter(), 0
            while (now := time.perf_counter() - began) < STROKE_S:
                if now < moves * MOVE_S:
                    self.breathe()
                    continue
                moves = max(moves + 1, int(now / MOVE_S))
                sent, before, self._drew = time.perf_counter(), self.studio.document, False
                self._mouse(QEvent.Type.MouseMove, self._way(now, width, height))
                # What is painted before that shows nothing of the stroke; and some moves are too short for a dab.
                painted = self._watcher.until_painted(self, lambda: self._drew)
                if painted and self.studio.document is not before:
                    times.append(1e3 * (time.perf_counter() - sent))
            self._mouse(QEvent.Type.MouseButtonRelease, self._way(STROKE_S, width, height))
            self.wait(0.1)
        return times

    def looks(self, seconds: float) -> list[float]:
        """Of each step of the wheel and each move of a pan, in ms."""
        times: list[float] = []
        end = time.perf_counter() + seconds
        step = 0
        while time.perf_counter() < end:
            step += 1
            middle = QPointF(self.canvas.rect().center())
            at = middle + QPointF(90 * math.cos(step), 60 * math.sin(step))
            sent = time.perf_counter()
            if step % 40 < 20:
                self._wheel(
                    at, 120 if step % 20 < 10 else -120
                )  # ten in, ten out: none ends at a limit
            else:
                button = Qt.MouseButton.MiddleButton
                if step % 40 == 20:
                    self._press(QEvent.Type.MouseButtonPress, middle, button, button)
                self._press(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, button)
                if step % 40 == 39:
                    none = Qt.MouseButton.NoButton
                    self._press(QEvent.Type.MouseButtonRelease, at, button, none)
            if self._watcher.until_painted(self):
                times.append(1e3 * (time.perf_counter() - sent))
            while time.perf_counter() < sent + MOVE_S:
                self.breathe()
        return times

    # ---- inside ----

    def _on_drew(self) -> None:
        self._drew = True

    def _on_saved(self, saved: SavedSession) -> None:
        self._kept = saved.document

    def _way(self, t: float, width: int, height: int) -> QPointF:
        """A rosette over most of the canvas, in the view."""
        angle = 2.1 * t + self._count
        reach = 0.4 * math.cos(1.7 * t + 0.7 * self._count)
        x, y = 0.5 + reach * math.cos(angle), 0.5 + reach * math.sin(angle)
        return self.canvas.transform.to_view(width * x, height * y)

    def _mouse(self, kind: QEvent.Type, at: QPointF) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        button = none if kind == QEvent.Type.MouseMove else left
        held = none if kind == QEvent.Type.MouseButtonRelease else left
        self._press(kind, at, button, held)

    def _press(
        self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: Qt.MouseButton
    ) -> None:
        where = self.canvas.mapToGlobal(at)
        plain = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(self.canvas, QMouseEvent(kind, at, where, button, held, plain))

    def _wheel(self, at: QPointF, delta: int) -> None:
        where = self.canvas.mapToGlobal(at)
        none, plain = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        phase, turned = Qt.ScrollPhase.NoScrollPhase, QPoint(0, delta)
        event = QWheelEvent(at, where, QPoint(), turned, none, plain, phase, False)
        QApplication.sendEvent(self.canvas, event)


class _Paints(QObject):
    """Hears when the canvas is about to be painted: the turn of the event loop in which it is, ends with it painted."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._painted = False
        self._counts: Callable[[], bool] = lambda: True
        canvas.installEventFilter(self)

    def until_painted(
        self,
        window: WatchedWindow,
        counts: Callable[[], bool] = lambda: True,
        seconds: float = 0.5,
    ) -> bool:
        """Turns the event loop until it is, and that `counts`; whether it was in that time."""
        self._painted, self._counts = False, counts
        end = time.perf_counter() + seconds
        while not self._painted and time.perf_counter() < end:
            window.breathe()
        return self._painted

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._counts():
            self._painted = True
        return False


def _layers(side: int) -> tuple[Node, ...]:
    from studio_app.document.contents.registry import CONTENTS

    rows = np.linspace(0, 12, side, dtype=np.float32)
    made: list[Node] = []
    for number, kind in enumerate(KINDS):
        content = CONTENTS[kind].blank(side, side)
        if content.paintable:
            wave = np.sin(rows[:, None] * (1 + number)) * np.cos(rows[None, :] * (2 + number))
            level = np.rint(127.5 * (1 + wave)).astype(np.uint8)
            rgba = np.dstack([level, 255 - level, np.full_like(level, 20 * number), level])
            content = CONTENTS[kind].of_rgba(rgba, side, side)
        else:
            fields: dict[str, Any] = {"people": (standing_person(side, side, side / 2),)}
            content = replace(content, **fields)
        opacity = 1.0 if number % 3 else 0.7
        made.append(Node(f"{kind}-{number + 1}", content, opacity=opacity))
    return tuple(made)


def _p95(times: list[float]) -> float:
    return float(np.percentile(times, 95))
