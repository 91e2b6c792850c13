"""Fill, gradient, line, shapes and solids: tools that leave paint."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from studio_app.document.brushes import Brush
from studio_app.document.contents.content import Content
from studio_app.document.edits import drawn_on, item_of
from studio_app.document.filling import GivenUp, flooded
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
from studio_app.document.tiles import TILE
from studio_app.session.works import Tell
from studio_app.ui.canvas.tools.tool import SHIFT, MarkTool, PaintTool, tr

AT_ONCE = 4
"""Tiles of a canvas up to which an area is looked for while one waits."""
TOLERANCE = 0.06
"""Of a value's range: how much alike the pixels of an area are."""


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
            content = self._content()
            if width * height <= AT_ONCE * TILE * TILE:
                self._put(Selected(flooded(content, at, self.extent, TOLERANCE)))
            else:
                self._look(content, at, self.tools.brush, self.target())
        return False

    def _look(
        self, content: Content, at: tuple[int, int], brush: Brush, target: tuple[str, bool]
    ) -> None:
        """For the area, in the background; once more where the layer has changed meanwhile."""
        size = self.extent

        def job(tell: Tell, stopped: Callable[[], bool]) -> Cover | None:
            try:
                return flooded(content, at, size, TOLERANCE, tell, stopped)
            except GivenUp:
                return None

        def then(plane: Cover | None) -> None:
            if plane is None or self.extent != size:
                return
            now = self._content(target)
            if now is content or (now.untouched and content.untouched):
                self._put(Selected(plane), brush, target)
            else:
                self._look(now, at, brush, target)

        self.studio.works.begin(tr(self.text), job, then)

    def _put(
        self, mark: Mark, brush: Brush | None = None, target: tuple[str, bool] | None = None
    ) -> None:
        """As one step of undo."""
        if self.open(brush, target):
            self.studio.stroke_to(reflected(mark, self.tools.symmetry(self.studio.document)))
            self.studio.end_stroke()

    def _content(self, target: tuple[str, bool] | None = None) -> Content:
        document = self.studio.document
        id, mask = target or self.target()
        return drawn_on(item_of(document, id), mask=True) if mask else document.held(id).content


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
