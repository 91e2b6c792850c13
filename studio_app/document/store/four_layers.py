"""Documents of the first releases: four layers, a plane in a file or in the JSON itself. They are only read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from studio_app.core.arrays import unpack
from studio_app.core.errors import StudioError
from studio_app.core.reading import read_bytes
from studio_app.document.contents.content import Content
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.planes import Plane, PlaneKind
from studio_app.document.stack import Node, Stack, fitting
from studio_app.document.store.tile_files import TileFiles, plain_name
from studio_app.document.tiles import inflated

LAYERS = ("mask", "pose", "depth", "colour")
"""The topmost first, as they lay."""

Fetch = Callable[[Any, tuple[int, ...], str], NDArray[Any]]
"""(what the JSON says of a plane, its shape and dtype) -> its pixels"""


def stack_of(given: Mapping[str, Any], size: tuple[int, int], fetch: Fetch) -> Stack:
    """The nodes of such a document. How strongly its drawings act stood among its settings. KeyError, TypeError or
    ValueError where it is broken."""
    knobs: Any = given.get("settings")
    return Stack(tuple(_node(kind, given[kind], knobs, size, fetch) for kind in LAYERS))


def beside(folder: Path, files: TileFiles) -> Fetch:
    """For a document with its planes in files beside it."""

    def fetch(entry: Any, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
        if isinstance(entry, dict) and "zlib" in entry:
            return inside(cast("Any", entry), shape, dtype)
        if isinstance(entry, dict) and "file" in entry:
            files.adopt(plain_name(cast("Any", entry)["file"]))
        return _read_plane(folder, entry, shape, dtype)

    return fetch


def inside(entry: Any, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """For a document with its planes inside."""
    array = unpack(entry, "document")
    if array.shape != shape or array.dtype.name != dtype:
        raise ValueError(f"expected {dtype} {shape}, not {array.dtype} {array.shape}")
    return array


def draws(value: Mapping[str, Any]) -> bool:
    """Whether anything is drawn in such a document, as far as its JSON tells."""
    layers = [_part(value, kind) for kind in LAYERS]
    entries = [entry for layer in layers for entry in layer.values()]
    planes = [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]
    return any("file" in plane or "zlib" in plane for plane in planes) or any(
        bool(layer.get("people")) for layer in layers
    )


def _node(kind: str, layer: Any, knobs: Any, size: tuple[int, int], fetch: Fetch) -> Node:
    made = CONTENTS[kind]
    planes = {
        name: _plane(sort, fetch(layer[name], sort.shape(*size), sort.dtype))
        for name, sort in made.plane_kinds.items()
    }
    content: Content = made.of_stored(planes, layer)
    look: dict[str, Any] = {"shown": layer.get("opacity", 1.0)}
    look["visible"] = bool(layer.get("visible", True))
    acting = _acting(kind, knobs) if made.controls else {}
    return Node(f"{kind}-1", content, **fitting({**look, **acting}))


def _acting(kind: str, knobs: Any) -> dict[str, Any]:
    given = cast("dict[str, Any]", knobs) if isinstance(knobs, dict) else {}
    found: dict[str, Any] = {}
    for name in ("strength", "start", "end"):
        try:
            found |= fitting({name: given[f"{kind}_{name}"]})
        except (KeyError, StudioError):
            continue
    return found


def _plane(kind: PlaneKind, pixels: NDArray[Any]) -> Plane:
    if pixels.dtype == np.float32 and not (pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueError("values outside 0 to 1")  # NaN fails too
    return Plane.of(kind, pixels)


def _read_plane(folder: Path, entry: Any, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """StudioError where its file can't be read; ValueError where it is not what the document says."""
    if not isinstance(entry, Mapping):
        raise ValueError("a plane is missing")
    named = cast("Mapping[str, Any]", entry)
    if named.get("dtype") != dtype or named.get("shape") != list(shape):
        raise ValueError(f"expected {dtype} {list(shape)}")
    if "file" not in named:
        return np.zeros(shape, dtype)
    file = plain_name(named["file"])
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    packed = read_bytes(folder / file, size + size // 100 + 1024)
    pixels = inflated(packed, shape, np.dtype(dtype))
    little = pixels.astype(pixels.dtype.newbyteorder("<"))
    if hashlib.blake2b(little.tobytes(), digest_size=16).hexdigest() != named.get("digest"):
        raise ValueError(f"{file} is not the one that belongs here")
    return pixels


def _part(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = value.get(name)
    return cast("dict[str, Any]", part) if isinstance(part, dict) else {}
