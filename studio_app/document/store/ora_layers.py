"""The layers of a drawing as OpenRaster knows them: a PNG each, at its place, and what all of them look like together.

OpenRaster has no masks and no clipping: both are in the alpha of what is written (`ora_alpha`), so that a stranger sees
what the artist sees. What is written is remembered by the digests of the tiles that it is made of: a later save
deflates only the strips that have changed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio_app.document.blending import composited, unmultiplied
from studio_app.document.contents import sheets
from studio_app.document.contents.content import Content
from studio_app.document.document import Document
from studio_app.document.planes import RGBA, Rect
from studio_app.document.png import png_bytes
from studio_app.document.stack import Group, Item, Node
from studio_app.document.store.ora_alpha import Around, content_key, surroundings, tree_key
from studio_app.document.store.png_strips import Strip, png_of_strips
from studio_app.document.store.remembering import Each, Remembered
from studio_app.document.tiles import TILE

Pixels = NDArray[np.uint8]
Size = tuple[int, int]
THUMBNAIL = 256
"""Pixels of its longer side."""
MOST_BYTES = 192 << 20
_WHOLES = 64 << 20
_CLEAR = np.zeros((1, 1, 4), np.uint8)


@dataclass(frozen=True)
class LayerPicture:
    """png: of its pixels, with the upper left one at (x, y) of the canvas. plain: whether that is all there is of it,
    bit for bit: the pixels of its one plane."""

    png: bytes
    x: int
    y: int
    plain: bool


class OraCache:
    """What one document's saves remember. For one thread at a time."""

    def __init__(self) -> None:
        self.packed = Remembered(MOST_BYTES)
        """Strips, tiles and finished pictures, as they lie in the file."""
        self.pictures = Remembered(_WHOLES)
        """Of contents without planes, and parts of the thumbnail."""


class Layers:
    """Of one document, by what was remembered."""

    def __init__(self, document: Document, cache: OraCache, each: Each = map) -> None:
        """each: how strips are made, by one thread or several."""
        self._each = each
        self._size = document.canvas
        self._stack = document.stack
        self._cache = cache
        self._around = dict(surroundings(document.stack.items))

    def picture(self, node: Node) -> LayerPicture:
        """What a stranger sees of a node."""
        own = self._around[node.id]
        box = self._box(node)
        plain = _is_plain(node.content) and not own.bakes
        if box[2] <= 0:
            return LayerPicture(png_bytes(_CLEAR), 0, 0, plain)
        strips = [self._strip(node, own, rows) for rows in _rows(box)]
        png = png_of_strips(box[2], strips, self._cache.packed, self._each)
        return LayerPicture(png, box[0], box[1], plain)

    def merged(self) -> tuple[bytes, bytes]:
        """All that is seen, the mode and opacity of each as they are, and a thumbnail of it: two PNGs."""
        width, height = self._size
        tree = replace(self._stack, solo="").visible
        for node in self._stack.nodes():  # not by several threads at once
            if not node.content.planes and not node.untouched:
                self._whole(node.content)
        strips = [
            Strip(("merged", tree_key(tree, box)), box[3], self._once(tree, box))
            for box in _rows((0, 0, width, height))
        ]
        share = min(THUMBNAIL / max(width, height), 1.0)
        small: list[Pixels] = []
        png = png_of_strips(width, strips, self._cache.packed, self._each)
        for strip, box in zip(strips, _rows((0, 0, width, height)), strict=True):
            rows = max(round((box[1] + box[3]) * share) - round(box[1] * share), 1)
            small.append(self._small(strip, (max(round(width * share), 1), rows)))
        return png, png_bytes(np.concatenate(small))

    # ---- one node ----

    def _box(self, node: Node) -> Rect:
        """Around all that is drawn on it, by whole tiles; of what has no planes, around its pixels."""
        if node.content.planes:
            return node.content.bounds
        if node.untouched:
            return 0, 0, 0, 0
        return _around_pixels(self._whole(node.content))

    def _strip(self, node: Node, own: Around, box: Rect) -> Strip:
        key = (content_key(node.content, box), own.key(box))
        return Strip(key, box[3], lambda: self._rows_of(node, own, box))

    def _rows_of(self, node: Node, own: Around, box: Rect) -> Pixels:
        pixels = self._pixels(node, box)
        if pixels is None:
            return np.zeros((box[3], box[2], 4), np.uint8)
        if not own.bakes:
            return pixels
        share = own.share(box, self._cover)
        out = pixels.copy()
        out[..., 3] = np.rint(pixels[..., 3] * share[..., 0]).astype(np.uint8)
        return out

    def _pixels(self, node: Node, box: Rect) -> Pixels | None:
        """A rectangle of what it looks like alone; None where nothing is."""
        content, (x, y, width, height) = node.content, box
        if not content.planes:
            return None if node.untouched else self._whole(content)[y : y + height, x : x + width]
        if all(plane.blank_in(box) for plane in content.planes.values()):
            return None
        if _is_plain(content):
            (plane,) = content.planes.values()
            return plane.read(*box)
        return content.cut(*box).picture(width, height)

    def _whole(self, content: Content) -> Pixels:
        return self._cache.pictures.of(
            (content, self._size),
            lambda: content.picture(*self._size),
            lambda pixels: pixels.nbytes,
        )

    # ---- all of them ----

    def _cover(self, items: tuple[Item, ...], box: Rect) -> sheets.Values:
        """How much of each pixel they cover together."""
        return sheets.merged(items, box, self._sheet, 3)[1]

    def _sheet(self, node: Node, box: Rect) -> sheets.Sheet | None:
        pixels = self._pixels(node, box)
        if pixels is None:
            return None
        values = pixels.astype(np.float32) / np.float32(255)
        return values[..., :3], values[..., 3:]

    def _once(self, tree: tuple[Item, ...], box: Rect) -> Callable[[], Pixels]:
        """Both pictures are made of it."""
        return functools.cache(lambda: self._together(tree, box))

    def _together(self, tree: tuple[Item, ...], strip: Rect) -> Pixels:
        out = np.zeros((strip[3], strip[2], 4), np.uint8)
        for left in range(0, strip[2], TILE):
            box = (left, strip[1], min(TILE, strip[2] - left), strip[3])
            items = self._there(tree, box)
            if items:
                out[:, left : left + box[2]] = self._merged_box(items, box)
        return out

    def _there(self, tree: tuple[Item, ...], box: Rect) -> tuple[Item, ...]:
        """Without what has nothing in a rectangle, as far as that makes no difference."""
        if any(item.clip or item.blend in sheets.ERASING for item in tree):
            return tree
        kept: list[Item] = []
        for item in tree:
            if isinstance(item, Group):
                children = self._there(item.children, box)
                if children:
                    kept.append(replace(item, children=children))
            elif self._pixels_there(item, box):
                kept.append(item)
        return tuple(kept)

    def _pixels_there(self, node: Node, box: Rect) -> bool:
        if not node.content.planes:
            return not node.untouched
        return not all(plane.blank_in(box) for plane in node.content.planes.values())

    def _merged_box(self, items: tuple[Item, ...], box: Rect) -> Pixels:
        """Pillow lays plain sheets on each other, which most are, in a tenth of the time."""
        if any(item.clip or item.mask is not None or _takes(item) for item in items):
            colour, alpha = sheets.merged(items, box, self._sheet, 3)
            return sheets.to_bytes(np.concatenate([colour, alpha], axis=2))
        ground = Image.new("RGBA", (box[2], box[3]))
        for item in reversed(items):
            if isinstance(item, Group):
                pixels: Pixels | None = self._merged_box(item.children, box)
            else:
                pixels = self._pixels(item, box)
            if pixels is None:
                continue
            if item.blend == "normal":
                ground = Image.alpha_composite(
                    ground, Image.fromarray(_faded(pixels, item.opacity))
                )
            else:
                ground = Image.fromarray(_blended(np.asarray(ground), pixels, item))
        return np.asarray(ground)

    def _small(self, strip: Strip, size: Size) -> Pixels:
        """Of the thumbnail."""

        def made() -> Pixels:
            image = Image.fromarray(np.ascontiguousarray(strip.pixels()))
            return np.asarray(image.resize(size, Image.Resampling.BOX))

        return self._cache.pictures.of((strip.key, size), made, lambda pixels: pixels.nbytes)


