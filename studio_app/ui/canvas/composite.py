"""The drawing as pixels: what lies where in the stack, with "nothing said" left transparent."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property, lru_cache

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter

from studio_app.document.contents import composed
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.document import Document
from studio_app.document.planes import (
    COVER,
    NOWHERE,
    Place,
    Plane,
    Rect,
    overlap,
    shares,
    union,
    widened,
)
from studio_app.document.stack import Item, Stack
from studio_app.document.tiles import Tile, sealed
from studio_app.ui.faces.face import Face, Pixels
from studio_app.ui.faces.registry import FACES, SHEETS
from studio_app.ui.images import clear_qimage, pixels_of, to_qimage

CELL = 64
"""Pixels of a side of what is remembered at once: a dab touches few, and makes few anew."""
MAX_BYTES = 64 << 20
REACH = 1
"""Pixels that a face looks around what it draws, at most."""

_Cell = tuple[object, QImage | None]
"""What it was made of, and what it looks like; None where nothing is."""
_SOURCE = QPainter.CompositionMode.CompositionMode_Source
_OVER = QPainter.CompositionMode.CompositionMode_SourceOver
Seen = tuple[Face, tuple[Item, ...]]
"""A face, and its nodes that are seen."""


class Composer:
    """composed: pixels of single sheets that were drawn so far: what it costs.

    What lies below and above the layer in hand looks the same from dab to dab: it is remembered, in cells, by the tiles
    that it was made of. Bounded in bytes, the longest unused go first.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.composed = 0
        self._most = max(max_bytes // (CELL * CELL * 4), 1)
        self._cells: OrderedDict[tuple[str, Rect], _Cell] = OrderedDict()
        self._sure: dict[str, tuple[object, set[Rect]]] = {}
        """Cells that were looked up for the very layers that are below or above now."""

    def compose(
        self, document: Document, active: str, rect: Rect, ground: int | None = None
    ) -> Pixels:
        """uint8 [h, w, 4] B, G, R, A premultiplied of a rectangle of the drawing; as `paint`."""
        image = clear_qimage(rect[2], rect[3])
        with QPainter(image) as painter:
            painter.translate(-rect[0], -rect[1])
            self.paint(painter, document, active, rect, ground)
        return pixels_of(image)

    def paint(
        self,
        painter: QPainter,
        document: Document,
        active: str,
        rect: Rect,
        ground: int | None = None,
    ) -> None:
        """Puts a rectangle of the drawing in the place of what is there, in pixels of the document.

        active: the kind that is drawn on, which lies on top of the others; films lie over all. ground: its `paper`,
        where that is known.
        """
        below, own, above = _parted(document, active)
        whole = QRect(*rect)
        painter.setClipRect(whole)
        painter.setCompositionMode(_SOURCE)
        painter.fillRect(whole, QColor(0, 0, 0, paper(document) if ground is None else ground))
        painter.setCompositionMode(_OVER)
        self._lay(painter, below, "below", document, rect)
        for face, items in own:
            self._over(painter, face, items, rect)
        self._lay(painter, above, "above", document, rect)

    # ---- inside ----

    def _lay(
        self, painter: QPainter, faces: list[Seen], where: str, document: Document, rect: Rect
    ) -> None:
        """Puts what they look like together over what there is."""
        if not faces:
            return
        now = tuple((items, _appearances(face, items)) for face, items in faces)
        if self._sure.get(where, ((), ()))[0] != now:
            self._sure[where] = now, set[Rect]()
        sure = self._sure[where][1]
        page = (0, 0, *document.canvas)
        key_of = _Keys(faces, document.canvas)
        missing: list[Rect] = []
        for cell in _cells(rect, page):
            known = self._cells.pop((where, cell), None)
            if known is None or (cell not in sure and known[0] != key_of(cell)):
                missing.append(cell)
                sure.add(cell)
                continue
            sure.add(cell)
            self._cells[where, cell] = known
            if known[1] is not None:
                painter.drawImage(QPoint(cell[0], cell[1]), known[1])
        if missing:
            self._draw(faces, missing, where, key_of)
            for cell in missing:
                image = self._cells[where, cell][1]
                if image is not None:
                    painter.drawImage(QPoint(cell[0], cell[1]), image)
        while len(self._cells) > self._most:
            self._cells.popitem(last=False)

    def _draw(self, faces: list[Seen], cells: list[Rect], where: str, key_of: _Keys) -> None:
        """Remembers some cells, which lie beside each other, by what they look like now."""
        around = NOWHERE
        for cell in cells:
            around = union(around, cell)
        made = clear_qimage(around[2], around[3])
        with QPainter(made) as painter:
            painter.translate(-around[0], -around[1])
            for face, items in faces:
                self._over(painter, face, items, around)
        pixels = pixels_of(made)
        for cell in cells:
            part = pixels[shares(around, cell)[0]]
            image = to_qimage(sealed(part)) if part[..., 3].any() else None
            self._cells[where, cell] = key_of(cell), image

    def _over(self, painter: QPainter, face: Face, items: tuple[Item, ...], rect: Rect) -> None:
        assert face.sheet is not None
        sheet = face.sheet(items, rect)
        if sheet is not None:
            self.composed += rect[2] * rect[3]
            painter.drawImage(QPoint(rect[0], rect[1]), to_qimage(sealed(sheet)))


def compose(document: Document, active: str, rect: Rect) -> Pixels:
    """As of a Composer, with nothing remembered."""
    return Composer(0).compose(document, active, rect)


def paper(document: Document) -> int:
    """0..255: how black the ground is that everything lies on; 0 where it says nothing."""
    grounds = (
        face.paper(document.stack.seen(face.kind))
        for face in FACES.values()
        if face.paper is not None
    )
    return max(grounds, default=0)


def _parted(document: Document, active: str) -> tuple[list[Seen], list[Seen], list[Seen]]:
    """Below the kind in hand, that kind, and above it."""
    below: list[Seen] = []
    own: list[Seen] = []
    above: list[Seen] = []
    for face in SHEETS:
        items = document.stack.seen(face.kind)
        if items:
            part = own if face.kind == active else above if face.film else below
            part.append((face, items))
    if own and own[0][0].film:
        return below + above, own, []
    return below, own, above


@lru_cache(maxsize=1 << 14)
def _places(cell: Rect, size: tuple[int, int]) -> tuple[Place, ...]:
    """The tiles that decide what a cell of a canvas of that size looks like."""
    return tuple(Plane(COVER, *size).places(widened(cell, REACH, size)))


def _cells(rect: Rect, page: Rect) -> Iterator[Rect]:
    """Those that a rectangle touches."""
    for y in range(rect[1] // CELL * CELL, rect[1] + rect[3], CELL):
        for x in range(rect[0] // CELL * CELL, rect[0] + rect[2], CELL):
            yield overlap((x, y, CELL, CELL), page)


class _Keys:
    """Of each cell all that decides what it looks like: equal where that is the same."""

    def __init__(self, faces: list[Seen], size: tuple[int, int]) -> None:
        self._faces, self._size = faces, size
        self._tiles: dict[Place, tuple[Tile | None, ...]] = {}

    def __call__(self, cell: Rect) -> object:
        return self._how, *(self._at(place) for place in _places(cell, self._size))

    @cached_property
    def _how(self) -> object:
        """All beside the tiles."""
        return tuple(
            (
                face.kind,
                composed.structure(items),
                tuple(node.shown for node in Stack(items).nodes()),
                _appearances(face, items),
            )
            for face, items in self._faces
        )

    @cached_property
    def _planes(self) -> list[Plane]:
        return [plane for _, items in self._faces for plane in composed.planes_of(items)]

    def _at(self, place: Place) -> tuple[Tile | None, ...]:
        found = self._tiles.get(place)
        if found is None:
            found = self._tiles[place] = tuple(p.tiles.get(place) for p in self._planes)
        return found


def _appearances(face: Face, items: tuple[Item, ...]) -> tuple[object, ...]:
    """Of what can look otherwise and be the same."""
    if CONTENTS[face.kind].plane_kinds:
        return ()
    return tuple(node.content.appearance for node in Stack(items).nodes())
