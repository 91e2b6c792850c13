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
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.settings import SETTING_NAMES, settings_from, with_settings
from studio_app.document.stack import fitting

FORMAT = 1
ACTING = ("strength", "start", "end")
"""What a preset may say of how a drawing acts."""


@dataclass(frozen=True)
class Preset:
    """id: its file's stem. settings: some of `Settings` by name; a prompt is not among them. acting: of the control
    of a kind of content, some of strength, start and end: {"depth": {"strength": 1.4}}.

    view: how to look at it, for the window: {"tile": bool, "checkerboard": bool, ...}.
    """

    id: str
    title: str
    sentence: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    view: Mapping[str, Any] = field(default_factory=dict[str, Any])
    acting: Mapping[str, Mapping[str, float]] = field(
        default_factory=dict[str, Mapping[str, float]]
    )


def read_preset(path: Path) -> Preset:
    """StudioError where the file is broken or sets what isn't a knob."""
    given = read_object(path, max_bytes=1 << 20)
    if given.get("format", FORMAT) != FORMAT or not isinstance(given.get("title"), str):
        raise StudioError(f"{path.name} is no preset", "it has no title, or another format")
    knobs: Any = given.get("settings", {})
    view: Any = given.get("view", {})
    acting: Any = given.get("acting", {})
    if not all(isinstance(part, dict) for part in (knobs, view, acting)):
        raise StudioError(f"{path.name} is no preset", "its settings are not an object")
    settings = cast("dict[str, Any]", knobs)
    older = _acting_of(settings)
    known = {name: value for name, value in settings.items() if name not in _old_names()}
    unknown = sorted(set(known) - set(SETTING_NAMES))
    if unknown:
        raise StudioError(f"{path.name} sets {unknown[0]!r}", "which is not a setting")
    with_settings(settings_from({}), **known)  # says what is of the wrong kind
    acts = _checked(path.name, {**older, **cast("dict[str, Any]", acting)})
    sentence = str(given.get("sentence", ""))
    return Preset(path.stem, given["title"], sentence, known, cast("dict[str, Any]", view), acts)


def write_preset(path: Path, preset: Preset) -> None:
    """StudioError where it can't be written."""
    value = {
        "format": FORMAT,
        "title": preset.title,
        "sentence": preset.sentence,
        "settings": dict(preset.settings),
        "acting": {kind: dict(values) for kind, values in preset.acting.items()},
        "view": dict(preset.view),
    }
    write_text_atomic(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def _checked(what: str, acting: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    for kind, values in acting.items():
        known = kind in CONTENTS and CONTENTS[kind].controls and isinstance(values, dict)
        if not known or set(cast("dict[str, Any]", values)) - set(ACTING):
            raise StudioError(f"{what} is no preset", f"nothing acts as its {kind[:40]!r}")
    return {kind: fitting(values) for kind, values in acting.items()}


def _old_names() -> dict[str, tuple[str, str]]:
    """How the first releases said among the settings how a drawing acts: name -> (kind, field)."""
    kinds = [kind for kind, content in CONTENTS.items() if content.controls]
    return {f"{kind}_{name}": (kind, name) for kind in kinds for name in ACTING}


def _acting_of(settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, (kind, field_name) in _old_names().items():
        if name in settings:
            found.setdefault(kind, {})[field_name] = settings[name]
    return found
