"""An OpenRaster file, opened: ours as it was, bit for bit; a stranger's as layers and groups.

Nobody vouches for a file. Members are read by their exact names, sizes are known before anything is inflated or
decoded, and nothing of a zip is ever put on the disk by a name that is in it.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_json, parse_object
from studio_app.core.reading import is_file, read_bytes
from studio_app.document.document import Document
from studio_app.document.layered_files import (
    MAX_PICTURE,
    MAX_STACK,
    NotWhole,
    broken_file,
    member_of,
    opened_zip,
    stack_of,
)
from studio_app.document.planes import RGBA, Plane
from studio_app.document.stack import Node
from studio_app.document.store import documents
from studio_app.document.store.documents import Newer
from studio_app.document.store.ora_strangers import Strangers, document_of_stack
from studio_app.document.store.ora_writing import (
    DOCUMENT,
    FORMAT,
    HISTORY,
    INDEX,
    MAX_FILE,
    MAX_HISTORY,
    MAX_JSON,
    PICTURES,
    TILES,
    digest_of,
)
from studio_app.document.store.stamps import Stamp
from studio_app.document.store.tile_files import plain_name
from studio_app.document.tiles import Tile, inflated

MOST_PICTURES = 1000


@dataclass(frozen=True)
class OraFile:
    """What was read. history: what is said of each finished picture, and its PNG, oldest first. notes: what is other
    than in the file, a sentence each. ours: whether the file's program was Underpaint."""

    document: Document
    stamp: Stamp
    history: tuple[tuple[Mapping[str, Any], bytes], ...] = ()
    model: str = ""
    notes: tuple[str, ...] = ()
    ours: bool = False


def read_ora(path: Path) -> OraFile:
    """StudioError for whatever is wrong with it; Newer where a newer Underpaint wrote it."""
    data = read_bytes(path, MAX_FILE)
    try:
        time = path.stat().st_mtime_ns
    except OSError as error:
        raise StudioError(f"Can't look at {path.name}", str(error.strerror or error)) from error
    stamp = Stamp(len(data), time, hashlib.blake2b(data, digest_size=16).hexdigest())
    archive = opened_zip(data)
    if archive is None:
        raise _broken_drawing(path)
    with archive:
        try:
            return replace(_read(archive, path.name), stamp=stamp)
        except NotWhole as error:
            raise _broken_drawing(path) from error
        except StudioError:
            raise
        except Exception as error:  # whatever a file makes our code do, it is that file's
            raise _broken_drawing(path) from error


def _broken_drawing(path: Path) -> StudioError:
    earlier = path.with_name(f"{path.name}.1~")
    beside = f"An earlier version lies beside it: {earlier.name}."
    return StudioError(
        f"Can't open the drawing {path.name}",
        "it is not a whole OpenRaster file",
        beside if is_file(earlier) else "Save it again in the program that it comes from.",
    )


def document_digest_in(path: Path) -> str:
    """`ties.digest_of` the document that a file of ours holds; "" where it says none. StudioError where it can't be
    read."""
    archive = opened_zip(read_bytes(path, MAX_FILE))
    if archive is None:
        raise broken_file(path.name)
    with archive:
        return str((_index(archive, path.name) or {}).get("drawn", ""))


def _read(archive: zipfile.ZipFile, called: str) -> OraFile:
    text = member_of(archive, "stack.xml", MAX_STACK)
    if text is None:
        raise broken_file(called)
    root = stack_of(text, called)
    nothing = Stamp(0, 0, "")
    index = _index(archive, called)
    if index is None:
        document, notes = document_of_stack(Strangers(archive, called), root)
        return OraFile(document, nothing, notes=notes)
    own = _Own(archive, called, index)
    document = own.document()
    history, model = _history(archive), str(index.get("model", ""))
    if own.same and index.get("stack") == digest_of(text):
        return OraFile(document, nothing, history, model, ours=True)
    strangers = Strangers(archive, called, own.unchanged(document), own.kinds(document))
    edited, notes = document_of_stack(strangers, root, document)
    said = "Another program has changed its layers: they are as it left them"
    return OraFile(edited, nothing, history, model, (said, *notes), ours=True)


def _index(archive: zipfile.ZipFile, called: str) -> Mapping[str, Any] | None:
    """None where it is not ours."""
    if INDEX not in archive.namelist():
        return None
    data = member_of(archive, INDEX, MAX_JSON)
    if data is None:
        raise broken_file(called)
    index = parse_object(data, called, MAX_JSON)
    layout = index.get("format")
    if type(layout) is int and layout > FORMAT:
        raise Newer(
            f"{called} is of a newer Underpaint",
            f"format {layout}, and this one reads {FORMAT}",
            "Open it with the Underpaint that wrote it.",
        )
    if layout != FORMAT:
        raise broken_file(called)
    return index


