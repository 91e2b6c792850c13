"""Moving and resizing the frame on the canvas: by dragging, by its handles, by key."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen

from studio_app.document.document import MIN_FRAME, Document
from studio_app.document.planes import Rect
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas.cursor import outline
from studio_app.ui.transform import DocumentToView

REACH = 10.0
"""View pixels around a handle within which the pointer takes hold of it, and within which a side snaps."""
NUDGE, FAR_NUDGE = 1, 10
"""Pixels of the model."""
_HANDLE = 10.0
_LABEL = 240.0
_drags = itertools.count()

Grip = tuple[int, int]
"""The side that is held, across and down: -1, 0 or 1; (0, 0) is the inside."""
INSIDE: Grip = (0, 0)
HANDLES: tuple[Grip, ...] = tuple(
    (across, down) for across in (-1, 0, 1) for down in (-1, 0, 1) if (across, down) != INSIDE
)
_CURSORS = {
    (0, 0): Qt.CursorShape.SizeAllCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
}
_ARROWS = {
    Qt.Key.Key_Left.value: (-1, 0),
    Qt.Key.Key_Right.value: (1, 0),
    Qt.Key.Key_Up.value: (0, -1),
    Qt.Key.Key_Down.value: (0, 1),
}


@dataclass(frozen=True)
class Board:
    """What a frame is moved on. canvas: (width, height). pixels: those of the model. reach: within how many pixels of
    the canvas something snaps; 0: nothing does."""

    canvas: tuple[int, int]
    pixels: tuple[int, int]
    reach: float = 0.0

    @property
    def shape(self) -> float:
        """Width over height."""
        return self.pixels[0] / self.pixels[1]


def moved(frame: Rect, dx: float, dy: float, board: Board) -> Rect:
    """Elsewhere, inside the canvas. It snaps to edges and middle of the canvas, else to whole pixels of the model, so
    that those of two frames of one size lie on each other."""
    x, y, width, height = frame
    place = (
        _settled(x + dx, width, board.canvas[0], width / board.pixels[0], board.reach),
        _settled(y + dy, height, board.canvas[1], height / board.pixels[1], board.reach),
    )
    return *place, width, height


def pulled(frame: Rect, grip: Grip, dx: float, dy: float, board: Board) -> Rect:
    """With a handle elsewhere: what lies opposite stays, and so does the shape. It snaps to edges and middle of the
    canvas, and to the sizes at which pixels of the model and of the canvas are whole multiples of each other."""
    x, y, width, height = frame
    across, down = grip
    wanted: list[float] = []
    if across:
        wanted.append(width + across * dx)
    if down:
        wanted.append((height + down * dy) * board.shape)
    wide = max(wanted, key=lambda one: abs(one - width))
    most = min(
        _room(x, width, board.canvas[0], across),
        _room(y, height, board.canvas[1], down) * board.shape,
    )
    least = min(max(MIN_FRAME, MIN_FRAME * board.shape), most)
    stops = [
        *_stops(x, width, board.canvas[0], across),
        *(one * board.shape for one in _stops(y, height, board.canvas[1], down)),
        *_whole_sizes(board.pixels[0], wide),
    ]
    near = [stop for stop in stops if abs(stop - wide) <= board.reach and least <= stop <= most]
    if near:
        wide = min(near, key=lambda stop: abs(stop - wide))
    new_width = round(min(max(wide, least), most))
    new_height = max(round(new_width / board.shape), 1)
    return (
        _anchored(x, width, new_width, across),
        _anchored(y, height, new_height, down),
        new_width,
        new_height,
    )


class FrameTool:
    """Holds what is hovered and dragged; every move goes through the studio. Coordinates are the document's unless
    called view."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._held: Grip | None = None
        self._start: Rect = (0, 0, 1, 1)
        self._from = QPointF()
        self._scale = 1.0
        self._key = ""
        self.hovered: Grip | None = None

    # ---- pointer ----

    @property
    def dragging(self) -> bool:
        return self._held is not None

    def press(self, point: QPointF, scale: float, modifiers: Qt.KeyboardModifier) -> bool:
        """Takes hold of a handle or the inside; whether there was one. scale: view pixels per pixel."""
        self._held = self.hovered = self._grip_at(point, scale)
        if self._held is None:
            return False
        self._start, self._from, self._scale = self._document.frame, point, scale
        self._key = f"drag {next(_drags)}"
        self._studio.set_pen_down(True)
        return True

    def move(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Drags what is held. With Shift nothing snaps."""
        if self._held is None:
            return
        by = point - self._from
        free = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        board = self._board(0.0 if free else REACH / self._scale)
        if self._held == INSIDE:
            frame = moved(self._start, by.x(), by.y(), board)
        else:
            frame = pulled(self._start, self._held, by.x(), by.y(), board)
        self._studio.set_frame(frame, self._key)

    def release(self) -> None:
        if self._held is not None:
            self._held = None
            self._studio.set_pen_down(False)

    def cancel(self) -> None:
        """As if the drag had never begun: a branch that it ended goes on, too."""
        if self._held is None:
            return
        self._held = None
        if self._document.frame != self._start:
            self._studio.undo_stack.take_back(self._key)
        self._studio.set_pen_down(False)

    def select(self, point: QPointF, scale: float) -> None:
        """There is only one."""

    def hover(self, point: QPointF, scale: float) -> bool:
        """What would be held; whether that has changed."""
        before = self.hovered
        self.hovered = self._grip_at(point, scale)
        return self.hovered != before

    def leave(self) -> None:
        self.hovered = None

    def twice(self) -> bool:
        return False

    def wheel(self, steps: float) -> bool:
        return False

    def cursor(self) -> Qt.CursorShape:
        """The pointer's, where it is."""
        if self.hovered is None:
            return Qt.CursorShape.ArrowCursor
        across, down = self.hovered
        return _CURSORS.get((across, down)) or _CURSORS[-across, -down]

    # ---- keys ----

    def key(self, event: QKeyEvent) -> bool:
        """Arrows move it by a pixel of the model, with Shift by ten; whether the key was one."""
        arrow = _ARROWS.get(event.key())
        if arrow is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        x, y, width, height = self._document.frame
        step = max(width / self._document.settings.width, 1.0) * (FAR_NUDGE if far else NUDGE)
        there = round(x + arrow[0] * step), round(y + arrow[1] * step)
        self._studio.set_frame((*there, width, height), "nudge")
        return True

    # ---- what it shows ----

    def description(self) -> str:
        """Size and place of the frame, and the pixels that the model draws it with."""
        document = self._document
        x, y, width, height = document.frame
        said = _tr("Frame {width} × {height} at {x}, {y}").format(
            width=width, height=height, x=x, y=y
        )
        if document.pixels != (width, height):
            drawn = _tr("drawn with {width} × {height}")
            drawn = drawn.format(width=document.pixels[0], height=document.pixels[1])
            said = f"{said}, {drawn}"
        return said

    def under_pointer(self) -> str:
        return ""

    def help(self) -> str:
        """What a drag does, where the pointer is."""
        if self.hovered is None:
            return ""
        if self.hovered == INSIDE:
            return _tr("Drag to move the frame; Shift lets it go anywhere.")
        return _tr("Drag to resize the frame; its shape stays. Shift lets it be of any size.")

    def bounds(self, transform: DocumentToView) -> QRectF:
        frame = transform.view_rect(QRect(*self._document.frame))
        return frame.adjusted(-_HANDLE, -_HANDLE, max(_LABEL - frame.width(), _HANDLE), 3 * _HANDLE)

    def paint(self, painter: QPainter, transform: DocumentToView, *, active: bool) -> None:
        """The outline with its handles, and its size in pixels inside its corner; nothing while not in hand."""
        if not active:
            return
        frame = QRectF(*self._document.frame)
        outline(painter, transform.outline(frame))
        painter.setPen(QPen(QColor(0, 0, 0, 200), 1.0))
        for grip in HANDLES:
            box = QRectF(0, 0, _HANDLE - 3, _HANDLE - 3)
            place = _handle(frame, grip)
            box.moveCenter(transform.to_view(place.x(), place.y()))
            held = grip in (self._held, self.hovered)
            painter.setBrush(theme.colour("accent") if held else QColor(255, 255, 255))
            painter.drawRect(box)
        self._paint_size(painter, transform.view_rect(frame))

    # ---- inside ----

    @property
    def _document(self) -> Document:
        return self._studio.document

    def _board(self, reach: float) -> Board:
        document = self._document
        return Board(document.canvas, document.pixels, reach)

    def _grip_at(self, point: QPointF, scale: float) -> Grip | None:
        frame = QRectF(*self._document.frame)
        # In a small frame the handles leave the inside some room.
        reach = min(REACH / scale, frame.width() / 4, frame.height() / 4)
        corners_first = sorted(HANDLES, key=lambda grip: 0 in grip)
        for grip in corners_first:
            away = point - _handle(frame, grip)
            if max(abs(away.x()), abs(away.y())) <= reach:
                return grip
        return INSIDE if frame.contains(point) else None

    def _paint_size(self, painter: QPainter, frame: QRectF) -> None:
        width, height = self._document.frame[2:]
        text = f"{width} × {height}"
        if self._document.pixels != (width, height):
            text += " ← {} × {}".format(*self._document.pixels)
        metrics = painter.fontMetrics()
        half = theme.UNIT / 2
        plate = QRectF(0, 0, metrics.horizontalAdvance(text) + theme.UNIT, metrics.height() + half)
        plate.moveTopLeft(frame.topLeft() + QPointF(theme.UNIT, theme.UNIT))
        if plate.right() > frame.right() or plate.bottom() > frame.bottom():
            plate.moveTopLeft(frame.bottomLeft() + QPointF(0, theme.UNIT))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawRoundedRect(plate, half, half)
        painter.setPen(QColor(255, 255, 255))
        painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), text)


