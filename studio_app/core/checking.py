"""Checks of values that cross the seams: each says with a StudioError what is wrong, and what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import frozen
from studio_app.core.errors import StudioError

FORMAT = 1
"""Of recipes."""


def checked_picture(value: Any, what: str, planes: int) -> NDArray[Any]:
    """`value` as a read-only array: uint8, or float32 in 0..1; planes: 2 for [H, W], 3 for [H, W, 3]. StudioError."""
    expected = "uint8, or float32 from 0 to 1, " + ("[H, W]" if planes == 2 else "[H, W, 3]")
    if not isinstance(value, np.ndarray):
        raise wrong(what, type(value).__name__, expected)
    array = cast("NDArray[Any]", value)
    shape_ok = array.ndim == planes and array.size > 0 and (planes == 2 or array.shape[2] == 3)
    if not shape_ok or array.dtype.name not in ("uint8", "float32"):
        raise wrong(what, f"{array.dtype} {list(array.shape)}", expected)
    if array.dtype.name == "float32" and not (
        array.min() >= 0 and array.max() <= 1
    ):  # NaN fails too
        raise wrong(what, "has values outside 0 to 1, or NaN", expected)
    return frozen(array)


def items_of(value: object) -> tuple[object, ...] | None:
    """The items of a tuple; None of anything else."""
    return cast("tuple[object, ...]", value) if isinstance(value, tuple) else None


def set_number(owner: object, name: str, low: float, high: float, what: str) -> None:
    """Makes a field of a frozen dataclass a float. StudioError unless it is a number from `low` to `high`."""
    value: Any = getattr(owner, name)
    # Compared as it is: float(10**400) has no answer.
    if not isinstance(value, int | float) or type(value) is bool or not low <= value <= high:
        raise wrong(what, value, f"a number from {low:g} to {high:g}")
    object.__setattr__(owner, name, float(value))


def check_int(owner: object, name: str, low: int, high: int, what: str) -> None:
    """StudioError unless a field is a whole number from `low` to `high`."""
    value: object = getattr(owner, name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise wrong(what, value, f"a whole number from {low} to {high}")


def wrong(what: str, value: object, expected: str) -> StudioError:
    """What is said of a value that can't be."""
    # Python writes no more than 4300 digits.
    huge = isinstance(value, int) and abs(value) > 10**60
    shown = "a number of that many digits" if huge else str(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return StudioError(f"The {what} can't be {shown}", f"it must be {expected}")


def known_fields(kind: type[Any], value: Any, what: str) -> dict[str, Any]:
    """The entries of a recipe's JSON object that are fields of the dataclass `kind`. StudioError."""
    if not isinstance(value, Mapping):
        raise StudioError(f"This {what} is broken", "it is not a JSON object")
    names = {item.name for item in fields(kind)}
    mapping = cast("Mapping[object, Any]", value)
    if mapping.get("format", FORMAT) != FORMAT:
        raise StudioError(
            f"This {what} is of another version",
            f"format {mapping['format']!r}, and this Underpaint reads {FORMAT}",
            "Open it with the Underpaint that wrote it.",
        )
    items = mapping.items()
    given: dict[str, Any] = {str(key): item for key, item in items if key != "format"}
    unknown = sorted(set(given) - names)
    if unknown:
        raise StudioError(
            f"This {what} has an unknown field",
            f"{unknown[0]!r}",
            "Known are " + ", ".join(sorted(names)),
        )
    return given


def tuple_of(value: Any, what: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise wrong(what, type(cast("object", value)).__name__, "a list")
    return tuple(cast("list[Any]", value))


def required(given: dict[str, Any], what: str, name: str) -> dict[str, Any]:
    if name not in given:
        raise StudioError(f"This {what} has no {name}", "", f"Add {name!r}")
    return given


def unpickled(owner: object, state: dict[str, Any]) -> None:
    # numpy gives writable arrays back from a pickle: seal them again.
    owner.__dict__.update(state)
    for value in state.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
