"""`underpaint bench live`: the real window, driven as a hand would, and how long everything takes.

A picture counts when the viewer has painted it, decoded, of a request that was not shown before and with
a drawing that differs. The latency of an edit ends when the first picture that has it in it is painted; every
move of the pen that changed the drawing counts, also those that came while another picture was being made.

An edit waits for the rest of the picture under way and then for its own: with a picture every P milliseconds
half of all edits wait 1.5 P or longer. On two cores the window and the networks share them, so that
every millisecond of the window's thread goes into P as well.

What was tried. The first rows were counted beside a training run that held both cores: processor time of
one thread (one torch thread, embedded model), or the window's share of a core with an engine that only sleeps,
30 pictures a second. Such figures compare; they are no latencies. The rows that say so were timed on two idle cores.

| change | before | after | kept |
|---|---|---|---|
| U-Net traced (TorchScript), same bits (engine/operators/tracing.py) | 26 ms | 18.5 ms | yes |
| decoder (AutoencoderKL) traced, same bits | 97 to 100 ms | 85 to 87 ms | yes |
| convolutions' weights packed ahead, eager: U-Net / decoder | 25 / 95 ms | 22 / 87 ms | no: not with a trace |
| the same and traced: U-Net / decoder | 18.2 / 85 ms | 18.0 / 92 ms | no |
| linear layers' weights packed ahead | 23 ms | 28 ms | no |
| `mkldnn_convolution` with packed weights | 25 ms | 25 ms | no: other bits |
| `freeze`, `optimize_for_inference` after the trace | 18.5 ms | 19 ms | no |
| x_t of a run's start drawn once a seed, not every picture | 1.5 ms | 0 | yes |
| this bench's hand sleeps between moves, as a real one does | 8 % | 3 % | yes |
| all of the window while painting, the hand included | 21 % | 11 % | yes |
| of that (profiled): brush ring kept as a picture, a paint | 0.31 ms | 0.10 ms | yes |
| of that (profiled): empty layers not composed, a dab | 0.32 ms | 0.26 ms | yes |
| of that (profiled): hatching kept, layer buttons touched when they change | 0.30 ms | 0.07 ms | yes |
| digest and request of an edit (hashed once a layer) | 0.6 ms | 0.6 ms | as it was |
| one look of the collector through all objects | 260 ms | skipped | yes: frozen after the load |
| the collector rests while libraries and model come in, idle: `load_s` | 2.8 s | 2.7 s | yes |
| diffusers' submodules instead of the package | 2.9 s | 2.9 s | no: they import everything |
| the same without the packages' faces (engine/loading/lean.py): modules of a load | 1700 | 1345 | yes |
| switch interval 5 / 1 ms, idle: longest gap | 78 ms | 16 ms | yes |
| niceness of the engine's thread 0 / 10, idle: longest gap | 16 ms | 10 ms | yes, while the pen is down |
| torch threads 2 / 1, idle: step | 17 ms | 22 ms | two |
| OMP_WAIT_POLICY=passive, idle: step | 17 ms | 30 ms | no |
| decoder in a CPU's order (engine/decoding/quick_decoder.py), idle, traced before and after | 21.5 ms | 15.7 ms | yes |
| U-Net with fewer operations (engine/denoising/quick_unet.py), idle, traced before and after | 12.8 ms | 8.8 ms | yes |
| both, idle: pictures a second / edit to first picture, p50 | 19.5 / 73 ms | 27.9 / 51 ms | yes |
| the same, PNGs by zlib (Pillow holds the lock), the first stroke rehearsed, idle: longest gap | 54 ms | 8 ms | yes |
| of the window, a move (profiled): panels hear of a stroke's two ends, a stack has a table | 17 ms | 8.6 ms | yes |
| a draft decoder, pen down, idle: pictures a second / edit to first, p50 | 27.8 / 51 ms | 37.4 / 38 ms | yes |
| of the window, a dab on ten layers of 2048x2048: what lies under it remembered | 5.0 ms | 4.0 ms | yes |
| the engine's threads as a batch, pen down: edit to first, p50 / pictures a second | 49 ms / 30 | 44 ms / 33 | yes |
| GOMP_SPINCOUNT=1000: edit to first, p50 / a dab while it draws, p95 | 55 / 11.7 ms | 67 / 8.7 ms | no |
| torch threads 2 / 1, pen down: edit to first, p50 / p95 | 47 / 89 ms | 49 / 72 ms | two |
| the same: a dab while it draws, p95 | 11.4 ms | 8.8 ms | two: the first picture counts more |
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from studio_app.ui.bench_watch import WatchedWindow

MOVE_MS = 1000.0 / 60
STROKE_S, LIFT_S = 1.6, 0.6
LIMIT_BYTES = 10 << 20
SETTLE_S = 1.0
PROMPTS = (
    "a red glass potion on grass, sunset",
    "a blue crystal sword on snow, moonlight",
    "a green wooden chest on sand, midday",
)
START = """
import sys
from studio_app import app
from studio_app.ui import bench_live
app.prepare_interpreter()
bench_live.time_start(app.build, app.live_through, float(sys.argv[1]))
"""


def measure(
    make_engine: Callable[[], Any],
    model: str = "underpaint-256",
    seconds: float = 20.0,
    edits: int = 2000,
    start: bool = True,
) -> dict[str, float]:
    """Figures by key; about four minutes. Needs no display, and nothing else running.

    make_engine: as `Studio`'s.
    edit_first_ms_p50, edit_first_ms_p95, pictures_per_s (while the pen moves), penup_final_ms_p95,
    late_ms_p99, late_ms_max, stale_frames, rss_growth_mb, window_s, first_picture_s; with a CUDA device
    cuda_1step_ms and cuda_4step_ms (steps and one decode, each as the worker saw it).
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        if start:
            figures |= cold_start(Path(folder) / "start")
        bench = LiveBench(Path(folder) / "live", model, make_engine)
        try:
            bench.open()
            bench.paint(seconds)
            bench.type_prompts()
            figures |= bench.figures()
            if edits:
                figures["rss_growth_mb"] = bench.edit(edits)
        finally:
            bench.close()
    return figures


