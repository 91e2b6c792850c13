"""Presets of brushes: how a brush is, by name; what it paints stays what it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.jsons import read_object
from studio_app.core.reading import NoSuchFile
from studio_app.document.brushes import Brush, brush_from

FORMAT = 1
MOST = 64
"""Own ones."""
MOST_NAME = 40
_OWN = ("value", "colour", "eraser", "mode", "amount")
"""What a brush paints, and to what: no part of a preset."""


@dataclass(frozen=True)
class BrushPreset:
    """name: for people. own: whether the artist made it."""

    name: str
    brush: Brush
    own: bool = False


_RISING = ((0.0, 0.0), (0.35, 0.08), (0.75, 0.55), (1.0, 1.0))
_GENTLE = ((0.0, 0.25), (0.5, 0.75), (1.0, 1.0))
BUILT_IN: tuple[BrushPreset, ...] = (
    BrushPreset("Round", Brush(size=24, hardness=0.5)),
    BrushPreset("Hard", Brush(size=20, hardness=1.0, pressure_size=False)),
    BrushPreset(
        "Soft",
        Brush(size=64, hardness=0.0, pressure_size=False, pressure_opacity=True, opacity=0.8),
    ),
    BrushPreset("Ink", Brush(size=12, hardness=1.0, size_curve=_RISING, steady=20)),
    BrushPreset("Steady line", Brush(size=6, hardness=0.9, size_curve=_GENTLE, steady=70)),
    BrushPreset(
        "Pencil",
        Brush(size=3, hardness=0.6, opacity=0.8, size_curve=_GENTLE, pressure_opacity=True),
    ),
    BrushPreset(
        "Airbrush",
        Brush(size=96, hardness=0.0, opacity=0.3, pressure_size=False, pressure_opacity=True),
    ),
    BrushPreset("Block in", Brush(size=80, hardness=0.9, pressure_size=False)),
)
"""Names are English; whoever shows them translates them."""


def applied(preset: BrushPreset, onto: Brush) -> Brush:
    """A brush like the preset's that paints what `onto` does."""
    return replace(preset.brush, **{name: getattr(onto, name) for name in _OWN})


def with_own(own: Sequence[BrushPreset], name: str, brush: Brush) -> tuple[BrushPreset, ...]:
    """The artist's presets with one more, or another brush under a name that there is. StudioError for a name that is
    none, and where there are too many."""
    name = " ".join(name.split())[:MOST_NAME]
    if not name:
        raise StudioError("A preset needs a name", "", "Type one, and save it again.")
    made = BrushPreset(name, replace(brush, eraser=False), own=True)
    kept = [one for one in own if one.name.casefold() != name.casefold()]
    if len(kept) >= MOST:
        raise StudioError(
            f"There are {MOST} presets of yours", "", "Remove one that you don't use."
        )
    return (*kept, made)


def without_own(own: Sequence[BrushPreset], name: str) -> tuple[BrushPreset, ...]:
    return tuple(one for one in own if one.name != name)


def read_own(path: Path) -> tuple[BrushPreset, ...]:
    """The artist's presets; none where there is no such file. What of it makes no sense is left out. StudioError for
    a file that is broken as a whole."""
    try:
        given = read_object(path, max_bytes=1 << 20)
    except NoSuchFile:
        return ()
    listed: Any = given.get("brushes")
    found: list[BrushPreset] = []
    for entry in cast("list[Any]", listed if isinstance(listed, list) else [])[:MOST]:
        if not isinstance(entry, dict):
            continue
        one = cast("dict[str, Any]", entry)
        name: Any = one.get("name")
        if isinstance(name, str) and name.strip() and len(name) <= MOST_NAME:
            found.append(BrushPreset(name.strip(), brush_from(one.get("brush"), Brush()), own=True))
    return tuple(found)


def write_own(path: Path, own: Sequence[BrushPreset]) -> None:
    brushes: list[dict[str, Any]] = []
    for preset in own:
        fields = {k: v for k, v in asdict(preset.brush).items() if k not in _OWN}
        brushes.append({"name": preset.name, "brush": fields})
    write_text_atomic(path, json.dumps({"format": FORMAT, "brushes": brushes}, indent=1))
