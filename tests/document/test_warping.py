"""A net bends what lies in it, on every kind of layer that is painted."""

from __future__ import annotations

import numpy as np
import pytest

from studio_app.document import floating
from studio_app.document.brushes import Brush
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.content import Content
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.edge import Edge
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.normal import Normal
from studio_app.document.floating import base_of, laid, lifted
from studio_app.document.marks import Box, marked
from studio_app.document.selections import everything
from studio_app.document.warping import Mesh

SIZE = 600, 500
PAGE = (0, 0, *SIZE)
RECT = (100, 80, 300, 240)


@pytest.fixture(params=[Colour, Depth, Mask, Edge])
def drawn(request: pytest.FixtureRequest) -> Content:
    x, y, width, height = RECT
    mark = Box((x, y), (x + width, y + height))
    return marked(request.param.blank(*SIZE), mark, Brush(value=0.7), SIZE)[0]


def warped(content: Content, mesh: Mesh) -> Content:
    piece = lifted(content, None)
    assert piece is not None and piece.rect == RECT
    return laid(base_of(content, everything(SIZE)), piece, mesh, SIZE)[0]


def test_a_net_that_nobody_has_bent_changes_nothing(drawn: Content):
    mesh = Mesh.over(RECT)
    assert mesh.shift == (0, 0) and mesh.usable and mesh.bounds(RECT) == RECT
    assert np.array_equal(warped(drawn, mesh).sheet(PAGE)[1], drawn.sheet(PAGE)[1])
    x, y = mesh.sources((100, 80, 30, 20))
    assert np.allclose(x, np.arange(100, 130) + 0.5) and np.allclose(y.T, np.arange(80, 100) + 0.5)


def test_a_point_takes_along_what_lies_beside_it_and_nothing_beyond(drawn: Content):
    mesh = Mesh.over(RECT)
    bent = mesh.moved(1, 0, (60.0, 160.0))  # at the left edge, a third down: forty pixels out
    assert bent.shift is None
    after = warped(drawn, bent).sheet(PAGE)[1]
    assert after[160, 70] > 0.9 and after[160, 50] == 0
    assert np.array_equal(after[:, 330:], drawn.sheet(PAGE)[1][:, 330:])
    assert bent.of((100.0, 160.0)) == pytest.approx((60.0, 160.0), abs=0.5)


def test_where_a_pixel_comes_from_is_where_it_went(drawn: Content):
    mesh = Mesh.over(RECT).moved(1, 1, (230.0, 130.0)).moved(2, 2, (280.0, 260.0))
    for point in ((150.5, 120.5), (222.5, 170.5), (333.5, 300.5)):
        x, y = mesh.of(point)
        u, v = mesh.sources((int(x), int(y), 1, 1))
        assert abs(u[0, 0] - point[0]) < 2 and abs(v[0, 0] - point[1]) < 2


def test_no_crack_and_no_seam_is_left(drawn: Content, monkeypatch: pytest.MonkeyPatch):
    mesh = (
        Mesh.over(RECT).moved(1, 1, (250.0, 210.0)).moved(2, 1, (180.0, 260.0)).shifted((90, 110))
    )
    whole = warped(drawn, mesh)
    inside = whole.sheet(PAGE)[1][215:400, 215:460]
    assert inside.min() > 0.99
    monkeypatch.setattr(floating, "AT_ONCE", 0)
    assert np.array_equal(warped(drawn, mesh).sheet(PAGE)[1], whole.sheet(PAGE)[1])


def test_mirrored_it_mirrors_and_flat_it_is_refused():
    mesh = Mesh.over(RECT)
    assert not mesh.mirrors
    assert Mesh(RECT, mesh.points[:, ::-1]).mirrors
    flat = mesh.points.copy()
    flat[..., 1] = 80
    assert not Mesh(RECT, flat).usable
    assert not mesh.moved(0, 0, (float("nan"), 0.0)).usable


def test_made_much_smaller_it_keeps_its_weight():
    fine = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    fine[80:320, 100:400:2] = 255
    mesh = Mesh.over((100, 80, 299, 240))
    small = Mesh(mesh.rect, mesh.points * 0.2)
    piece = lifted(Colour.of(fine), None)
    assert piece is not None
    made, rect = laid(Colour.blank(*SIZE), piece, small, SIZE)
    x, y, width, height = rect
    inner = made.sheet((x + 4, y + 4, width - 8, height - 8))[1]
    assert inner.mean() == pytest.approx(0.5, abs=0.05) and inner.std() < 0.1


def test_a_finer_net_is_bent_as_the_one_before():
    mesh = Mesh.over(RECT, 1, 1).moved(0, 0, (40.0, 60.0)).moved(1, 1, (430.0, 300.0))
    finer = mesh.with_cells(4, 5)
    assert finer.cells == (4, 5) and finer.with_cells(4, 5) is finer
    for point in ((100.0, 80.0), (250.0, 200.0), (333.0, 111.0), (400.0, 320.0)):
        assert finer.of(point) == pytest.approx(mesh.of(point), abs=0.6)
    plain = Mesh.over(RECT, 5, 5)
    assert plain.with_cells(2, 3).shift == (0, 0)


@pytest.fixture
def slope() -> Normal:
    """What faces to the right and a little upwards."""
    rgba = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    rgba[80:320, 100:400] = (217, 160, 200, 255)
    return Normal.of(rgba)


def faced(content: Content, x: int, y: int) -> tuple[int, ...]:
    values, alpha = content.sheet((x, y, 1, 1))
    assert alpha[0, 0] > 0.99
    return tuple(np.rint(255 * values[0, 0]).astype(int).tolist())


def test_normals_turn_and_mirror_with_what_is_warped(slope: Normal):
    mesh = Mesh.over(RECT)
    about = np.array((250.0, 200.0))
    quarter = np.array([[0.0, 1.0], [-1.0, 0.0]])  # clockwise, as one sees it: (x, y) to (-y, x)
    turned = warped(slope, Mesh(RECT, (mesh.points - about) @ quarter + about))
    right, up, front = 217, 160, 200
    assert faced(turned, 250, 200) == pytest.approx((up, 255 - right, front), abs=2)
    mirrored = warped(slope, Mesh(RECT, mesh.points[:, ::-1]))
    assert faced(mirrored, 250, 200) == pytest.approx((255 - right, up, front), abs=2)
    wider = warped(slope, Mesh(RECT, mesh.points * (1.3, 1.0)))
    assert faced(wider, 330, 200) == pytest.approx((right, up, front), abs=2)


def test_normals_turn_where_the_net_is_bent_and_nowhere_else(slope: Normal):
    mesh = Mesh.over(RECT)
    bent = mesh
    for column in range(4):  # the lower edge leans to the right
        x, y = mesh.points[3, column]
        bent = bent.moved(3, column, (float(x), float(y) + 0.6 * (float(x) - 100)))
    after = warped(slope, bent)
    assert faced(after, 250, 90) == pytest.approx((217, 160, 200), abs=6)
    low = faced(after, 250, 330)
    assert (
        low[1] < 156 and low[0] > 217 and low[2] == 200
    )  # it has turned clockwise with its pixels


def test_what_has_no_directions_is_not_asked_for_them():
    with pytest.raises(ValueError, match="no directions"):
        Colour.blank(8, 8).turned(np.zeros((8, 8, 3), np.float32), np.eye(2, dtype=np.float32))
