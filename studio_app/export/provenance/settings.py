"""What recipes of all tools have in common."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, cast


@dataclass
class Settings:
    """As a tool wrote them; None and "" where it did not. missed: what else it says, which no request can have."""

    prompt: str = ""
    negative: str = ""
    sampler: str = ""
    schedule: str = ""
    steps: float | None = None
    guidance: float | None = None
    seed: float | None = None
    size: tuple[int, int] | None = None
    model: str = ""
    clip_skip: float | None = None
    missed: list[str] = field(default_factory=list[str])


def number(value: Any) -> float | None:
    """A number, or text that is one; whole ones stay whole, since a seed has more digits than a float."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and len(value) < 40:
        for kind in (int, float):
            try:
                return kind(value)
            except ValueError:
                continue
    return None


def size_of(width: Any, height: Any) -> tuple[int, int] | None:
    """Of two numbers; None where they are none, or no size."""
    sides = number(width), number(height)
    if not all(side and math.isfinite(side) for side in sides):
        return None
    return int(sides[0] or 0), int(sides[1] or 0)


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def mapping(value: Any) -> dict[str, Any]:
    """A JSON object; an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A JSON list; an empty one for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []
