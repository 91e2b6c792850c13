"""A document as JSON: alone in one file with its planes inside, or in a folder with its planes beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import pack, unpack
from studio_app.core.errors import StudioError
from studio_app.core.files import write_text_atomic
from studio_app.core.jsons import parse_json, read_json
from studio_app.core.reading import NoSuchFile, read_bytes
from studio_app.core.request import Start
from studio_app.document.document import Document
from studio_app.document.layers import (
    AROUNDS,
    LAYERS,
    Around,
    ColourLayer,
    DepthLayer,
    MaskLayer,
    Person,
    PoseLayer,
)
from studio_app.document.planes import COVER, RGBA, VALUE, Plane
from studio_app.document.settings import settings_dict, settings_from
from studio_app.document.store.planes import Broken, PlaneWriter, of_the_system, read_plane

ALONE, BESIDE = 1, 2
"""Formats: with the planes inside, and beside it."""
NAME = "document.json"
MAX_BYTES = 64 << 20
PLANES: tuple[tuple[str, str, str, tuple[int, ...]], ...] = (
    ("depth", "value", "float32", ()),
    ("depth", "known", "uint8", ()),
    ("colour", "rgba", "uint8", (4,)),
    ("mask", "pixels", "uint8", ()),
)
"""(layer, plane, dtype, what follows height and width in its shape)"""

Store = Callable[[str, Plane], Any]
"""(name, plane) -> what the JSON says of it."""
Fetch = Callable[[str, Any, tuple[int, ...], str], NDArray[Any]]
"""(name, what the JSON says of it, shape, dtype) -> plane"""


def save_document(document: Document, path: Path) -> None:
    """All of it in one file. StudioError where it can't be written, or could not be read again."""
    value = _dict(document, ALONE, lambda _, plane: pack(plane.whole))
    _write(path, value)


def load_document(path: Path) -> Document:
    """Of one file. StudioError where it is missing, broken or huge."""
    return _from(read_json(path, max_bytes=MAX_BYTES), path.name, _unpacked)


def document_dict(document: Document) -> dict[str, Any]:
    """What `save_document` writes."""
    return _dict(document, ALONE, lambda _, plane: pack(plane.whole))


def write_document(document: Document, folder: Path, planes: PlaneWriter) -> None:
    """Into a folder: the planes that changed, then `document.json`. StudioError where the disk refuses; what was
    there stays readable then."""
    try:
        _write(folder / NAME, _dict(document, BESIDE, planes.write))
    except BaseException:
        planes.lose()
        raise
    planes.keep()


def read_document(folder: Path, planes: PlaneWriter | None = None) -> Document | None:
    """Of a folder, or None where it has none. planes: learns what need not be written again.

    Broken where there is one and it can't be understood; any other StudioError where the system does not give
    it, or a newer Underpaint wrote it.
    """
    path = folder / NAME
    try:
        data = read_bytes(path, MAX_BYTES)
    except NoSuchFile:
        return None
    except StudioError as error:
        raise _of_reading(error) from error
    read: list[tuple[str, Any]] = []

    def fetch(name: str, entry: Any, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
        if isinstance(entry, dict) and "zlib" in entry:
            return _unpacked(name, cast("Any", entry), shape, dtype)
        read.append((name, cast("Any", entry)))
        return read_plane(folder, entry, shape, dtype)

    try:
        document = _from(parse_json(data, NAME, MAX_BYTES), NAME, fetch)
    except StudioError as error:
        raise _of_reading(error) from error
    except Exception as error:  # whatever a file makes our code do, it is that file's
        raise Broken(f"{NAME} is broken", f"{type(error).__name__}: {error}"[:300]) from error
    if planes is not None:
        for name, entry in read:
            layer, field = name.split("-")
            planes.adopt(name, getattr(getattr(document, layer), field), dict(entry))
    return document


class Newer(StudioError):
    """A newer Underpaint wrote it."""


def _of_reading(error: StudioError) -> StudioError:
    """Broken, unless the file itself may well be sound."""
    sound = isinstance(error, Newer | Broken) or of_the_system(error)
    return error if sound else Broken.of(error)


def _write(path: Path, value: dict[str, Any]) -> None:
    # ASCII: whatever is in a text, half a character too, there is a way to write it.
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    write_text_atomic(path, text, lambda written: _readable(written, path.name))


def _readable(written: Path, what: str) -> bool:
    """What is saved must open again: the reader's own rules are asked before it replaces anything."""
    try:
        parse_json(read_bytes(written, MAX_BYTES), what, MAX_BYTES)
    except StudioError as error:
        raise StudioError("The drawing is too large to be saved", error.detail) from error
    return True


def _dict(document: Document, layout: int, store: Store) -> dict[str, Any]:
    value: dict[str, Any] = {"format": layout, "settings": settings_dict(document.settings)}
    for name in LAYERS:
        layer: Any = document.layer(name)
        opacity = float(layer.opacity)
        value[name] = {
            "visible": bool(layer.visible),
            "opacity": opacity if math.isfinite(opacity) else 1.0,
        }
    for layer, plane, *_ in PLANES:
        value[layer][plane] = store(f"{layer}-{plane}", getattr(getattr(document, layer), plane))
    value["depth"]["around"] = document.depth.around
    value["pose"]["people"] = people_list(document.pose.people)
    if document.start is not None:
        value["start"] = {"latent": pack(document.start.latent), "step": document.start.step}
    return value


def _from(value: Any, what: str, fetch: Fetch) -> Document:
    if not isinstance(value, Mapping):
        raise StudioError(f"{what} is broken", "it is not a JSON object")
    given = cast("Mapping[str, Any]", value)
    layout = given.get("format")
    if layout not in (ALONE, BESIDE):
        newer = type(layout) is int and layout > BESIDE
        raise (Newer if newer else StudioError)(
            f"{what} is of another version",
            f"format {str(layout)[:40]}, and this Underpaint reads up to {BESIDE}",
            "Open it with the Underpaint that wrote it.",
        )
    settings = settings_from(given.get("settings"))
    size = (settings.height, settings.width)
    try:
        planes = {
            (layer, plane): _checked(
                fetch(f"{layer}-{plane}", given[layer][plane], (*size, *more), dtype)
            )
            for layer, plane, dtype, more in PLANES
        }
        start = given.get("start")
        return Document(
            settings,
            DepthLayer(
                Plane.of(VALUE, planes["depth", "value"]),
                Plane.of(COVER, planes["depth", "known"]),
                *_look(given["depth"]),
                _around(given["depth"]),
            ),
            PoseLayer(people_from(given["pose"]["people"]), *_look(given["pose"])),
            ColourLayer(Plane.of(RGBA, planes["colour", "rgba"]), *_look(given["colour"])),
            MaskLayer(Plane.of(COVER, planes["mask", "pixels"]), *_look(given["mask"])),
            Start(unpack(start["latent"], "branch"), start["step"]) if start else None,
        )
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise StudioError(f"{what} is broken", f"{type(error).__name__}: {error}"[:300]) from None


def _unpacked(name: str, entry: Any, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    array = unpack(entry, "document")
    if array.shape != shape or array.dtype.name != dtype:
        raise ValueError(f"expected {dtype} {shape}, not {array.dtype} {array.shape}")
    return array


def _checked(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype == np.float32 and not (array.min() >= 0 and array.max() <= 1):  # NaN fails too
        raise ValueError("values outside 0 to 1")
    return array


def people_list(people: tuple[Person, ...]) -> list[Any]:
    """JSON-able; a joint that is at no number is absent."""
    sound = [np.isfinite(person.joints).all(axis=1, keepdims=True) for person in people]
    return [np.where(s, p.joints, 0.0).tolist() for p, s in zip(people, sound, strict=True)]


def people_from(value: Any) -> tuple[Person, ...]:
    """ValueError or TypeError for what are no people."""
    return tuple(Person(_joints(person)) for person in value)


def _joints(value: Any) -> NDArray[np.float32]:
    joints = np.array(value, np.float32)
    if joints.shape != (18, 3) or not np.isfinite(joints).all():
        raise ValueError("a person has 18 joints of three numbers")
    return joints


def _around(value: Mapping[str, Any]) -> Around:
    """Documents from before there was a choice meant unknown."""
    for around in AROUNDS:
        if around == value.get("around"):
            return around
    return "unknown"


def _look(value: Mapping[str, Any]) -> tuple[bool, float]:
    opacity = value.get("opacity", 1.0)
    return bool(value.get("visible", True)), min(max(float(opacity), 0.0), 1.0)
