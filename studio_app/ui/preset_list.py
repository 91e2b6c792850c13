"""The presets there are: the studio's own, from resources/presets, and the artist's."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

from studio_app.core.errors import StudioError
from studio_app.core.resources import resources_dir, user_dir
from studio_app.document.document import Document, acting_of
from studio_app.document.presets import Preset, read_preset, write_preset
from studio_app.ui.faces.registry import controls

log = logging.getLogger(__name__)

KEPT = (
    "kind", "kind_chosen", "sampler", "steps", "guidance_scale", "strength", "tile", "tile_chosen",
    "finish", "finish_steps",
)  # fmt: skip
"""The settings that a saved preset holds, beside how strongly drawings act: how to work, not what on (no words,
seed or size)."""


def user_presets_dir() -> Path:
    return user_dir() / "presets"


def built_in_presets() -> list[Preset]:
    """In the order of their file names. Raises StudioError if one is broken: it is our own."""
    return [read_preset(path) for path in sorted((resources_dir() / "presets").glob("*.json"))]


def user_presets() -> list[Preset]:
    """The artist's own, by title; a broken file is left out, and a log line says so."""
    found: list[Preset] = []
    for path in sorted(user_presets_dir().glob("*.json")):
        try:
            found.append(read_preset(path))
        except StudioError as error:
            log.warning("%s", error)
    return sorted(found, key=lambda preset: preset.title.casefold())


def preset_of(title: str, document: Document, view: dict[str, Any]) -> Preset:
    """The knobs of now as a preset of the artist's own; one of the same id has the same title, or nearly. Raises
    StudioError for an empty title."""
    title = " ".join(title.split())[:60]
    stem = re.sub(r"[^\w]+", "-", title.casefold()).strip("-")
    if not stem:
        raise StudioError("A preset needs a name", "", "Type a few letters.")
    settings = document.settings
    values: dict[str, Any] = {name: getattr(settings, name) for name in KEPT}
    values["tile"] = list(settings.tile)
    said = [kind for kind in controls() if document.stack.first(kind) is not None]
    acting = {kind: {"strength": acting_of(document, kind)[0]} for kind in said}
    return Preset(f"my-{stem}", title, "", values, view, acting)


def keep_user_preset(preset: Preset) -> None:
    """Writes one of the artist's own; whatever has its id is replaced. StudioError where it can't be written."""
    write_preset(user_presets_dir() / f"{preset.id}.json", preset)


def remove_user_preset(preset: Preset) -> None:
    """Deletes the file of one of the artist's own. StudioError where the system refuses."""
    path = user_presets_dir() / f"{preset.id}.json"
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StudioError(
            "The preset can't be removed",
            f"{path}: {error.strerror or error}",
            "Check the folder's permissions.",
        ) from error
