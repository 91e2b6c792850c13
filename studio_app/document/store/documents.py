"""A document as JSON: alone in one file with its tiles inside, or with their names, and somebody else has them."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any, cast

import numpy as np

from studio_app.core.arrays import pack, unpack
from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.jsons import parse_json, read_json
from studio_app.core.reading import NoSuchFile, read_bytes
from studio_app.core.request import Start
from studio_app.document.bearings import Bearings
from studio_app.document.document import MAX_CANVAS, MIN_FRAME, Document
from studio_app.document.planes import Rect
from studio_app.document.settings import settings_dict, settings_from
from studio_app.document.store import four_layers
from studio_app.document.store.stacks import (
    FetchTile,
    StoreTile,
    UnknownKind,
    stack_dict,
    stack_from,
)
from studio_app.document.store.tile_files import Broken, TileFiles, of_the_system
from studio_app.document.tiles import Tile, inflated

OLD_ALONE, OLD_BESIDE, ALONE, BESIDE = 1, 2, 3, 4
"""Formats: with the pixels inside, and beside it. The old ones are of four layers."""
NAME = "document.json"
MAX_BYTES = 64 << 20
_TOO_LARGE = "The drawing is too large to be saved"


def save_document(document: Document, path: Path) -> None:
    """All of it in one file, as those of resources/samples are. StudioError where it can't be written, or could not be
    read again."""
    _write(path, document_dict(document))


def load_document(path: Path) -> Document:
    """Of one file. StudioError where it is missing, broken or huge."""
    value = read_json(path, max_bytes=MAX_BYTES)
    return _from(value, path.name, _unpacked, four_layers.inside)


def document_dict(document: Document) -> dict[str, Any]:
    """What `save_document` writes."""
    return _dict(document, ALONE, _packed)


def text_of(document: Document, store: StoreTile) -> str:
    """As JSON that names its tiles as `store` says. StudioError where it would be too large to be read again."""
    text = _text(_dict(document, BESIDE, store))
    if len(text) > MAX_BYTES:
        raise StudioError(_TOO_LARGE, f"{len(text) >> 20} MiB of layers and figures")
    return text


def document_of(data: bytes, what: str, fetch: FetchTile) -> Document:
    """The inverse. Broken where it can't be understood; any other StudioError where the system does not give a tile, or
    a newer Underpaint wrote it."""
    return _understood(data, what, fetch, four_layers.inside)


def read_document(folder: Path, files: TileFiles | None = None) -> Document | None:
    """Of a folder as earlier releases left it, or None where it has none. files: learns which files it is made of.

    Broken where there is one and it can't be understood; any other StudioError where the system does not give
    it, or a newer Underpaint wrote it.
    """
    files = files or TileFiles(folder)
    path = folder / NAME
    try:
        data = read_bytes(path, MAX_BYTES)
    except NoSuchFile:
        return None
    except StudioError as error:
        raise _of_reading(error) from error
    return _understood(data, NAME, files.read, four_layers.beside(folder, files))


def draws(value: Mapping[str, Any]) -> bool:
    """Whether anything is drawn in a document, as far as its JSON tells."""
    if value.get("format") in (OLD_ALONE, OLD_BESIDE):
        return four_layers.draws(value)
    return '"people": [[' in json.dumps(value.get("stack")) or _has_tiles(value.get("stack"))


class Newer(StudioError):
    """A newer Underpaint wrote it."""


def _has_tiles(value: Any) -> bool:
    if isinstance(value, dict):
        part = cast("dict[str, Any]", value)
        planes: Any = part.get("planes")
        if isinstance(planes, dict) and any(cast("dict[str, Any]", planes).values()):
            return True
        return _has_tiles(part.get("children"))
    return isinstance(value, list) and any(_has_tiles(one) for one in cast("list[Any]", value))


def _understood(data: bytes, what: str, fetch: FetchTile, old: four_layers.Fetch) -> Document:
    try:
        return _from(parse_json(data, what, MAX_BYTES), what, fetch, old)
    except StudioError as error:
        raise _of_reading(error) from error
    except Exception as error:  # whatever a file makes our code do, it is that file's
        raise Broken(f"{what} is broken", f"{type(error).__name__}: {error}"[:300]) from error


def _of_reading(error: StudioError) -> StudioError:
    """Broken, unless the file itself may well be sound."""
    sound = isinstance(error, Newer | Broken) or of_the_system(error)
    return error if sound else Broken.of(error)


def _write(path: Path, value: dict[str, Any]) -> None:
    write_text_atomic(path, _text(value), lambda written: _readable(written, path.name))


def _text(value: dict[str, Any]) -> str:
    # ASCII: whatever is in a text, half a character too, there is a way to write it.
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _readable(written: Path, what: str) -> bool:
    """What is saved must open again: the reader's own rules are asked before it replaces anything."""
    try:
        parse_json(read_bytes(written, MAX_BYTES), what, MAX_BYTES)
    except StudioError as error:
        raise StudioError(_TOO_LARGE, error.detail) from error
    return True


