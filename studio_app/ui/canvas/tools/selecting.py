"""Selecting: a rectangle, an ellipse, a lasso, what is alike."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from studio_app.document.document import Document
from studio_app.document.filling import flooded
from studio_app.document.marks import Box, Ellipse, Mark, Point, Polygon, Selected, points_of
from studio_app.document.planes import Plane
from studio_app.document.selections import How, combined, feathered
from studio_app.document.telling import Tell, part_of
from studio_app.ui.abstract import AbstractQt
from studio_app.ui.canvas.tools.marking import box_path, content_of, polygon_path
from studio_app.ui.canvas.tools.tool import ALT, SHIFT, DragTool, two_toned
from studio_app.ui.transform import DocumentToView

Seen = tuple[object, ...]
"""Compared by identity."""


class SelectTool(AbstractQt, DragTool):
    """Shift adds, Alt takes away, both cut with it; else as the options say. A click without a drag selects nothing."""

    @abstractmethod
    def shape(self) -> Mark | None:
        """Between `one` and `other`; None: nothing yet."""

    def begin(self, modifiers: Qt.KeyboardModifier) -> bool:
        held = bool(modifiers & SHIFT), bool(modifiers & ALT)
        hows: dict[tuple[bool, bool], How] = {
            (True, False): "add",
            (False, True): "subtract",
            (True, True): "intersect",
        }
        self._how: How = hows.get(held, self.tools.select_how)
        self._held = modifiers & (SHIFT | ALT)
        return True

    def move(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """What was held when it began has said how; only what is pressed later makes it square."""
        super().move(point, modifiers & ~self._held)

    def finish(self) -> None:
        old = self.studio.document.selection
        shape = self.shape() if self.moved else None
        if shape is None:
            if self._how == "replace" and old is not None:
                self.studio.set_selection(None, _tr("Select nothing"))
            return
        self.take(lambda _document, _tell: shape, lambda _document: ())

    def take(
        self, look: Callable[[Document, Tell], Mark], looked_at: Callable[[Document], Seen]
    ) -> None:
        """Puts a shape to the selection, as one step of undo; on a large canvas in the background. look: for the shape,
        in any thread; looked_at: what it depends on."""
        how, feather, size = self._how, self.tools.feather, self.studio.document.canvas

        def made_of(document: Document) -> Seen | None:
            if document.canvas != size:
                return None
            return looked_at(document) + (() if how == "replace" else (document.selection,))

        def make(document: Document, tell: Tell) -> Plane | None:
            drawn = part_of(tell, 0.0, 0.5) if feather else tell
            shape = look(document, drawn)
            made = combined(document.selection, shape.cover, shape.bounds, size, how, drawn)
            if made is None or not feather:
                return made
            return feathered(made, feather, part_of(tell, 0.5, 1.0))

        text = _tr("Select")
        self.studio.make(text, made_of, make, lambda made: self.studio.set_selection(made, text))

    def paint(self, painter: QPainter, transform: DocumentToView, *, active: bool) -> None:
        if active and self.dragging:
            two_toned(painter, transform.painter_transform().map(self.outline()), dotted=True)


class SelectAlike(SelectTool):
    """A click selects what is alike around it on the layer in hand."""

    def begin(self, modifiers: Qt.KeyboardModifier) -> bool:
        super().begin(modifiers)
        width, height = size = self.studio.document.canvas
        at, target = (int(self.one[0] // 1), int(self.one[1] // 1)), self.target()
        tolerance = self.tools.tolerance
        if not (0 <= at[0] < width and 0 <= at[1] < height):
            self.finish()  # as a click of the others
            return False

        def looked_at(document: Document) -> Seen:
            content = content_of(document, target)
            return (content.kind,) if content.untouched else (content,)

        def look(document: Document, tell: Tell) -> Mark:
            content = content_of(document, target)
            return Selected(flooded(content, at, size, tolerance, tell, around=0))

        self.take(look, looked_at)
        return False

    def shape(self) -> Mark | None:
        return None

    def outline(self) -> QPainterPath:
        return QPainterPath()


class SelectBox(SelectTool):
    def shape(self) -> Mark | None:
        (x, y), (u, v) = self.one, self.other
        return Box((round(x), round(y)), (round(u), round(v)))

    def outline(self) -> QPainterPath:
        return box_path(self.one, self.other)


class SelectEllipse(SelectTool):
    def shape(self) -> Mark | None:
        return Ellipse(self.one, self.other)

    def outline(self) -> QPainterPath:
        path = QPainterPath()
        path.addEllipse(box_path(self.one, self.other).boundingRect())
        return path


class SelectLasso(SelectTool):
    def begin(self, modifiers: Qt.KeyboardModifier) -> bool:
        self.points: list[Point] = [self.one]
        return super().begin(modifiers)

    def drag(self) -> None:
        self.points.append(self.other)

    def shape(self) -> Mark | None:
        points = points_of(self.points)
        return Polygon(points) if len(points) > 2 else None

    def outline(self) -> QPainterPath:
        return polygon_path(self.points)


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasTools", text)
