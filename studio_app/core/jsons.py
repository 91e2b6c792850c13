"""JSON from files nobody vouches for."""

from __future__ import annotations

import json
import re
from typing import Any

from studio_app.core.errors import StudioError

MAX_BYTES = 4 << 20
MAX_DEPTH = 64
_BRACKET_OR_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)


def parse_json(data: bytes | str, what: str, max_bytes: int = MAX_BYTES) -> Any:
    """The value of a JSON text. StudioError, naming `what`, where it is broken, larger than `max_bytes`,
    nested deeper than 64, holds NaN or Infinity, or names a key twice.
    """
    if len(data) > max_bytes:
        raise _broken(what, f"it is larger than {max_bytes >> 20} MiB")
    if isinstance(data, bytes):
        try:
            data = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise _broken(what, "it is not UTF-8 text") from None
    if _depth(data) > MAX_DEPTH:
        raise _broken(what, f"it is nested deeper than {MAX_DEPTH}")
    try:
        return json.loads(data, parse_constant=_no_constant, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise _broken(what, f"line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError) as error:  # a number of 5000 digits, a doubled key, NaN
        raise _broken(what, str(error)) from None


def _broken(what: str, detail: str) -> StudioError:
    return StudioError(f"Can't read {what}", f"not valid JSON: {detail}")


def _depth(text: str) -> int:
    """Nesting depth, counted without recursion; brackets inside strings do not count."""
    deepest = depth = 0
    for match in _BRACKET_OR_STRING.finditer(text):
        sign = match.group()
        if sign in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return depth
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key appears twice")
    return value
