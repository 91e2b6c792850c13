"""Edits of much of a canvas are there at once, and made where somebody looks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio_app.document import deferring, floating, marks
from studio_app.document.arranging import merged_down
from studio_app.document.brushes import Brush
from studio_app.document.canvases import resized, with_canvas
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.content import Content
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.mask import Mask
from studio_app.document.deferring import unmade
from studio_app.document.document import Document
from studio_app.document.floating import Matrix, Piece, base_of, laid, lifted, scaling, turning
from studio_app.document.marks import Ellipse, Gradient, Selected, marked
from studio_app.document.planes import COVER, Plane
from studio_app.document.selections import everything, feathered
from studio_app.document.settings import Settings
from studio_app.document.stack import Node, Stack

SIZE = 1400, 1100
"""Six tiles by five, the last ones cut."""
PAGE = (0, 0, *SIZE)


@pytest.fixture(params=[Colour, Depth, Mask])
def drawn(request: pytest.FixtureRequest) -> Content:
    """Something small on a large canvas."""
    return marked(
        request.param.blank(*SIZE), Ellipse((300, 200), (700, 520)), Brush(value=0.7), SIZE
    )[0]


def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is made at once."""
    monkeypatch.setattr(marks, "AT_ONCE", 999)
    monkeypatch.setattr(floating, "AT_ONCE", 999)


def same(one: Content, other: Content) -> bool:
    (a, cover), (b, other_cover) = one.sheet(PAGE), other.sheet(PAGE)
    there = cover > 0
    return np.array_equal(cover, other_cover) and np.array_equal(a[there], b[there])


def test_a_gradient_makes_only_what_is_looked_at(drawn: Content, monkeypatch: pytest.MonkeyPatch):
    first, last = (tuple(drawn.paint_of(Brush(value=value)).tolist()) for value in (0.2, 0.9))
    mark = Gradient((0, 0), SIZE, first, last)
    made, dirty = marked(drawn, mark, Brush(opacity=0.5), SIZE)
    planes = len(drawn.planes)
    assert dirty == PAGE and len(unmade(made)) == 30 * planes
    made.sheet((10, 10, 20, 20))
    assert len(unmade(made)) == 29 * planes
    now(monkeypatch)
    assert same(made, marked(drawn, mark, Brush(opacity=0.5), SIZE)[0])
    assert not unmade(made)


def test_a_brush_that_smooths_looks_beyond_the_tile(monkeypatch: pytest.MonkeyPatch):
    depth = marked(Depth.blank(*SIZE), Ellipse((200, 200), (900, 800)), Brush(value=0.7), SIZE)[0]
    smooth = Brush(size=60, mode="smooth")
    made, _ = marked(depth, marks.Everywhere(), smooth, SIZE)
    assert unmade(made)
    now(monkeypatch)
    assert same(made, marked(depth, marks.Everywhere(), smooth, SIZE)[0])


def test_where_nothing_is_selected_nothing_is_made_at_all(drawn: Content):
    chosen = Plane(COVER, *SIZE).write(520, 520, np.full((400, 700), 255, np.uint8))
    made, _ = marked(drawn, marks.Everywhere(), Brush(), SIZE, chosen)
    assert len(unmade(made)) <= 12 * len(drawn.planes)
    alone, _ = marked(drawn, Selected(chosen), Brush(), SIZE)
    assert same(made, alone)


