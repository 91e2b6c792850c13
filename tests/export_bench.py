"""A studio on an engine without networks, with a copy of a sample project to export into."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from studio_app.session.exporting import Exporting
from studio_app.session.sheet_frames import SheetFrames
from studio_app.session.studio import Studio
from tests.fake_engine import FakeEngine
from tests.fake_pictures import record_of

DATA = Path(__file__).parent / "data"


class Bench:
    """A studio with a picture, a copy of a sample project, and what was said."""

    def __init__(self, qtbot: Any, studio: Studio, engine: FakeEngine, tmp_path: Path) -> None:
        self.qtbot, self.studio, self.engine, self._tmp = qtbot, studio, engine, tmp_path
        self.said: list[Any] = []
        self.refused: list[bool] = []
        studio.message.connect(self.said.append)
        studio.exporting.refused.connect(lambda: self.refused.append(True))

    @property
    def exporting(self) -> Exporting:
        return self.studio.exporting

    def frames(self) -> SheetFrames:
        parts = self.studio._parts
        return SheetFrames(parts.shelf.gallery, parts._present, parts.reader, parts.series)

    def draw(self, *args: Any, **more: Any) -> None:
        self.studio._shelf.add(record_of(*args, **more))
        self.exporting.show(self.studio.gallery.newest)

    def project(self, kind: str = "godot") -> Path:
        root = self._tmp / kind
        if not root.exists():
            shutil.copytree(DATA / f"{kind}_project", root)
        return root

    def ready(self) -> None:
        self.qtbot.waitUntil(lambda: self.exporting.stage == "")

    def open(self, kind: str = "godot") -> Path:
        root = self.project(kind)
        self.exporting.open_project(str(root))
        self.ready()
        return root

    def export(self) -> Any:
        with self.qtbot.waitSignal(self.exporting.finished) as told:
            self.exporting.export()
        self.ready()
        return told.args[0]


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
