"""The window's part of `underpaint bench export`: how long it stands still while pictures are exported from it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio_app.core.files import write_text_atomic
from studio_app.ui.bench_watch import WatchedWindow

POTION = {"prompt": "a red glass potion", "kind": "isolated"}
BRICKS = {"prompt": "old red bricks", "kind": "texture", "tile": (True, True)}
JOBS: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("sprite", 0, {"kind": "sprite"}),
    ("psd", 0, {"kind": "picture", "format": "psd"}),
    ("picture", 0, {"kind": "picture", "format": "png", "scale": 4}),
    ("texture_set", 1, {"kind": "texture", "format": "png", "scale": 4}),
)
"""(name, which picture, what is chosen); 4 times a picture of 256x256 is 1024x1024."""


def measure(make_engine: Callable[[], Any], model: str = "underpaint-256") -> dict[str, float]:
    """export_gap_ms: the longest that the event loop of the whole window was late while a sprite, a PSD, a picture and
    a texture set of 1024x1024 were exported through its panel into a Unity project, each for the first time and once
    more; export_gap_<name>_ms: of each.

    Needs no display, and nothing else running. Where the model has no maps, the texture set is left out.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        root = Path(folder) / "game"
        version = root / "ProjectSettings/ProjectVersion.txt"
        write_text_atomic(version, "m_EditorVersion: 6000.2.1f1\n")
        (root / "Assets").mkdir()
        bench = ExportBench(Path(folder) / "home", model, make_engine)
        try:
            bench.open()
            bench.draw_pictures()
            bench.open_project(root)
            gaps = bench.exports()
        finally:
            bench.close()
    figures = {f"export_gap_{name}_ms": gap for name, gap in gaps.items()}
    return {"export_gap_ms": max(gaps.values()), **figures}


class ExportBench(WatchedWindow):
    """Exports as an artist does: through the panel, which follows every choice."""

    def draw_pictures(self) -> None:
        self.studio.set_live(False)
        for knobs in (POTION, BRICKS):
            self.studio.set_settings(knobs)
            self.draw(self.studio.generate_once)

    def open_project(self, root: Path) -> None:
        self.window.export_panel.open_panel()
        self.studio.exporting.open_project(str(root))
        self._settle()
        self.window.export_panel.hide()

    def exports(self) -> dict[str, float]:
        """The longest lateness during each, in ms."""
        can = self.studio.capabilities
        gaps: dict[str, float] = {}
        for name, which, choice in JOBS:
            if choice["kind"] != "texture" or (can is not None and can.maps):
                self.late_ms.clear()
                self.start_watch()
                for again in ("", " again"):  # what is imported for the first one counts too
                    self._export(which, {**choice, "name": f"{name}{again}"})
                self.stop_watch()
                gaps[name] = max(self.late_ms)
        return gaps

    def _export(self, which: int, choice: dict[str, Any]) -> None:
        exporting, panel = self.studio.exporting, self.window.export_panel
        self.window.viewer.shown.look_at(self.studio.gallery[which])
        panel.open_panel()
        exporting.choose(**choice)
        self._settle()
        if exporting.error is not None:
            raise exporting.error
        done: list[object] = []
        heard = exporting.finished.connect(done.append)
        panel.export_button.click()
        self.until(lambda: bool(done), 120)
        exporting.disconnect(heard)
        self._settle()
        self.wait(0.1)

    def _settle(self) -> None:
        self.until(lambda: self.studio.exporting.stage == "", 120)
