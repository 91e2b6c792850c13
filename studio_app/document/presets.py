"""Presets: small data files that set knobs, the kind of picture and how it is looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.jsons import read_object
from studio_app.document.settings import SETTING_NAMES, settings_from, with_settings

FORMAT = 1


@dataclass(frozen=True)
class Preset:
    """id: its file's stem. settings: some of `Settings` by name; a prompt is not among them.

    view: how to look at it, for the window: {"tile": bool, "checkerboard": bool, ...}.
    """

    id: str
    title: str
    sentence: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    view: Mapping[str, Any] = field(default_factory=dict[str, Any])


def read_preset(path: Path) -> Preset:
    """StudioError where the file is broken or sets what isn't a knob."""
    given = read_object(path, max_bytes=1 << 20)
    if given.get("format", FORMAT) != FORMAT or not isinstance(given.get("title"), str):
        raise StudioError(f"{path.name} is no preset", "it has no title, or another format")
    knobs: Any = given.get("settings", {})
    view: Any = given.get("view", {})
    if not isinstance(knobs, dict) or not isinstance(view, dict):
        raise StudioError(f"{path.name} is no preset", "its settings are not an object")
    settings = cast("dict[str, Any]", knobs)
    unknown = sorted(set(settings) - set(SETTING_NAMES))
    if unknown:
        raise StudioError(f"{path.name} sets {unknown[0]!r}", "which is not a setting")
    with_settings(settings_from({}), **settings)  # says what is of the wrong kind
    sentence = str(given.get("sentence", ""))
    return Preset(path.stem, given["title"], sentence, settings, cast("dict[str, Any]", view))


def write_preset(path: Path, preset: Preset) -> None:
    """StudioError where it can't be written."""
    value = {
        "format": FORMAT,
        "title": preset.title,
        "sentence": preset.sentence,
        "settings": dict(preset.settings),
        "view": dict(preset.view),
    }
    write_text_atomic(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")