WAYS = {
    "turned": turning(0.4, (500, 400)),
    "larger": scaling(1.8, 2.2, (400, 300)),
    "shifted": Matrix(e=333, f=250),
    "smaller": scaling(0.4, 0.3, (500, 400)),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_large_piece_is_laid_where_it_is_looked_at(
    drawn: Content, way: Matrix, monkeypatch: pytest.MonkeyPatch
):
    piece = lifted(drawn, None)
    assert piece is not None and piece.rect == (300, 200, 400, 320)
    base = base_of(drawn, everything(SIZE))
    assert base.untouched
    monkeypatch.setattr(floating, "AT_ONCE", 1)
    made, rect = laid(base, piece, way, SIZE)
    assert unmade(made)
    now(monkeypatch)
    assert same(made, laid(base, piece, way, SIZE)[0])
    outside = made.sheet(PAGE)[1].copy()
    outside[rect[1] : rect[1] + rect[3], rect[0] : rect[0] + rect[2]] = 0
    assert not outside.any()


def test_what_is_cut_out_softly_leaves_what_was_not_selected(
    drawn: Content, monkeypatch: pytest.MonkeyPatch
):
    chosen = Plane(COVER, *SIZE).write(400, 100, np.full((600, 700), 255, np.uint8))
    hole = feathered(chosen, 20)
    piece = lifted(drawn, hole)
    assert piece is not None
    back, _ = laid(base_of(drawn, hole), piece, Matrix(), SIZE)
    cover = back.sheet(PAGE)[1]
    far = hole.whole
    sure = (far == 0) | (far == 255)
    assert np.abs(cover - drawn.sheet(PAGE)[1])[sure].max() <= 1 / 255


def test_a_piece_is_looked_at_coarsely_at_once(drawn: Content):
    piece = lifted(drawn, None)
    assert piece is not None
    small = piece.thinned(7)
    assert next(iter(small.planes.values())).size == (58, 46)
    fine = piece.content().sheet((0, 0, 400, 320))[1]
    assert np.array_equal(small.sheet((0, 0, 58, 46))[1], fine[::7, ::7])


def test_a_tile_that_is_made_later_is_as_any_other_once_it_is_made():
    content = Colour.blank(*SIZE)
    calls: list[int] = []

    def change(part: Content, wide: tuple[int, ...], box: tuple[int, ...]) -> Content:
        calls.append(1)
        return part.with_sheet(
            0, 0, np.ones((box[3], box[2], 3), np.float32), np.ones((box[3], box[2]), np.float32)
        )

    made = deferring.deferred(content, [(0, 0)], change)
    (tile,) = made.planes["rgba"].tiles.values()
    assert not tile.made and not tile.at_hand and tile.covers and tile.nbytes == 256 * 256 * 4
    tile.pack()  # nothing to pack yet
    assert not calls
    known = Colour.of_rgba(np.full((SIZE[1], SIZE[0], 4), 255, np.uint8), *SIZE).rgba.tiles[0, 0]
    assert tile.digest == known.digest and tile.made and calls == [1]
    tile.pack()
    assert not tile.at_hand and np.array_equal(tile.pixels, known.pixels)


def test_a_piece_from_elsewhere_lies_where_it_is_said_to():
    content = Colour.of_rgba(np.full((40, 60, 4), 255, np.uint8), 60, 40)
    piece = Piece((100, 200, 60, 40), content, (100, 200))
    made, rect = laid(Colour.blank(*SIZE), piece, Matrix(), SIZE)
    assert rect == (100, 200, 60, 40)
    assert made.there(PAGE).sum() == 60 * 40 and made.there(rect).all()
    assert replace(piece, chosen=Plane(COVER, 60, 40)).content().untouched


def test_a_canvas_is_cropped_and_layers_merged_when_somebody_looks(monkeypatch: pytest.MonkeyPatch):
    """To the bit as at once."""
    page = np.random.default_rng(1).integers(0, 256, (640, 640, 4)).astype(np.uint8)
    nodes = (Node("a", Colour.of(page[::-1].copy()), opacity=0.5), Node("b", Colour.of(page)))
    document = Document(Settings(), Stack(nodes), (640, 640), (0, 0, 256, 256), None)
    rect = (-20, 33, 600, 640)
    plain = with_canvas(document, rect), merged_down(document, "a")[0]
    monkeypatch.setattr(deferring, "AT_ONCE", 1)
    for one, other in zip(
        plain, (with_canvas(document, rect), merged_down(document, "a")[0]), strict=True
    ):
        for left, right in zip(one.stack.nodes(), other.stack.nodes(), strict=True):
            assert unmade(right.content) and not unmade(left.content)
            assert right.content.planes["rgba"].digest == left.content.planes["rgba"].digest


@pytest.mark.parametrize("to", [(900, 1300), (620, 500), (1400, 1111)])
def test_what_is_stretched_is_made_where_somebody_looks(
    drawn: Content, to: tuple[int, int], monkeypatch: pytest.MonkeyPatch
):
    """As at once, but for the last bit of a rounding."""
    hole = everything(SIZE).write(300, 200, np.zeros((90, 90), np.uint8))
    settings, nodes = Settings(width=SIZE[0], height=SIZE[1]), Stack((Node("a", drawn, mask=hole),))
    document = Document(settings, nodes, SIZE, PAGE, None, selection=everything(SIZE))
    made = resized(document, *to)
    (node,) = made.stack.nodes()
    assert made.canvas == to and node.mask is not None and made.selection is not None
    assert unmade(node.content) and not node.mask.tiles[0, 0].made
    monkeypatch.setattr(deferring, "AT_ONCE", 999)
    (plain,) = resized(document, *to).stack.nodes()
    assert plain.mask is not None and not unmade(plain.content)
    masks = node.mask.whole.astype(int) - plain.mask.whole
    assert np.abs(masks).max() <= 1
    page = 0, 0, *to
    (one, cover), (other, other_cover) = node.content.sheet(page), plain.content.sheet(page)
    there = other_cover > 0
    assert np.abs(cover - other_cover).max() <= 1 / 255 and there.sum() > 1000
    assert np.abs(one - other)[there].max() <= 1 / 255
