"""A drawing and what was made of it, written as one OpenRaster file that Krita and GIMP open too.

What only Underpaint understands lies in its folder `underpaint/`: the document as it is, tiles of what no PNG holds bit
for bit (depth, masks), and finished pictures with their requests.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio_app.core.errors import StudioError
from studio_app.core.files import replace_atomic
from studio_app.core.jsons import parse_json
from studio_app.core.reading import read_bytes
from studio_app.document.blending import SVG_NAMES
from studio_app.document.ora_members import GROUP, begin, put_member, stack_xml, tag
from studio_app.document.stack import Group, Item, Node
from studio_app.document.store import documents
from studio_app.document.store.ora_layers import LayerPicture, Layers, OraCache
from studio_app.document.store.remembering import Each
from studio_app.document.store.results_files import picture_entry, picture_file
from studio_app.document.store.sessions import SavedSession
from studio_app.document.store.stamps import Stamp, stamp_of
from studio_app.document.tiles import Tile

FORMAT = 1
ROOM = "underpaint/"
DOCUMENT, INDEX, TILES, HISTORY = (
    f"{ROOM}{n}" for n in ("document.json", "index.json", "tiles", "history.json")
)
PICTURES = f"{ROOM}pictures/"
MAX_FILE = 1 << 30
MAX_JSON = 8 << 20
MAX_HISTORY = 32 << 20
"""Bytes of finished pictures in a file: the starred ones first, then the newest."""

Tell = Callable[[float], object]
Cancelled = Callable[[], bool]


class Stopped(StudioError):
    """Nobody wants it any more; the old file is as it was."""


@dataclass(frozen=True)
class Manner:
    """How a file is written. told: gets the share that is done, 0..1. cancelled: asked between two layers. before: done
    when the new file is whole, and the old one still there. each: how parts of it are packed, by one thread or
    several."""

    told: Tell = lambda share: None
    cancelled: Cancelled = lambda: False
    before: Callable[[], object] = lambda: None
    each: Each = map


def write_ora(path: Path, saved: SavedSession, cache: OraCache, how: Manner | None = None) -> Stamp:
    """Puts it in the place of what is there, when all of it is on the disk and has been read back.

    StudioError where that can't be done, Stopped where it was cancelled; the old file is then as it was.
    """
    how = how or Manner()
    stamps: list[Stamp] = []
    sums: dict[str, tuple[int, int]] = {}

    def verify(written: Path) -> bool:
        whole = _same(written, sums)
        if whole:
            stamps.append(stamp_of(written))
            how.told(1.0)
            _stop(how)
            how.before()
        return whole

    with replace_atomic(path, verify) as temporary:
        with zipfile.ZipFile(temporary, "w") as archive:
            _fill(archive, saved, cache, how)
        if temporary.stat().st_size > MAX_FILE:
            raise StudioError(
                "The drawing is too large for one file",
                f"{temporary.stat().st_size >> 20} MiB, and at most {MAX_FILE >> 20} can be read again",
                "Merge some layers, or save it in parts.",
            )
        sums.update({m.filename: (m.CRC, m.file_size) for m in archive.infolist()})
    return stamps[0]


def _fill(archive: zipfile.ZipFile, saved: SavedSession, cache: OraCache, how: Manner) -> None:
    document, layers = saved.document, Layers(saved.document, cache, how.each)
    nodes = list(document.stack.nodes())
    pictures: dict[str, LayerPicture] = {}
    for number, node in enumerate(nodes):
        _stop(how)
        pictures[node.id] = layers.picture(node)
        how.told(0.6 * (number + 1) / len(nodes))
    _stop(how)
    merged, thumbnail = layers.merged()
    how.told(0.75)
    _stop(how)
    sources = {node.id: f"data/layer{number:03}.png" for number, node in enumerate(nodes)}
    stack = stack_xml(document.canvas, _lines(document.stack.items, pictures, sources, 2)).encode()
    begin(archive)
    put_member(archive, "stack.xml", stack, zipfile.ZIP_DEFLATED)
    for node in nodes:
        put_member(archive, sources[node.id], pictures[node.id].png)
    put_member(archive, "mergedimage.png", merged)
    put_member(archive, "Thumbnails/thumbnail.png", thumbnail)
    index: dict[str, Any] = {"format": FORMAT, "stack": digest_of(stack), "model": saved.model}
    index["layers"] = {
        node.id: {
            "src": sources[node.id],
            "x": pictures[node.id].x,
            "y": pictures[node.id].y,
            "digest": digest_of(pictures[node.id].png),
            "plain": pictures[node.id].plain,
        }
        for node in nodes
    }
    own = _OwnTiles(nodes, pictures, cache)
    text = documents.text_of(document, own.store)
    index["tiles"], index["drawn"] = own.places, digest_of(text.encode())
    put_member(archive, DOCUMENT, text.encode(), zipfile.ZIP_DEFLATED)
    put_member(archive, INDEX, json.dumps(index).encode(), zipfile.ZIP_DEFLATED)
    put_member(archive, TILES, b"".join(own.parts))
    how.told(0.85)
    _stop(how)
    rows: list[dict[str, Any]] = []
    for entry, data in _history(saved, cache):
        put_member(archive, f"{PICTURES}{entry['file']}", data)
        rows.append(entry)
    put_member(archive, HISTORY, json.dumps(rows).encode(), zipfile.ZIP_DEFLATED)
    how.told(0.9)
    _stop(how)


class _OwnTiles:
    """Tiles that no PNG in the file holds, behind each other."""

    def __init__(
        self, nodes: list[Node], pictures: dict[str, LayerPicture], cache: OraCache
    ) -> None:
        self.parts: list[bytes] = []
        self.places: dict[str, tuple[int, int]] = {}
        """Begin and length, by digest."""
        self._cache = cache
        self._at = 0
        self._elsewhere = {
            tile.digest
            for node in nodes
            if pictures[node.id].plain
            for plane in node.content.planes.values()
            for tile in plane.tiles.values()
        }

    def store(self, tile: Tile) -> str:
        digest = tile.digest
        if digest not in self._elsewhere and digest not in self.places:
            packed: bytes = self._cache.packed.of(("tile", digest), tile.deflated)
            self.places[digest] = self._at, len(packed)
            self.parts.append(packed)
            self._at += len(packed)
        return digest


def _lines(
    items: tuple[Item, ...], pictures: dict[str, LayerPicture], sources: dict[str, str], depth: int
) -> Iterator[str]:
    """Of stack.xml, the topmost first."""
    for item in items:
        values = {"name": item.name or _title(item)}
        if isinstance(item, Node):
            picture = pictures[item.id]
            values |= {"src": sources[item.id], "x": str(picture.x), "y": str(picture.y)}
        else:
            values["isolation"] = "isolate"
        values["opacity"] = f"{item.opacity:.6g}"
        values["visibility"] = "visible" if item.visible else "hidden"
        values["composite-op"] = SVG_NAMES[item.blend]
        if item.locked:
            values["edit-locked"] = "true"
        if isinstance(item, Node):
            yield tag("layer", values, depth)
        elif item.children:
            yield tag("stack", values, depth, ">")
            yield from _lines(item.children, pictures, sources, depth + 1)
            yield f"{'  ' * depth}</stack>"
        else:
            yield tag("stack", values, depth)


def _title(item: Item) -> str:
    return GROUP if isinstance(item, Group) else item.content.title


def _history(saved: SavedSession, cache: OraCache) -> list[tuple[dict[str, Any], bytes]]:
    """Of each finished picture what is said of it, and its PNG; as many as there is room for, oldest first. Results
    that were not read yet are taken as they lie in their files."""
    unread = saved.unread
    found: list[tuple[dict[str, Any], Callable[[], bytes]]] = []
    for entry in unread.pictures if unread is not None else ():
        file = unread.folder / "pictures" / str(entry["file"]) if unread is not None else Path()
        found.append((dict(entry), lambda file=file: read_bytes(file, MAX_HISTORY)))
    for picture in saved.pictures:
        found.append((
            picture_entry(picture),
            lambda picture=picture: cache.packed.of(
                ("picture", picture.id), lambda: picture_file(picture)
            ),
        ))  # fmt: skip
    order = sorted(range(len(found)), key=lambda n: (not found[n][0].get("starred"), -n))
    kept: dict[int, bytes] = {}
    room = MAX_HISTORY
    for number in order:
        try:
            data = found[number][1]()
        except StudioError:
            continue  # a file that can't be read is said by whoever reads the folder
        if len(data) <= room:
            kept[number] = data
            room -= len(data)
    return [(found[number][0], kept[number]) for number in sorted(kept)]


def _same(written: Path, sums: dict[str, tuple[int, int]]) -> bool:
    """Whether the file has every member as it was given to it, byte for byte, and its document can be parsed again."""
    try:
        with zipfile.ZipFile(written) as archive:
            if [member.filename for member in archive.infolist()] != list(sums):
                return False
            for name, (crc, size) in sums.items():
                member = archive.getinfo(name)
                data = archive.read(member)  # zipfile compares them with the member's own sum
                if (member.CRC, member.file_size, len(data)) != (crc, size, size):
                    return False
                if name == DOCUMENT:
                    parse_json(data, DOCUMENT, documents.MAX_BYTES)
    except zipfile.BadZipFile:
        return False
    return True


def digest_of(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _stop(how: Manner) -> None:
    if how.cancelled():
        raise Stopped("Saving was cancelled", "The file is as it was")
