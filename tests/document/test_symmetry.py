"""Symmetry: strokes and marks on both sides of an axis, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document.brushes import Brush
from studio_app.document.document import new_document
from studio_app.document.marks import Box, Ellipse, Everywhere, Line, Mark, Selected, marked
from studio_app.document.planes import COVER, Plane, union
from studio_app.document.settings import Settings
from studio_app.document.solids import Solid
from studio_app.document.strokes import Sample, Stroke
from studio_app.document.symmetry import Symmetry, inside, reflected
from tests.nodes import depth_of

BOTH = Symmetry(128.0, 100.5, True, True)
WAYS = (Symmetry(128.0, 128.0, True, False), Symmetry(128.5, 90.0, False, True), BOTH)


def alike(values: np.ndarray, symmetry: Symmetry) -> bool:
    """Whether pixels are their own images, as far as those lie on the canvas."""
    rows, columns = np.nonzero(values > 0)
    for flip in symmetry.flips[1:]:
        for y, x in zip(rows[::7], columns[::7], strict=True):
            u, v = symmetry.place(flip, x + 0.5, y + 0.5)
            if 0 <= u < values.shape[1] and 0 <= v < values.shape[0]:
                other = values[int(v), int(u)]
                if abs(float(other) - float(values[y, x])) > 0.02:
                    return False
    return True


@pytest.mark.parametrize("symmetry", WAYS)
def test_a_stroke_has_its_images_and_no_opacity_twice(symmetry: Symmetry):
    document = new_document()
    stroke = Stroke(document, "depth", Brush(size=24, opacity=0.5, value=1.0), symmetry=symmetry)
    for x, y in ((60.0, 60.0), (90.0, 75.0), (120.0, 95.0), (140.0, 104.0)):  # over the axes
        document, dirty = stroke.extend(document, Sample(x, y, 0.8))
        whole = stroke.touched[0]
        for rect in stroke.touched:
            whole = union(whole, rect)
        assert whole == dirty
    _, alpha = depth_of(document).sheet((0, 0, 256, 256))
    assert alike(alpha, symmetry)
    assert alpha.max() <= 0.51
    assert alpha[60, 60] > 0.4


def test_images_that_lie_apart_are_touched_apart():
    document = new_document(Settings(width=512, height=512))
    symmetry = Symmetry(256, 256, True, True)
    stroke = Stroke(document, "depth", Brush(size=10), symmetry=symmetry)
    for x in (20.0, 26.0, 32.0):
        document, _ = stroke.extend(document, Sample(x, 20.0))
    assert len(stroke.touched) == 4
    assert sum(width * height for _, _, width, height in stroke.touched) < 4 * 40 * 30
    known = depth_of(document).known.whole
    for y, x in ((20, 26), (20, 485), (491, 26), (491, 485)):
        assert known[y, x] == 255


def test_the_paint_of_pressure_has_images_too():
    document = new_document()
    brush = Brush(size=16, hardness=1.0, value=1.0, pressure_size=False, pressure_value=True)
    stroke = Stroke(document, "depth", brush, symmetry=Symmetry(128, 128, True, False))
    for x in range(40, 101, 4):
        document, _ = stroke.extend(document, Sample(float(x), 80.0, (x - 30) / 80))
    values, _ = depth_of(document).sheet((0, 0, 256, 256))
    assert values[80, 50, 0] < values[80, 90, 0]
    assert np.allclose(values[80, 40:100, 0], values[80, ::-1, 0][40:100], atol=0.03)


MARKS: dict[str, Mark] = {
    "box": Box((30, 40), (90, 80)),
    "ellipse": Ellipse((30, 40), (120, 80)),
    "line": Line((20, 20), (110, 90), 9, 0.8),
    "solid": Solid("sphere", (40, 30), (100, 90), 0.9, 256),
    "filled": Selected(Plane(COVER, 256, 256).write(30, 40, np.full((20, 50), 255, np.uint8))),
}


@pytest.mark.parametrize("symmetry", WAYS)
@pytest.mark.parametrize("name", MARKS)
def test_a_mark_has_its_images(name: str, symmetry: Symmetry):
    content = depth_of(new_document())
    made, _ = marked(content, reflected(MARKS[name], symmetry), Brush(value=0.8), (256, 256))
    values, alpha = made.sheet((0, 0, 256, 256))
    assert alike(alpha, symmetry)
    assert alike(values[..., 0] * alpha, symmetry)
    once, _ = marked(content, MARKS[name], Brush(value=0.8), (256, 256))
    assert alpha.sum() > 1.5 * once.sheet((0, 0, 256, 256))[1].sum()


def test_what_covers_everything_needs_no_image():
    assert reflected(Everywhere(), BOTH).bounds == Everywhere().bounds
    assert reflected(Everywhere(), None) == Everywhere()
    assert reflected(Everywhere(), Symmetry(3, 3)) == Everywhere()


def test_axes_stay_on_the_canvas_and_on_pixels():
    assert inside(Symmetry(700.3, -4.0, True, True), (512, 300)) == Symmetry(512, 0, True, True)
    assert inside(Symmetry(100.26, 7.7, True, True), (512, 300)) == Symmetry(100.5, 7.5, True, True)
