"""Small pictures of nodes and masks, made of what their tiles look like from far away."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from studio_app.document.planes import Plane
from studio_app.document.results import premultiplied
from studio_app.document.stack import Item, Node
from studio_app.document.tiles import TILE, Tile, sealed
from studio_app.ui.images import to_qimage

MOST = 96
"""Pixels of the longer side, at most."""
PAUSE_MS = 120
"""Between two of one layer, while it is drawn on, or made."""
MOST_S = 0.008
"""How long one turn may look at tiles; the window goes on between two of them."""


class Thumbnails(QObject):
    """Pictures of the newest documents. One that is asked for and is not made yet, or an old one, is made soon after;
    `made` tells then. A tile is looked at once: what an edit leaves alone costs nothing."""

    made = Signal(str)
    """Id of the node or group whose picture is another one."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._samples: WeakKeyDictionary[Tile, dict[tuple[int, int, int], NDArray[Any]]]
        self._samples = WeakKeyDictionary()
        self._images: dict[str, tuple[object, QImage]] = {}
        self._wanted: dict[str, tuple[Item, tuple[int, int]]] = {}
        self.looked_at = 0
        """Tiles so far; for who measures."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._make)

    def picture(self, item: Node, size: tuple[int, int]) -> QImage | None:
        """Of a node's content; None as long as there is none. size: of the canvas."""
        return self._held(item.id, item.content, item, size)

    def mask(self, item: Item, size: tuple[int, int]) -> QImage | None:
        """Of an item's mask, white where it is seen."""
        return None if item.mask is None else self._held(f"{item.id}/", item.mask, item, size)

    def forget(self, ids: set[str]) -> None:
        """Keeps the pictures of these only."""
        self._images = {key: kept for key, kept in self._images.items() if key.rstrip("/") in ids}

    # ---- inside ----

    def _held(self, key: str, what: object, item: Item, size: tuple[int, int]) -> QImage | None:
        found = self._images.get(key)
        if found is None or found[0] is not what:
            self._wanted[key] = item, size
            if not self._timer.isActive():
                self._timer.start(0 if found is None else PAUSE_MS)
        return None if found is None else found[1]

    def _make(self) -> None:
        """One of those that are wanted, as far as the time allows: however many there are, and however large, the
        window goes on. What is being made itself has to wait for that."""
        key = next(iter(self._wanted), None)
        if key is None:
            return
        item, size = self._wanted.pop(key)
        masked = key.endswith("/")
        planes = (item.mask,) if masked else _planes(item)
        pause = self._look(planes)
        if pause is not None:
            self._wanted[key] = item, size
            self._timer.start(pause)
            return
        if masked:
            assert item.mask is not None
            self._images[key] = item.mask, to_qimage(self._shrunken(item.mask)).copy()
        else:
            assert isinstance(item, Node)
            self._images[key] = item.content, self._picture(item, size)
        if self._wanted:
            self._timer.start(0)
        self.made.emit(item.id)

    def _look(self, planes: Iterable[Plane | None]) -> int | None:
        """At the tiles of planes, as far as they are made and the time allows. None where all were looked at, else how
        long to wait until the next turn, in ms."""
        end = time.perf_counter() + MOST_S
        pause: int | None = None
        for plane in planes:
            for tile, step, left, top in () if plane is None else _samples(plane):
                if (step, left, top) in self._samples.get(tile, ()):
                    continue
                if not tile.made:
                    pause = PAUSE_MS
                    continue
                self._sample(tile, step, left, top)
                if time.perf_counter() > end:
                    return 0
        return pause

    def _picture(self, node: Node, size: tuple[int, int]) -> QImage:
        content = node.content
        step = _step(size)
        width, height = (-(-side // step) for side in size)
        if content.plane_kinds:
            planes = {name: self._small(plane) for name, plane in content.planes.items()}
            content = content.with_planes(planes)
        else:
            content = content.resized(size, width, height)
        return to_qimage(premultiplied(content.picture(width, height))).copy()

    def _small(self, plane: Plane) -> Plane:
        return Plane.of(plane.kind, self._shrunken(plane))

    def _shrunken(self, plane: Plane) -> NDArray[Any]:
        """Every so many pixels one, across and down."""
        step = _step(plane.size)
        width, height = (-(-side // step) for side in plane.size)
        out = plane.kind.blank(width, height)
        for place, (tile, _, left, top) in zip(plane.tiles, _samples(plane), strict=True):
            column, row = (-(-index * TILE // step) for index in place)
            part = self._sample(tile, step, left, top)
            out[row : row + part.shape[0], column : column + part.shape[1]] = part
        return sealed(out)

    def _sample(self, tile: Tile, step: int, left: int, top: int) -> NDArray[Any]:
        known = self._samples.setdefault(tile, {})
        part = known.get((step, left, top))
        if part is None:
            self.looked_at += 1
            part = known[step, left, top] = tile.pixels[top::step, left::step].copy()
        return part


def _planes(item: Item) -> tuple[Plane, ...]:
    assert isinstance(item, Node)
    return tuple(item.content.planes.values())


def _samples(plane: Plane) -> Iterator[tuple[Tile, int, int, int]]:
    """Its tiles, and of each the step and the first pixel, across and down, that a thumbnail has of it."""
    step = _step(plane.size)
    for (column, row), tile in plane.tiles.items():
        left, top = (-(-index * TILE // step) * step - index * TILE for index in (column, row))
        yield tile, step, left, top


def _step(size: tuple[int, int]) -> int:
    """Pixels of the canvas for each of the thumbnail."""
    return max(1, -(-max(size) // MOST))