class _Own:
    """What of ours is in a file. same: whether its PNGs are those that we wrote."""

    def __init__(self, archive: zipfile.ZipFile, called: str, index: Mapping[str, Any]) -> None:
        self._archive, self._called = archive, called
        self._layers: dict[str, Mapping[str, Any]] = dict(index["layers"])
        self._places: dict[str, tuple[int, int]] = {
            digest: (int(begin), int(length)) for digest, (begin, length) in index["tiles"].items()
        }
        self._blob = member_of(archive, TILES, MAX_FILE) or b""
        self._tiles: dict[str, Tile] = {}
        self._unchanged: set[str] = set()
        for id, layer in self._layers.items():
            png = member_of(archive, str(layer["src"]), MAX_PICTURE)
            if png is not None and digest_of(png) == layer["digest"]:
                self._unchanged.add(id)
        self.same = len(self._unchanged) == len(self._layers)

    def document(self) -> Document:
        """As it was written. Where layers were changed, what they had alone is blank."""
        data = member_of(self._archive, DOCUMENT, documents.MAX_BYTES)
        if data is None:
            raise broken_file(self._called)
        value: Any = parse_json(data, self._called, documents.MAX_BYTES)
        size = cast("tuple[int, int]", tuple(value["canvas"]))
        if not all(type(side) is int and 0 < side <= documents.MAX_CANVAS for side in size):
            raise broken_file(self._called)
        strangers = Strangers(self._archive, self._called)
        strangers.check(str(self._layers[id]["src"]) for id in self._plain)
        for id in self._plain:
            layer = self._layers[id]
            pixels = strangers.pixels(str(layer["src"]))
            plane = Plane(RGBA, *size).write(int(layer["x"]), int(layer["y"]), pixels)
            self._tiles |= {tile.digest: tile for tile in plane.tiles.values()}
        return documents.document_of(data, self._called, self._tile)

    def unchanged(self, document: Document) -> dict[str, tuple[Node, tuple[int, int]]]:
        """By the member of its PNG, what is still as it was: the node, and where its PNG lay."""
        return {
            str(layer["src"]): (node, (int(layer["x"]), int(layer["y"])))
            for id, layer in self._layers.items()
            if id in self._unchanged and (node := document.stack.node(id)) is not None
        }

    def kinds(self, document: Document) -> dict[str, str]:
        """By the member of its PNG, the kind that a layer is of."""
        nodes = {id: document.stack.node(id) for id in self._layers}
        return {
            str(self._layers[id]["src"]): node.kind
            for id, node in nodes.items()
            if node is not None
        }

    @property
    def _plain(self) -> list[str]:
        return [id for id in self._unchanged if self._layers[id]["plain"]]

    def _tile(self, digest: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Tile:
        tile = self._tiles.get(digest)
        if tile is None and digest in self._places:
            begin, length = self._places[digest]
            tile = Tile(inflated(self._blob[begin : begin + length], shape, dtype))
            if tile.digest != digest:
                raise ValueError("a tile is not the one that belongs here")
            self._tiles[digest] = tile
        if tile is None:
            if self.same:
                raise ValueError("a tile is missing")
            return Tile(np.zeros(shape, dtype))  # of a layer that somebody has changed
        if (tile.shape, tile.dtype) != (shape, dtype):
            raise ValueError("a tile has another size")
        return tile


def _history(archive: zipfile.ZipFile) -> tuple[tuple[Mapping[str, Any], bytes], ...]:
    """As much of it as can be read: a drawing is not refused for a picture that was made of it."""
    data = member_of(archive, HISTORY, MAX_JSON)
    found: list[tuple[Mapping[str, Any], bytes]] = []
    if data is None:
        return ()
    try:
        rows = parse_json(data, HISTORY, MAX_JSON)
    except StudioError:
        return ()
    room = MAX_HISTORY
    for row in cast("list[Any]", rows)[-MOST_PICTURES:] if isinstance(rows, list) else ():
        try:
            name = plain_name(row["file"])
        except (KeyError, TypeError, ValueError):
            continue
        picture = member_of(archive, PICTURES + name, room) if name.endswith(".png") else None
        if picture is not None:
            room -= len(picture)
            found.append((row, picture))
    return tuple(found)
