"""What a long run says of itself while it lasts: lines for whoever listens, and figures in a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from studio_app.core.files import write_text_atomic

Progress = Callable[[str], None]
"""Told of a line of text now and then."""
_FIGURES = "figures.json"


def say(progress: Progress | None, text: str) -> None:
    """To whoever listens, else to the standard error."""
    if progress:
        progress(text)
    else:
        print(text, file=sys.stderr, flush=True)


def say_figures(
    progress: Progress | None, folder: Path, step: int, figures: Mapping[str, float]
) -> None:
    """Of a stage's state after a step: kept in its folder, and said. Raises StudioError."""
    write_text_atomic(folder / _FIGURES, json.dumps({"step": step, **figures}))
    text = " ".join(f"{name} {value:.4g}" for name, value in figures.items())
    say(progress, f"{folder.name}: {text}")


def read_figures(folder: Path) -> dict[str, float]:
    """The last that were kept in a stage's folder; none where it has kept none."""
    path = folder / _FIGURES
    if not path.exists():
        return {}
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {name: value for name, value in kept.items() if name != "step"}


def clock(seconds: float) -> str:
    """Hours and minutes, as progress says them."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d} h"
