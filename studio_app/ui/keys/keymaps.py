"""Keys as other programs have them, for those whose hands know one; data in `resources/keymaps`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from studio_app.core.jsons import read_object
from studio_app.core.resources import resources_dir


@dataclass(frozen=True)
class Keymap:
    """title: the other program. keys: by id of a command, those that differ from ours; portable."""

    title: str
    keys: Mapping[str, list[str]]


def keymaps() -> list[Keymap]:
    """By title. Raises StudioError if one is broken: they are our own."""
    found = [read_object(path) for path in sorted((resources_dir() / "keymaps").glob("*.json"))]
    return [
        Keymap(str(one["title"]), cast("Mapping[str, list[str]]", one["keys"])) for one in found
    ]