def _dict(document: Document, layout: int, store: StoreTile) -> dict[str, Any]:
    value: dict[str, Any] = {"format": layout, "settings": settings_dict(document.settings)}
    value |= {"canvas": list(document.canvas), "frame": list(document.frame)}
    bearings = document.bearings
    value["bearings"] = [bearings.x, bearings.y, bearings.across, bearings.down]
    value |= stack_dict(document.stack, store)
    if document.start is not None:
        value["start"] = {"latent": pack(document.start.latent), "step": document.start.step}
    return value


def _from(value: Any, what: str, fetch: FetchTile, old: four_layers.Fetch) -> Document:
    if not isinstance(value, Mapping):
        raise StudioError(f"{what} is broken", "it is not a JSON object")
    given = cast("Mapping[str, Any]", value)
    layout = given.get("format")
    if type(layout) is not int or layout not in (OLD_ALONE, OLD_BESIDE, ALONE, BESIDE):
        newer = type(layout) is int and layout > BESIDE
        raise _another(what, f"format {str(layout)[:40]}", newer)
    settings = settings_from(given.get("settings"))
    size = settings.width, settings.height
    try:
        of_four = layout in (OLD_ALONE, OLD_BESIDE)
        canvas = size if of_four else _canvas(given)
        stack = (
            four_layers.stack_of(given, size, old) if of_four else stack_from(given, canvas, fetch)
        )
        start = given.get("start")
        began = Start(unpack(start["latent"], "branch"), start["step"]) if start else None
        frame = (0, 0, *size) if of_four else _frame(given, canvas)
        return Document(settings, stack, canvas, frame, began, bearings=_bearings(given))
    except UnknownKind as error:
        raise _another(what, str(error), True) from None
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError) as error:
        raise StudioError(f"{what} is broken", f"{type(error).__name__}: {error}"[:300]) from None


def _canvas(given: Mapping[str, Any]) -> tuple[int, int]:
    width, height = (_whole(side) for side in given["canvas"])
    if not (MIN_FRAME <= width <= MAX_CANVAS and MIN_FRAME <= height <= MAX_CANVAS):
        raise ValueError(f"no canvas of {width}x{height}")
    return width, height


def _bearings(given: Mapping[str, Any]) -> Bearings:
    x, y, across, down = (float(part) for part in given.get("bearings", (0, 0, 1, 1)))
    if not all(map(isfinite, (x, y, across, down))) or min(across, down) <= 0:
        raise ValueError("the canvas lies nowhere")
    return Bearings(x, y, across, down)


def _frame(given: Mapping[str, Any], canvas: tuple[int, int]) -> Rect:
    x, y, width, height = (_whole(part) for part in given["frame"])
    inside = x >= 0 and y >= 0 and x + width <= canvas[0] and y + height <= canvas[1]
    if not inside or width < 1 or height < 1:
        raise ValueError("the picture lies outside the canvas")
    return x, y, width, height


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("no whole number")
    return value


def _another(what: str, why: str, newer: bool) -> StudioError:
    return (Newer if newer else StudioError)(
        f"{what} is of another version",
        f"{why}, and this Underpaint reads up to format {BESIDE}",
        "Open it with the Underpaint that wrote it.",
    )


def _packed(tile: Tile) -> str:
    little = np.ascontiguousarray(tile.pixels, dtype=tile.dtype.newbyteorder("<"))
    return base64.b64encode(zlib.compress(little.tobytes(), 6)).decode("ascii")


def _unpacked(packed: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Tile:
    try:
        data = base64.b64decode(packed, validate=True)
    except binascii.Error:
        raise ValueError("the pixels of a tile are broken") from None
    return Tile(inflated(data, shape, dtype))
