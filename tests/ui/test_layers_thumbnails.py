"""Small pictures of layers: what they show, when they are made anew, and how little is looked at for it."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio_app.document.contents.colour import Colour
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.deferring import unmade
from studio_app.document.planes import RGBA, Plane
from studio_app.document.stack import Node
from studio_app.session.studio import Studio
from studio_app.ui.images import pixels_of
from studio_app.ui.layers import thumbnails as module
from studio_app.ui.layers.thumbnails import MOST, Thumbnails
from tests.session.contents import draw

SIZE = 1024, 700


@pytest.fixture
def thumbnails(qtbot: QtBot, studio: Studio) -> Thumbnails:
    return Thumbnails(studio)


def made(thumbnails: Thumbnails, node: Node, qtbot: QtBot) -> np.ndarray:
    if thumbnails.picture(node, SIZE) is None:
        with qtbot.waitSignal(thumbnails.made):
            pass
    picture = thumbnails.picture(node, SIZE)
    assert picture is not None
    return pixels_of(picture)


def test_it_looks_like_the_layer_across_the_edges_of_tiles(thumbnails: Thumbnails, qtbot: QtBot):
    rgba = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    rgba[:, :] = (np.arange(SIZE[0]) // 4)[None, :, None]
    rgba[..., 3] = 255
    rgba[: SIZE[1] // 2, :, 0] = 255
    small = made(thumbnails, Node("a", Colour.of(rgba)), qtbot)
    height, width = small.shape[:2]
    assert max(width, height) <= MOST
    assert abs(width / height - SIZE[0] / SIZE[1]) < 0.05
    green = small[:, :, 1].astype(int)
    assert (np.diff(green, axis=1) > 0).all()  # a ramp stays one
    assert (small[: height // 2 - 1, :, 2] == 255).all()


@pytest.mark.parametrize("kind", CONTENTS)
def test_every_kind_has_one(thumbnails: Thumbnails, studio: Studio, qtbot: QtBot, kind: str):
    draw(studio._editor, kind)
    node = studio.document.held(kind)
    thumbnails.picture(node, studio.document.canvas)
    qtbot.waitUntil(lambda: thumbnails.picture(node, studio.document.canvas) is not None)
    picture = thumbnails.picture(node, studio.document.canvas)
    assert picture is not None
    assert pixels_of(picture)[..., 3].any()


def test_only_the_tiles_that_an_edit_made_are_looked_at(thumbnails: Thumbnails, qtbot: QtBot):
    rng = np.random.default_rng(3)
    rgba = rng.integers(0, 255, (SIZE[1], SIZE[0], 4), np.uint8)
    node = Node("a", Colour.of(rgba))
    made(thumbnails, node, qtbot)
    assert thumbnails.looked_at == 12
    thumbnails.picture(node, SIZE)
    dab = np.full((9, 9, 4), 255, np.uint8)
    edited = Node("a", Colour(node.content.planes["rgba"].write(300, 300, dab)))
    old = thumbnails.picture(edited, SIZE)
    assert old is not None  # the last one, until the new one is made
    with qtbot.waitSignal(thumbnails.made):
        pass
    assert thumbnails.looked_at == 13


def test_a_stroke_makes_one_picture_not_one_for_each_dab(thumbnails: Thumbnails, qtbot: QtBot):
    node = Node("a", Colour(Plane(RGBA, *SIZE)))
    made(thumbnails, node, qtbot)
    count: list[str] = []
    thumbnails.made.connect(count.append)
    plane = node.content.planes["rgba"]
    for x in range(20):
        plane = plane.write(x * 9, 9, np.full((9, 9, 4), 255, np.uint8))
        node = Node("a", Colour(plane))
        thumbnails.picture(node, SIZE)
    qtbot.waitUntil(lambda: bool(count))
    assert count == ["a"]
    assert made(thumbnails, node, qtbot)[..., 3].any()


def test_what_is_gone_is_forgotten(thumbnails: Thumbnails, qtbot: QtBot):
    node = Node("a", Colour(Plane(RGBA, *SIZE)))
    made(thumbnails, node, qtbot)
    thumbnails.forget({"b"})
    assert thumbnails.picture(node, SIZE) is None


def test_of_a_large_layer_a_few_tiles_are_looked_at_in_a_turn(
    thumbnails: Thumbnails, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "MOST_S", 0.0)
    rgba = np.full((SIZE[1], SIZE[0], 4), 255, np.uint8)
    assert thumbnails.picture(Node("a", Colour.of(rgba)), SIZE) is None
    seen: list[int] = []
    thumbnails._timer.timeout.connect(lambda: seen.append(thumbnails.looked_at))
    with qtbot.waitSignal(thumbnails.made):
        pass
    assert seen[:11] == list(range(1, 12)) and thumbnails.looked_at == 12


def test_what_is_made_later_is_not_made_for_it(thumbnails: Thumbnails, qtbot: QtBot):
    plain = Colour.of(np.full((SIZE[1], SIZE[0], 4), 255, np.uint8))
    node = Node("a", plain.cut(8, 8, *SIZE, later=True))
    left = unmade(node.content)
    assert left and thumbnails.picture(node, SIZE) is None
    qtbot.waitUntil(lambda: thumbnails._timer.isActive())
    thumbnails._make()
    assert len(unmade(node.content)) == len(left)
    assert thumbnails.picture(node, SIZE) is None
    assert all(tile.pixels.any() for tile in left)  # somebody else makes them
    with qtbot.waitSignal(thumbnails.made):
        pass
