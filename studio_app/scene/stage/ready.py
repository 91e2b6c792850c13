"""Scenes that are ready to begin with: `resources/scenes/`, one JSON file each, in the order of their names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_object
from studio_app.core.reading import list_folder
from studio_app.core.resources import resources_dir
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.stage_json import from_json


@dataclass(frozen=True)
class Ready:
    """name: of its file, for settings; title: for people."""

    name: str
    title: str
    stage: Stage


@lru_cache(maxsize=1)
def ready_scenes() -> tuple[Ready, ...]:
    """All of them. StudioError where a file of the program's own is broken."""
    paths = [p for p in list_folder(resources_dir() / "scenes") if p.suffix == ".json"]
    found: list[Ready] = []
    for path in paths:
        content = read_object(path)
        title = content.get("title")
        if not isinstance(title, str) or not title:
            raise StudioError(
                f"Can't read {path.name}", "it has no title", "Install Underpaint again."
            )
        name = path.stem.partition("-")[2]
        found.append(Ready(name, title, from_json(content.get("stage"), path.name)))
    return tuple(found)
