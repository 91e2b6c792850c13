"""JSON from files nobody vouches for: settings, recipes, poses, documents, jobs, model files, word lists."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any, cast

from studio_app.core.errors import StudioError
from studio_app.core.reading import decoded, read_bytes
from studio_app.core.text import clean_text

MAX_BYTES = 4 << 20
MAX_DEPTH = 64
MAX_VALUES = 1_000_000
MAX_INT = 2**64
# Possessive, so that a string of a million escapes leaves no trail to go back on.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
_HALF = re.compile(r"\\u[dD][89abAB]|\\u[dD][c-fC-F]|[\ud800-\udfff]")


def read_json(path: Path, what: str = "", max_bytes: int = MAX_BYTES) -> Any:
    """The value in a JSON file; StudioError, naming `what` or the file, as `read_bytes` and `parse_json`."""
    return parse_json(read_bytes(path, max_bytes), what or path.name, max_bytes)


def read_object(
    path: Path, what: str = "", max_bytes: int = MAX_BYTES, *, endless: bool = False
) -> dict[str, Any]:
    """As `read_json`, of a file that has to hold an object."""
    return parse_object(read_bytes(path, max_bytes), what or path.name, max_bytes, endless=endless)


def parse_object(
    data: bytes | str, what: str, max_bytes: int = MAX_BYTES, *, endless: bool = False
) -> dict[str, Any]:
    """As `parse_json`, of a text that has to be an object."""
    value = parse_json(data, what, max_bytes, endless=endless)
    if not isinstance(value, dict):
        raise _broken(what, "it is not an object")
    return cast("dict[str, Any]", value)


def parse_json(
    data: bytes | str, what: str, max_bytes: int = MAX_BYTES, *, endless: bool = False
) -> Any:
    """The value of a JSON text, with or without a byte order mark.

    Its numbers are finite and its whole ones below 2**64 either way; half characters in its texts are U+FFFD.
    StudioError, naming `what`, where it is broken, larger than `max_bytes`, nested deeper than 64, holds more
    than a million values, a number beyond those, NaN or Infinity, or a key twice. endless: Infinity and NaN, which
    diffusers writes into its schedulers' configs, become None.
    """
    if len(data) > max_bytes:
        raise _broken(what, f"it is larger than {max_bytes >> 20} MiB")
    text = decoded(data, what) if isinstance(data, bytes) else data.removeprefix("\ufeff")
    _check_shape(text, what)
    try:
        value = json.loads(
            text,
            parse_float=_float,
            parse_int=_int,
            parse_constant=_none if endless else _no_constant,
            object_pairs_hook=_unique,
        )
    except json.JSONDecodeError as error:
        said = error.msg.removesuffix(" at")  # it means a place that is not said here
        raise _broken(what, f"line {error.lineno}: {said}") from None
    except ValueError as error:  # a number too large, a doubled key, NaN
        raise _broken(what, str(error)) from None
    return _cleaned(value) if _HALF.search(text) else value


def _broken(what: str, detail: str) -> StudioError:
    return StudioError(f"Can't read {what}", f"not valid JSON: {detail}")


def _check_shape(text: str, what: str) -> None:
    """Depth and number of values, counted without recursion; what stands inside strings does not count."""
    depth = values = 0
    for match in _TOKEN.finditer(text):
        sign = match.group()[0]
        if sign == '"':
            continue
        if sign in "]}":
            depth -= 1
            continue
        values += 1
        if values > MAX_VALUES:
            raise _broken(what, f"it holds more than {MAX_VALUES:,} values")
        if sign != ",":
            depth += 1
            if depth > MAX_DEPTH:
                raise _broken(what, f"it is nested deeper than {MAX_DEPTH}")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _int(text: str) -> int:
    # Python refuses 5000 digits, with advice that is no artist's.
    if len(text) > 21 or abs(number := int(text)) >= MAX_INT:
        raise ValueError(f"{text[:40]}{'...' if len(text) > 40 else ''} is too large a number")
    return number


def _none(_: str) -> None:
    return None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key appears twice")
    return value


def _cleaned(value: Any) -> Any:
    """The value with whole characters only; it is at most 64 deep."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {clean_text(key): _cleaned(item) for key, item in items}
    return value
