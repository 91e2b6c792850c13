"""TOML from files nobody vouches for: the list of models, training recipes."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any, cast

from studio_app.core.errors import StudioError
from studio_app.core.jsons import MAX_BYTES, MAX_DEPTH, MAX_INT
from studio_app.core.reading import read_text


def read_toml(path: Path, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The tables of a TOML file, under the limits of `parse_json`. StudioError where it is missing or breaks them."""
    text = read_text(path, max_bytes)
    try:
        tables = tomllib.loads(text)
        _check(tables)
    except RecursionError:
        raise _broken(path, "it is nested too deep") from None
    except ValueError as error:
        raise _broken(path, str(error)) from None
    return tables


def _broken(path: Path, why: str) -> StudioError:
    return StudioError(f"{path.name} is not valid TOML", f"{path}: {why}")


def _check(tables: dict[str, Any]) -> None:
    waiting: list[tuple[Any, int]] = [(tables, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested deeper than {MAX_DEPTH}")
        if isinstance(value, dict):
            inner = cast("dict[str, Any]", value).values()
            waiting += [(item, depth + 1) for item in inner]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in cast("list[Any]", value)]
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{value} is not a number")
        elif isinstance(value, int) and abs(value) >= MAX_INT:
            raise ValueError("a number in it is too large")
