"""Fill, gradient, line, shapes and solids: tools that leave paint."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from studio_app.document.brushes import Brush
from studio_app.document.contents.content import Content
from studio_app.document.document import Document
from studio_app.document.edits import drawn_on, item_of
from studio_app.document.filling import flooded
from studio_app.document.marks import (
    Box,
    Ellipse,
    Everywhere,
    Fade,
    Gradient,
    Line,
    Mark,
    Point,
    Polygon,
    Selected,
    points_of,
)
from studio_app.document.painting import PAINTING
from studio_app.document.planes import Plane as Cover
from studio_app.document.solids import Solid
from studio_app.document.symmetry import reflected
from studio_app.document.telling import Tell
from studio_app.ui.canvas.tools.tool import SHIFT, MarkTool, PaintTool, tr


class Fill(PaintTool):
    """A click fills what is alike around it; with Shift all, as far as it is selected. On a large canvas the area is
    looked for in the background."""

    text = "Fill"

    def begin(self, modifiers: Qt.KeyboardModifier) -> bool:
        width, height = self.extent
        at = int(self.one[0] // 1), int(self.one[1] // 1)
        if modifiers & SHIFT:
            self._put(Everywhere())
        elif 0 <= at[0] < width and 0 <= at[1] < height:
            self._look(at, self.tools.brush, self.target())
        return False

    def _look(self, at: tuple[int, int], brush: Brush, target: tuple[str, bool]) -> None:
        """For the area; of an empty layer all of it is one, however often it is another."""
        size, tolerance = self.extent, self.tools.tolerance

        def made_of(document: Document) -> tuple[object, ...] | None:
            if document.canvas != size:
                return None
            try:
                content = content_of(document, target)
            except KeyError:  # the layer was removed meanwhile
                return None
            return (content.kind,) if content.untouched else (content,)

        def make(document: Document, tell: Tell) -> Cover:
            return flooded(content_of(document, target), at, size, tolerance, tell)

        def put(plane: Cover) -> None:
            self._put(Selected(plane), brush, target)

        self.studio.make(tr(self.text), made_of, make, put)

    def _put(
        self, mark: Mark, brush: Brush | None = None, target: tuple[str, bool] | None = None
    ) -> None:
        """As one step of undo."""
        if self.open(brush, target):
            self.studio.stroke_to(reflected(mark, self.tools.symmetry(self.studio.document)))
            self.studio.end_stroke()


class Ramp(MarkTool):
    """A gradient from the brush's paint to the second one; where the brush shifts or smooths, it does so by less and
    less."""

    text = "Gradient"
    covers_all = True
    radial = False
    endless = False

    @property
    def straight(self) -> bool:
        return True

    def mark(self) -> Mark | None:
        if not self.moved:
            return None
        if self.tools.mode not in PAINTING:
            return Fade(self.one, self.other, self.radial)
        first, last = self.tools.paints_of_gradient()
        return Gradient(self.one, self.other, first, last, self.radial, self.endless)

    def outline(self) -> QPainterPath:
        return _line(self.one, self.other)


class Radial(Ramp):
    text = "Round gradient"
    radial = True

    def outline(self) -> QPainterPath:
        path = super().outline()
        (x, y), (u, v) = self.one, self.other
        reach = float(((u - x) ** 2 + (v - y) ** 2) ** 0.5)
        path.addEllipse(QPointF(x, y), reach, reach)
        return path


class Plane(Ramp):
    """Through the depths at both ends of the drag, and on beyond them."""

    text = "Plane"
    endless = True


class StraightLine(MarkTool):
    text = "Line"

    @property
    def straight(self) -> bool:
        return True

    def mark(self) -> Mark | None:
        brush = self.tools.brush
        return Line(self.one, self.other, brush.size, brush.hardness)

    def outline(self) -> QPainterPath:
        return _line(self.one, self.other)


class Rectangle(MarkTool):
    text = "Rectangle"

    def mark(self) -> Mark | None:
        return Box(self.one, self.other, self.tools.outline_width()) if self.moved else None

    def outline(self) -> QPainterPath:
        return box_path(self.one, self.other)


class Round(MarkTool):
    text = "Ellipse"

    def mark(self) -> Mark | None:
        return Ellipse(self.one, self.other, self.tools.outline_width()) if self.moved else None

    def outline(self) -> QPainterPath:
        path = QPainterPath()
        path.addEllipse(_rect(self.one, self.other))
        return path


class LassoFill(MarkTool):
    """What the line goes around is filled."""

    text = "Lasso fill"

    def begin(self, modifiers: Qt.KeyboardModifier) -> bool:
        self.points: list[Point] = [self.one]
        return super().begin(modifiers)

    def drag(self) -> None:
        self.points.append(self.other)
        super().drag()

    def mark(self) -> Mark | None:
        points = points_of(self.points)
        return Polygon(points) if len(points) > 2 else None

    def outline(self) -> QPainterPath:
        return polygon_path(self.points)


class SolidTool(MarkTool):
    """kind: of `solids.SOLIDS`."""

    kind = ""

    def mark(self) -> Mark | None:
        if not self.moved:
            return None
        return Solid(
            self.kind, self.one, self.other, self.tools.brush.value, self.studio.document.frame[3]
        )

    def outline(self) -> QPainterPath:
        return box_path(self.one, self.other)


class Sphere(SolidTool):
    text, kind = "Sphere", "sphere"


class Cuboid(SolidTool):
    text, kind = "Box", "box"


class Cylinder(SolidTool):
    text, kind = "Cylinder", "cylinder"


class Cone(SolidTool):
    text, kind = "Cone", "cone"


def content_of(document: Document, target: tuple[str, bool]) -> Content:
    """What a tool's target holds; of a kind that there is none of yet, nothing drawn."""
    id, mask = target
    return drawn_on(item_of(document, id), mask=True) if mask else document.held(id).content


def box_path(one: Point, other: Point) -> QPainterPath:
    path = QPainterPath()
    path.addRect(_rect(one, other))
    return path


def polygon_path(points: list[Point]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(*point) for point in points]))
    return path


def _rect(one: Point, other: Point) -> QRectF:
    return QRectF(QPointF(*one), QPointF(*other)).normalized()


def _line(one: Point, other: Point) -> QPainterPath:
    path = QPainterPath(QPointF(*one))
    path.lineTo(QPointF(*other))
    return path