def _handle(frame: QRectF, grip: Grip) -> QPointF:
    middle = frame.center()
    return QPointF(
        middle.x() + grip[0] * frame.width() / 2, middle.y() + grip[1] * frame.height() / 2
    )


def _settled(start: float, length: int, canvas: int, pixel: float, reach: float) -> int:
    """Where a side of that length begins. pixel: of the model, in those of the canvas."""
    last = canvas - length
    start = min(max(start, 0.0), float(last))
    if reach:
        lines = [one for one in (0.0, last / 2, float(last)) if abs(one - start) <= reach]
        if lines:
            start = min(lines, key=lambda one: abs(one - start))
        elif pixel > 1:
            start = round(start / pixel) * pixel
    return min(max(round(start), 0), last)


def _room(start: int, length: int, canvas: int, side: int) -> float:
    """The longest that it may become when that side is pulled; 0: both, evenly."""
    if side > 0:
        return canvas - start
    if side < 0:
        return start + length
    middle = start + length / 2
    return 2 * min(middle, canvas - middle)


def _stops(start: int, length: int, canvas: int, side: int) -> list[float]:
    """Lengths at which the pulled side lies on an edge or the middle of the canvas."""
    if side > 0:
        return [canvas - start, canvas / 2 - start]
    if side < 0:
        return [start + length, start + length - canvas / 2]
    return []


def _whole_sizes(pixels: int, wide: float) -> list[float]:
    """The widths around this one at which one pixel of the model is a whole number of the canvas's, or the other way
    round."""
    if wide >= pixels:
        times = int(wide // pixels)
        return [float(pixels * times), float(pixels * (times + 1))]
    parts = int(pixels // max(wide, 1.0))
    return [pixels / part for part in (parts, parts + 1)]


def _anchored(start: int, length: int, new: int, side: int) -> int:
    if side > 0:
        return start
    if side < 0:
        return start + length - new
    return round(start + (length - new) / 2)


def _tr(text: str) -> str:
    return QCoreApplication.translate("FrameTool", text)
