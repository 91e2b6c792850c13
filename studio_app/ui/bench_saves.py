"""The window's part of `underpaint bench canvas`: how long a drawing takes into its file, how late the window is."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import Document
from studio_app.document.settings import Settings
from studio_app.document.stack import Node, Stack
from studio_app.document.store.sessions import Contents, Unread
from studio_app.ui.bench_watch import WatchedWindow

SIDE = 2048
LAYERS = 10
MOST_S = 300


def measure(
    make_engine: Callable[[], Any],
    model: str = "underpaint-256",
    side: int = SIDE,
    layers: int = LAYERS,
) -> dict[str, float]:
    """save_s: from the command to the verified file in its place, of a canvas of `side` pixels a side with so many
    painted layers, of which nothing was written before. save_again_s: once more, with another layer changed.
    save_gap_ms: the longest that the event loop of the whole window was late meanwhile. save_mb: of the file.

    Needs no display, and nothing else running.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        bench = SaveBench(Path(folder) / "home", model, make_engine)
        try:
            bench.open()
            bench.paint(side, layers)
            path = Path(folder) / "bench.ora"
            first = bench.save(path)
            bench.change_one()
            again = bench.save(path)
            size = path.stat().st_size
        finally:
            bench.close()
    return {
        "save_s": first,
        "save_again_s": again,
        "save_gap_ms": max(bench.late_ms),
        "save_mb": size / 1e6,
    }


class SaveBench(WatchedWindow):
    """Saves by the window's own command."""

    def paint(self, side: int, layers: int) -> None:
        """Puts the drawing on the desk, and waits until the journal has it."""
        self.studio.set_live(False)
        document = painted(side, layers)
        self.studio._parts.show(Contents(document, {"live": False}, Unread(Path())))
        kept: list[object] = []
        heard = self.studio.saved.connect(kept.append)
        self.until(lambda: bool(kept) and self.studio.document.canvas == (side, side), MOST_S)
        self.studio.disconnect(heard)
        self.wait(0.5)

    def save(self, path: Path) -> float:
        """Seconds."""
        files = self.studio.files
        self.start_watch()
        begun = time.perf_counter()
        if files.path is None:
            files.save_as(path)
        else:
            self.window.command["save_drawing"].trigger()
        self.until(lambda: not files.saving, MOST_S)
        seconds = time.perf_counter() - begun
        self.wait(0.2)  # what follows a save counts too
        self.stop_watch()
        if files.modified:
            raise RuntimeError("the drawing was not saved")
        return seconds

    def change_one(self) -> None:
        node = next(self.studio.document.stack.nodes())
        turned = node.content.flipped(self.studio.document.canvas, across=True)
        self.studio.change_content(node.id, turned, "Turn")
        self.wait(0.5)


def painted(side: int, layers: int) -> Document:
    """A ground, and above it layers as artists have them: each painted on a part of the canvas, with soft edges; one of
    them depth."""
    chance = np.random.default_rng(1)
    nodes: list[Node] = []
    for number in range(layers):
        kind = "depth" if number == layers // 2 else "colour"
        content = CONTENTS[kind].of_rgba(
            _strokes(side, chance, whole=number == layers - 1), side, side
        )
        nodes.append(Node(f"{kind}-{number + 1}", content))
    if layers > 2:
        nodes[1] = replace(nodes[1], blend="multiply", opacity=0.8)
    page = (0, 0, side, side)
    return Document(Settings(prompt="a gate"), Stack(tuple(nodes)), (side, side), page)


def _strokes(side: int, chance: np.random.Generator, *, whole: bool) -> NDArray[np.uint8]:
    """Soft blobs, uint8 [side, side, 4], of colours that change slowly, with the grain of a brush."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    out = np.empty((side, side, 4), np.uint8)
    for channel in range(3):
        a, b, c = chance.uniform(1, 6, 3)
        wave = 127 + 70 * np.sin(a * x + b * y) + 40 * np.sin(c * 5 * x * y)
        out[..., channel] = np.clip(wave + chance.normal(0, 1, (side, side)), 0, 255)
    alpha = np.full((side, side), 255.0 if whole else 0.0, np.float32)
    for _ in range(0 if whole else 5):
        left, top, radius = *chance.uniform(0.1, 0.9, 2), chance.uniform(0.08, 0.25)
        far = np.hypot(x - left, y - top) / radius
        alpha = np.maximum(alpha, 255 * np.clip(4 * (1 - far), 0, 1))
    out[..., 3] = alpha
    out[out[..., 3] == 0] = 0
    return out