def cold_start(home: Path) -> dict[str, float]:
    """window_s, first_picture_s of a fresh process at a first start, from its launch."""
    command = [sys.executable, "-P", "-c", START, repr(time.time())]
    environment = dict(os.environ, UNDERPAINT_HOME=str(home))
    root = Path(__file__).resolve().parents[2]
    environment["PYTHONPATH"] = str(root)  # a checkout that was not installed
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=180)
    words = done.stdout.split()
    if done.returncode or len(words) < 2:
        raise RuntimeError(f"the window did not start: {done.stderr[-2000:]}")
    return {"window_s": float(words[0]), "first_picture_s": float(words[1])}


def time_start(
    build: Callable[[], tuple[Any, Any]], live_through: Callable[..., None], began: float
) -> None:
    """Runs in the fresh process: prints when the window was painted and when the first picture was."""
    from PySide6.QtWidgets import QApplication

    from studio_app.ui.viewer.picture_view import PictureView

    application = QApplication([])
    studio, window = build()
    application.processEvents()
    print(time.time() - began, flush=True)
    view = window.findChild(PictureView)
    studio.frame_arrived.connect(lambda: view.painted.connect(finish))
    studio.message.connect(lambda said: print(said, file=sys.stderr))

    def finish(_: float) -> None:
        print(time.time() - began, flush=True)
        os._exit(0)

    live_through(application, studio, window)


