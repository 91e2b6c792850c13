"""A studio's work and its file: what is drawn, and saving and opening it to the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio_app.document.store.documents import document_dict
from studio_app.session.studio import Studio


def drawn(studio: Studio) -> dict[str, Any]:
    return document_dict(studio.document)


def messages(studio: Studio) -> list[Any]:
    said: list[Any] = []
    studio.message.connect(said.append)
    return said


def save_as(qtbot: Any, studio: Studio, path: Path) -> None:
    studio.files.save_as(path)
    qtbot.waitUntil(lambda: studio.files.path == path and not studio.files.saving)


def save(qtbot: Any, studio: Studio) -> None:
    studio.files.save()
    qtbot.waitUntil(lambda: not studio.files.saving)


def save_and_draw_on(
    qtbot: Any, studio: Studio, dab: Callable[[Studio, int], object], path: Path
) -> None:
    """A drawing in a file, that was changed since."""
    dab(studio, 10)
    save_as(qtbot, studio, path)
    dab(studio, 40)


def open_file(qtbot: Any, studio: Studio, path: Path) -> None:
    there: list[int] = []
    studio.files.open(path, lambda: there.append(1))
    qtbot.waitUntil(lambda: bool(there))