def _is_plain(content: Content) -> bool:
    """Whether its picture is its one plane, as it is."""
    kinds = tuple(content.plane_kinds.values())
    return kinds == (RGBA,)


def _takes(item: Item) -> bool:
    """Whether it takes away from what is below it: where it has nothing, too."""
    return item.blend in sheets.ERASING


def _blended(ground: Pixels, pixels: Pixels, item: Item) -> Pixels:
    """uint8 [h, w, 4] of straight alpha with a sheet on it, by its mode, where there is anything of it."""
    there = np.nonzero(pixels[..., 3])
    if not there[0].size:
        return ground
    below = ground[there].astype(np.float32)[None] / np.float32(255)
    above = pixels[there].astype(np.float32)[None] / np.float32(255)
    cover = below[..., 3:]
    share = above[..., 3:] * np.float32(item.opacity)
    under, total = composited((below[..., :3] * cover, cover), above[..., :3], share, item.blend)
    colour = unmultiplied(under, total)
    out = ground.copy()
    out[there] = sheets.to_bytes(np.concatenate([colour, total], axis=2))[0]
    return out


def _faded(pixels: Pixels, opacity: float) -> Pixels:
    if opacity >= 1:
        return np.ascontiguousarray(pixels)
    out = pixels.copy()
    out[..., 3] = np.rint(pixels[..., 3] * np.float32(opacity)).astype(np.uint8)
    return out


def _rows(box: Rect) -> Iterator[Rect]:
    """Strips of a rectangle, ending where tiles end."""
    x, top, width, height = box
    bottom = top + height
    while top < bottom:
        end = min((top // TILE + 1) * TILE, bottom)
        yield x, top, width, end - top
        top = end


def _around_pixels(pixels: Pixels) -> Rect:
    """Around what is not transparent."""
    rows = np.flatnonzero(pixels[..., 3].any(axis=1))
    if not len(rows):
        return 0, 0, 0, 0
    columns = np.flatnonzero(pixels[..., 3].any(axis=0))
    x, y = int(columns[0]), int(rows[0])
    return x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y