class LiveBench(WatchedWindow):
    """The watched window, and the hand that moves over it."""

    def __init__(self, home: Path, model: str, make_engine: Callable[[], Any]) -> None:
        from studio_app.ui.canvas.canvas import Canvas
        from studio_app.ui.feed import feed_of
        from studio_app.ui.viewer.picture_view import PictureView

        super().__init__(home, model, make_engine)
        self.studio.limit_memory(LIMIT_BYTES)
        canvas = self.window.findChild(Canvas)
        view = self.window.findChild(PictureView)
        assert isinstance(canvas, Canvas) and isinstance(view, PictureView)
        self.canvas, self.view = canvas, view
        self.first_ms: list[float] = []
        self.final_ms: list[float] = []
        self.stale = 0
        self.shown_pen_down = 0
        self.pen_down_s = 0.0
        self._digests: set[str] = set()
        self._drawings: set[str] = set()
        self._newest: Any = None
        self._edits_waiting: deque[tuple[int, float]] = deque(maxlen=1000)
        """(revision of the document, when) of edits that no picture has shown yet."""
        self._sent_at = 0.0
        """When the first event was sent that the canvas has made no edit of yet."""
        self._painted_order = 0
        self._lifted_at = 0.0
        self._pen_down = False
        self._stroke = 0
        feed_of(self.studio).arrived.connect(self._arrived)
        self.studio.document_changed.connect(self._edited)
        view.painted.connect(self._painted)

    # ---- the parts ----

    def open(self) -> None:
        super().open()
        self.draw(lambda: self.studio.set_setting("prompt", PROMPTS[0]))
        self.wait(SETTLE_S)  # what is done once is done: the window's last news
        self.first_ms.clear()
        self.start_watch()

    def paint(self, seconds: float) -> None:
        """Strokes at 60 Hz with pauses between them."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self._paint_stroke(STROKE_S)
            self.until(lambda: self._lifted_at == 0.0, 5)
            self.wait(LIFT_S)

    def type_prompts(self) -> None:
        """Eight letters a second, as people type."""
        from PySide6.QtTest import QTest

        from studio_app.ui.prompt_panel import PromptEdit

        editor = self.window.findChild(PromptEdit)
        assert isinstance(editor, PromptEdit)
        editor.setFocus()
        for prompt in PROMPTS[1:]:
            editor.selectAll()
            for letter in prompt:
                QTest.keyClicks(editor, letter)
                self.wait(0.05)
            self.wait(0.5)

    def figures(self) -> dict[str, float]:
        self.stop_watch()
        figures = {"stale_frames": float(self.stale)}
        if self.first_ms:
            figures["edit_first_ms_p50"] = float(np.percentile(self.first_ms, 50))
            figures["edit_first_ms_p95"] = float(np.percentile(self.first_ms, 95))
        if self.pen_down_s:
            figures["pictures_per_s"] = self.shown_pen_down / self.pen_down_s
        if self.final_ms:
            figures["penup_final_ms_p95"] = float(np.percentile(self.final_ms, 95))
        latency = self.studio.latency
        if latency.device.startswith("cuda") and {"step", "decode"} <= set(latency.stages):
            step, decode = latency.stages["step"], latency.stages["decode"]
            figures |= {"cuda_1step_ms": step + decode, "cuda_4step_ms": 4 * step + decode}
        if self.late_ms:
            figures["late_ms_p99"] = float(np.percentile(self.late_ms, 99))
            figures["late_ms_max"] = max(self.late_ms)
        return figures

    def edit(self, count: int) -> float:
        """Growth of resident memory in MB over `count` edits, with everything already at its limit."""
        from studio_app.session.latency import resident_mb

        self._edits(max(count // 8, 100))
        before = resident_mb()
        self._edits(count)
        after = resident_mb()
        if before is None or after is None:
            raise RuntimeError("this system does not tell how much memory is used")
        return after - before

    # ---- the hand ----

    def _paint_stroke(self, seconds: float) -> None:
        """A rosette that never repeats, with another value each time, so that every picture differs."""
        from PySide6.QtCore import QEvent

        self._stroke += 1
        tools = self.window.canvas.tools
        tools.set_value(0.2 + 0.75 * (self._stroke * 0.618 % 1.0))
        began = time.perf_counter()
        self._pen_down = True
        self._send(QEvent.Type.MouseButtonPress, 0.0)
        moves = 0
        while (now := time.perf_counter()) - began < seconds:
            if now - began >= moves * MOVE_MS / 1000:
                moves += 1
                self._send(QEvent.Type.MouseMove, now - began)
            self.breathe()
            self._sent_at = 0.0  # a move that painted nothing
        self._pen_down = False
        self.pen_down_s += time.perf_counter() - began
        self._lifted_at = time.perf_counter()
        self._send(QEvent.Type.MouseButtonRelease, seconds)
        self._sent_at = 0.0

    def _send(self, kind: Any, t: float) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtGui import QMouseEvent
        from PySide6.QtWidgets import QApplication

        width, height = self.studio.document.canvas
        angle = 3.1 * t + self._stroke
        reach = 0.36 * math.cos(2.3 * t + 0.7 * self._stroke)
        x = width * (0.5 + reach * math.cos(angle))
        y = height * (0.5 + reach * math.sin(angle))
        at = self.canvas.transform.to_view(x, y)
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        button = none if kind == QMouseEvent.Type.MouseMove else left
        buttons = none if kind == QMouseEvent.Type.MouseButtonRelease else left
        where = self.canvas.mapToGlobal(at)
        modifiers = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, at, where, button, buttons, modifiers)
        self._sent_at = self._sent_at or time.perf_counter()
        QApplication.sendEvent(self.canvas, event)

    def _edits(self, count: int) -> None:
        """Short strokes and knobs in turn, each seen before the next; every fourth is left to finish."""
        for i in range(count):
            seen = self._painted_order
            if i % 4:
                self.studio.set_setting("seed", 1 + self._stroke * 100_000 + i)
            else:
                self._paint_stroke(0.03)
            end = time.perf_counter() + 2
            while time.perf_counter() < end and (
                self._painted_order == seen or (i % 4 == 3 and self.studio.busy)
            ):
                self.breathe()

    # ---- the watch ----

    def _edited(self) -> None:
        """The canvas makes one edit of all that a turn of the event loop brought: it waits since the first of it."""
        if self._sent_at:
            self._edits_waiting.append((self.studio.document.revision, self._sent_at))
            self._sent_at = 0.0

    def _arrived(self, delivery: Any) -> None:
        self._newest = delivery

    def _painted(self, _: float) -> None:
        delivery, self._newest = self._newest, None
        if delivery is None or delivery.denoised is None:
            return
        now = time.perf_counter()
        if delivery.order < self._painted_order:
            self.stale += 1
        self._painted_order = max(delivery.order, self._painted_order)
        while self._edits_waiting and self._edits_waiting[0][0] <= delivery.revision:
            self.first_ms.append((now - self._edits_waiting.popleft()[1]) * 1000)
        digest = delivery.request.digest
        drawing = "".join(control.drawing for control in delivery.request.controls)
        if digest not in self._digests:
            self._digests.add(digest)
            if self._pen_down and drawing not in self._drawings:
                self.shown_pen_down += 1
            self._drawings.add(drawing)
        if delivery.final and not delivery.preview and self._lifted_at:
            self.final_ms.append((now - self._lifted_at) * 1000)
            self._lifted_at = 0.0
