"""The canvas and the frame on it: other sizes, other places, and what lies in the frame alone.

A canvas has its own size; the picture is a rectangle of it, the frame, drawn with so many pixels of the model. A
document whose picture is all of the canvas, pixel by pixel, is *whole*: another picture size stretches all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from studio_app.document.contents.content import Content, Size
from studio_app.document.contents.sheets import resized_cover
from studio_app.document.deferring import large
from studio_app.document.document import MAX_CANVAS, MIN_FRAME, Document
from studio_app.document.planes import Plane, Rect
from studio_app.document.stack import Item, Node


def resized(document: Document, width: int, height: int) -> Document:
    """With another picture size, in pixels of the model; a branch ends. Everything drawn is stretched where the
    document is whole; else the frame alone takes the new shape."""
    if document.pixels == (width, height):
        return document
    settings = replace(document.settings, width=width, height=height)
    if not document.whole:
        frame = _reshaped(document.frame, width / height, document.canvas)
        return replace(document, settings=settings, frame=frame, start=None)
    later = large((width, height)) or large(document.canvas)
    stretched = _stretched(document, width, height, later=later)
    return replace(stretched, settings=settings, start=None)


def suited(document: Document, width: int, height: int) -> Document:
    """With a picture size that a model asks for. As `resized`, but nothing that was drawn is made coarser for it: the
    frame takes the new shape, as large as the canvas has it, and is drawn with fewer pixels than it has. Another model,
    that knows the canvas's own size, finds all as it was."""
    coarser = width < document.canvas[0] or height < document.canvas[1]
    spread = document.frame == _largest(document.pixels, document.canvas)
    kept = not document.whole or (coarser and is_drawn_on(document))
    if document.pixels == (width, height) or not (kept and spread):
        return resized(document, width, height)
    settings = replace(document.settings, width=width, height=height)
    frame = _largest((width, height), document.canvas)
    return replace(document, settings=settings, frame=frame, start=None)


def is_drawn_on(document: Document) -> bool:
    """Whether there is anything on it that one might want back."""
    masked = any(item.mask is not None for item in document.stack.walk())
    return masked or any(not node.untouched for node in document.stack.nodes())


def with_frame(document: Document, frame: Rect) -> Document:
    """With the picture elsewhere on the canvas: brought inside it, and to the shape of its pixels. A branch ends."""
    x, y, width, height = (round(part) for part in frame)
    shape = document.settings.width / document.settings.height
    frame = _reshaped((x, y, max(width, MIN_FRAME), max(height, MIN_FRAME)), shape, document.canvas)
    return document if frame == document.frame else replace(document, frame=frame, start=None)


def with_canvas(document: Document, rect: Rect) -> Document:
    """With a canvas that is this rectangle of the one of now: smaller, or larger with nothing around. The frame stays
    over what it was over, as far as it fits."""
    x, y = round(rect[0]), round(rect[1])
    width, height = (min(max(round(side), MIN_FRAME), MAX_CANVAS) for side in rect[2:])
    if (x, y, width, height) == (0, 0, *document.canvas):
        return document
    later = large((width, height))
    cut = _each(
        document,
        lambda content: content.cut(x, y, width, height, later=later),
        lambda mask: mask.cut(x, y, width, height, later=later),
    )
    moved = document.frame[0] - x, document.frame[1] - y, *document.frame[2:]
    shape = document.settings.width / document.settings.height
    frame = _reshaped(moved, shape, (width, height))
    same = frame == moved
    start = document.start if same else None
    bearings = document.bearings.cut(x, y)
    return replace(cut, canvas=(width, height), frame=frame, start=start, bearings=bearings)


def framed(document: Document) -> Document:
    """What lies in the frame as a whole document of its own, in pixels of the model."""
    if document.whole:
        return document
    x, y, width, height = document.frame
    cut = _each(
        document,
        lambda content: content.cut(x, y, width, height),
        lambda mask: mask.cut(x, y, width, height),
    )
    cut = replace(cut, canvas=(width, height), frame=(0, 0, width, height))
    return cut if cut.whole else _stretched(cut, *document.pixels)


def _stretched(document: Document, width: int, height: int, *, later: bool = False) -> Document:
    """All of the canvas at another size, the frame around all of it."""
    size = document.canvas
    stretched = _each(
        document,
        lambda content: content.resized(size, width, height, later=later),
        lambda mask: resized_cover(mask, width, height, later=later),
    )
    bearings = document.bearings.stretched(width / size[0], height / size[1])
    return replace(
        stretched, canvas=(width, height), frame=(0, 0, width, height), bearings=bearings
    )


def _each(
    document: Document, content: Callable[[Content], Content], mask: Callable[[Plane], Plane]
) -> Document:
    """With every content changed by the one, every mask and the selection by the other."""

    def changed(item: Item) -> Item:
        other = None if item.mask is None else mask(item.mask)
        if isinstance(item, Node):
            return replace(item, content=content(item.content), mask=other)
        return replace(item, mask=other)

    chosen = None if document.selection is None else mask(document.selection)
    return replace(document, stack=document.stack.each(changed), selection=chosen)


def _largest(shape: Size, canvas: Size) -> Rect:
    """The largest frame of the shape of those pixels, in the middle of the canvas."""
    scale = min(canvas[0] / shape[0], canvas[1] / shape[1])
    width, height = (max(round(side * scale), 1) for side in shape)
    return (canvas[0] - width) // 2, (canvas[1] - height) // 2, width, height


def _reshaped(frame: Rect, shape: float, canvas: Size) -> Rect:
    """A frame of that width over height, of the same area and middle as far as the canvas allows; itself where it is
    that already."""
    x, y, width, height = frame
    wanted = round(height * shape), round(width / shape)
    if abs(width - wanted[0]) > 1 and abs(height - wanted[1]) > 1:
        area = width * height
        wide = (area * shape) ** 0.5
        high = wide / shape
        x, y = x + (width - wide) / 2, y + (height - high) / 2
    else:
        wide, high = width, height
    fits = min(1.0, canvas[0] / wide, canvas[1] / high)
    width, height = max(round(wide * fits), 1), max(round(high * fits), 1)
    x = min(max(round(x), 0), canvas[0] - width)
    y = min(max(round(y), 0), canvas[1] - height)
    return x, y, width, height
