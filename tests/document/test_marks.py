"""Shapes, gradients and solids: what they cover, with what paint, and that they cost only the tiles they touch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from studio_app.document.brushes import Brush
from studio_app.document.contents.content import Content
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.lens import depth_of, distance_of
from studio_app.document.marks import (
    Box,
    Ellipse,
    Everywhere,
    Fade,
    Gradient,
    Line,
    Mark,
    Polygon,
    marked,
)
from studio_app.document.painting import blurred
from studio_app.document.selections import combined
from studio_app.document.solids import SOLIDS, Solid
from studio_app.scene.camera import Camera
from studio_app.scene.cast import cast
from studio_app.scene.primitives import Primitive
from studio_app.scene.transform import rotate, scale

SIZE = 600, 520
PAINTED = [kind for kind, content in CONTENTS.items() if content.paintable]
SHAPES: Mapping[str, Mark] = {
    "box": Box((20.5, 30), (120, 90.25)),
    "frame": Box((20, 30), (120, 90), outline=4),
    "ellipse": Ellipse((20, 30), (120, 90)),
    "ring": Ellipse((20, 30), (120, 90), outline=4),
    "line": Line((20, 30), (120, 90), 10),
    "polygon": Polygon(((20, 30), (120, 40), (60, 90))),
}


def blank(kind: str) -> Content:
    return CONTENTS[kind].blank(*SIZE)


def depth_value(content: Content) -> Any:
    assert isinstance(content, Depth)
    return content.value.whole


def test_areas_are_those_of_geometry():
    areas = {name: float(mark.cover((0, 0, 200, 200)).sum()) for name, mark in SHAPES.items()}
    assert areas["box"] == pytest.approx(99.5 * 60.25, rel=1e-4)
    assert areas["frame"] == pytest.approx(100 * 60 - 92 * 52, rel=1e-3)
    assert areas["ellipse"] == pytest.approx(np.pi * 50 * 30, rel=5e-3)
    assert areas["ring"] == pytest.approx(np.pi * (50 * 30 - 46 * 26), rel=2e-2)
    assert areas["line"] == pytest.approx(np.hypot(100, 60) * 10 + np.pi * 25, rel=2e-2)
    assert areas["polygon"] == pytest.approx(abs(100 * 60 - 40 * 10) / 2, rel=1e-2)


@pytest.mark.parametrize("name", SHAPES)
def test_any_rectangle_gets_its_part(name: str):
    mark = SHAPES[name]
    whole = mark.cover((0, 0, 160, 128))
    assert np.allclose(mark.cover((37, 41, 50, 30)), whole[41:71, 37:87], atol=0.13)
    x, y, width, height = mark.bounds
    outside = whole.copy()
    outside[y : y + height, x : x + width] = 0
    assert not outside.any()


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("kind", PAINTED)
def test_every_shape_fits_every_content_and_costs_one_tile(kind: str, name: str):
    old = blank(kind)
    made, dirty = marked(old, SHAPES[name], Brush(colour=(250, 20, 30), value=0.5), SIZE)
    assert {place for plane in made.planes.values() for place in plane.tiles} == {(0, 0)}
    assert dirty[2] > 0
    values, alpha = made.sheet((0, 0, 160, 128))
    assert np.allclose(alpha, SHAPES[name].cover((0, 0, 160, 128)), atol=1 / 254)
    paint = old.paint_of(Brush(colour=(250, 20, 30), value=0.5))
    assert np.allclose(values[alpha > 0.99], paint, atol=1 / 254)


@pytest.mark.parametrize("kind", PAINTED)
def test_nothing_is_done_beyond_the_selection(kind: str):
    inside = Ellipse((100, 100), (400, 300))
    selection = combined(None, inside.cover, inside.bounds, SIZE, "replace")
    made, _ = marked(blank(kind), Everywhere(), Brush(), SIZE, selection)
    _, alpha = made.sheet((0, 0, *SIZE))
    assert selection is not None
    assert np.allclose(alpha, selection.whole / 255, atol=1 / 254)


def test_a_gradient_goes_from_one_paint_to_the_other_and_stays_there():
    mark = Gradient((100, 50), (300, 50), (0.2,), (0.8,))
    made, _ = marked(blank("depth"), mark, Brush(), SIZE)
    row = depth_value(made)[50]
    assert row[0] == row[90] == pytest.approx(0.2)
    assert row[200] == pytest.approx(0.5, abs=0.005)
    assert row[310] == row[599] == pytest.approx(0.8)
    radial, _ = marked(
        blank("depth"), Gradient((100, 100), (200, 100), (1,), (0,), True), Brush(), SIZE
    )
    values = depth_value(radial)
    assert values[100, 150] == pytest.approx(values[150, 100], abs=0.01)
    assert values[100, 150] == pytest.approx(0.5, abs=0.01)


def test_depth_and_distance_are_each_others_inverse():
    depths = np.linspace(0, 1, 11)
    assert np.allclose(depth_of(distance_of(depths)), depths)
    assert distance_of(1.0) == 1


@pytest.mark.parametrize("kind", SOLIDS)
def test_solids_are_nearest_in_front_and_recede(kind: str):
    mark = Solid(kind, (200, 100), (400, 300), 0.8, SIZE[1])
    made, dirty = marked(blank("depth"), mark, Brush(), SIZE)
    assert isinstance(made, Depth)
    values, known = made.value.whole, made.known.whole
    painted = known > 250
    assert dirty == (200, 100, 200, 200)
    assert values[painted].max() == pytest.approx(0.8, abs=0.01)
    low = values[painted].min()
    assert 0.5 < low < 0.76
    row = values[290] if kind == "cone" else values[200]
    here = np.flatnonzero(known[290] > 250 if kind == "cone" else known[200] > 250)
    assert row[here[len(here) // 2]] > row[here[0]] + 0.02
    assert np.allclose(row[here], row[here][::-1], atol=0.02)


CAST: Mapping[str, Primitive] = {
    "sphere": Primitive("sphere", (), scale(0.5)),
    "cylinder": Primitive("cylinder", (), scale(0.5, 3, 0.5)),
    "box": Primitive("box", (), rotate("y", 45) @ scale(0.35, 3, 0.35)),
    "cone": Primitive("cone", (0.01,), scale(0.4, 0.5, 0.4)),
}


@pytest.mark.parametrize("kind", CAST)
@pytest.mark.parametrize("away", [1.3, 3.0])
def test_a_solid_has_the_depth_that_its_camera_casts(kind: str, away: float):
    """Of the outline that the camera sees, however near it stands."""
    lens = Camera(eye=(0, 0, 0.5 + away), target=(0, 0, 0))
    seen = cast([CAST[kind]], lens, (320, 320))
    row = 200 if kind == "cone" else 160
    across = np.flatnonzero(seen.index[row] >= 0)
    left, right = float(across[0]), float(across[-1] + 1)
    down = np.flatnonzero(seen.index[:, 160] >= 0)
    top, bottom = float(down[0]), float(down[-1] + 1)
    if kind == "sphere":
        top, bottom = left, right
    if kind == "cone":
        half = (bottom - top) / (row + 0.5 - top) * (right - left) / 2
        left, right = 160 - half, 160 + half
    nearest = float(seen.depth[row].max() if kind != "cone" else seen.depth.max())
    made = Solid(kind, (left, top), (right, bottom), nearest, 320).paint((0, 0, 320, 320))
    assert made is not None
    inside = across[3:-3]
    ours, theirs = distance_of(made[row, inside, 0]), distance_of(seen.depth[row, inside])
    recedes = theirs.max() - theirs.min()
    most = 0.35 if kind == "cone" else 0.06
    assert recedes > 0.5
    assert np.abs(ours - theirs).max() < most * recedes


def test_behind_leaves_what_is_nearer():
    near, _ = marked(blank("depth"), Box((0, 0), (100, 100)), Brush(value=0.7), SIZE)
    both, _ = marked(near, Box((50, 0), (150, 100)), Brush(value=0.4, mode="behind"), SIZE)
    row = depth_value(both)[50]
    assert row[75] == pytest.approx(0.7)
    assert row[125] == pytest.approx(0.4)


@pytest.mark.parametrize(("mode", "sign"), [("nearer", 1), ("farther", -1)])
def test_depth_is_raised_and_lowered_by_an_amount(mode: Any, sign: int):
    half, _ = marked(blank("depth"), Box((0, 0), (100, 100)), Brush(value=0.5), SIZE)
    made, _ = marked(half, Box((0, 0), (200, 100)), Brush(mode=mode, amount=0.2), SIZE)
    assert isinstance(made, Depth)
    assert made.value.whole[50, 50] == pytest.approx(0.5 + 0.2 * sign, abs=1e-3)
    assert made.value.whole[50, 150] == pytest.approx(0.2 if sign > 0 else 0, abs=1e-3)
    assert (made.known.whole[50, 150] > 0) == (sign > 0), "background can't go farther"


def test_where_nothing_is_known_there_is_nothing_to_raise():
    old = Depth.blank(*SIZE)
    unknown = Depth(old.value, old.known, "unknown")
    made, _ = marked(unknown, Everywhere(), Brush(mode="nearer"), SIZE)
    assert made.untouched


@pytest.mark.parametrize("kind", PAINTED)
def test_smoothing_softens_an_edge_and_keeps_the_rest(kind: str):
    old, _ = marked(blank(kind), Box((0, 0), (300, 520)), Brush(value=0.2, colour=(0, 0, 0)), SIZE)
    old, _ = marked(old, Box((300, 0), (600, 520)), Brush(value=0.8, colour=(255, 255, 255)), SIZE)
    dark, light = (
        blank(kind).paint_of(Brush(value=v, colour=(c, c, c))) for v, c in ((0.2, 0), (0.8, 255))
    )
    if np.array_equal(dark, light):
        old, _ = marked(old, Box((300, 0), (600, 520)), Brush(eraser=True), SIZE)
    made, _ = marked(old, Box((250, 0), (350, 520)), Brush(size=60, mode="smooth"), SIZE)
    values, alpha = made.sheet((0, 0, *SIZE))
    said = values[..., 0] * alpha
    row, before = said[100], (lambda s: s[0][..., 0] * s[1])(old.sheet((0, 0, *SIZE)))[100]
    assert np.abs(np.diff(row)).max() < 0.5 * np.abs(np.diff(before)).max()
    assert np.allclose(row[:240], before[:240], atol=1e-3)
    assert np.allclose(row[360:], before[360:], atol=1e-3)


def test_a_blur_moves_nothing_and_loses_nothing():
    spot = np.zeros((41, 41, 1), np.float32)
    spot[20, 20] = 1
    soft = blurred(spot, 3)
    assert soft.sum() == pytest.approx(1, abs=1e-3)
    rows = soft[..., 0].sum(1)
    assert (rows * np.arange(41)).sum() == pytest.approx(20, abs=0.51)
    assert np.sqrt((rows * (np.arange(41) - 20) ** 2).sum()) == pytest.approx(3, rel=0.25)


def test_a_fill_of_a_large_canvas_shares_what_it_leaves_alone():
    old, _ = marked(CONTENTS["colour"].blank(2048, 2048), Everywhere(), Brush(), (2048, 2048))
    made, _ = marked(old, Box((300, 300), (700, 400)), Brush(colour=(1, 2, 3)), (2048, 2048))
    before, after = old.planes["rgba"], made.planes["rgba"]
    assert len(after.changed(before)) == 2
    assert len(after.tiles) == 64


def test_a_plane_goes_on_beyond_both_ends_and_stops_at_the_nearest_and_the_background():
    mark = Gradient((100, 50), (200, 50), (0.6,), (0.4,), endless=True)
    made, _ = marked(blank("depth"), mark, Brush(), SIZE)
    row = depth_value(made)[50]
    assert row[[100, 200, 300]] == pytest.approx([0.6, 0.4, 0.2], abs=0.002)
    assert row[420] == 0 and row[0] == pytest.approx(0.8, abs=0.002)


def test_a_plane_is_put_behind_what_is_nearer():
    ball, _ = marked(blank("depth"), Ellipse((50, 50), (90, 90)), Brush(value=0.5), SIZE)
    mark = Gradient((0, 0), (200, 0), (0.4,), (0.8,))
    made, _ = marked(ball, mark, Brush(mode="behind"), SIZE)
    assert depth_value(made)[70, 55] == pytest.approx(0.513, abs=0.01)
    assert depth_value(made)[70, 52] == pytest.approx(0.505, abs=0.02)
    assert depth_value(made)[70, 20] == pytest.approx(0.44, abs=0.01)


def test_shifting_by_a_gradient_fades_out():
    flat, _ = marked(blank("depth"), Everywhere(), Brush(value=0.5), SIZE)
    made, _ = marked(flat, Fade((100, 0), (300, 0)), Brush(mode="nearer", amount=0.2), SIZE)
    row = depth_value(made)[50]
    assert row[[0, 200, 400]] == pytest.approx([0.7, 0.6, 0.5], abs=0.002)
