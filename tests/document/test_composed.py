"""Several nodes as one, kept by the tile: only what changed is composited again, and it is the same to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from studio_app.document.brushes import Brush
from studio_app.document.contents import composed, cover, depth, rgba
from studio_app.document.contents.composed import COMPOSED, Composed, own_opacity
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.marks import Box, marked
from studio_app.document.planes import COVER, Plane
from studio_app.document.stack import Group, Item, Node
from studio_app.ui.faces.face import looked_at
from studio_app.ui.faces.registry import FACES

SIZE = 600, 520
WHOLE = (0, 0, *SIZE)
RULES = {"colour": rgba, "depth": depth, "normal": rgba, "edge": cover, "mask": cover}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    COMPOSED.clear()
    yield
    COMPOSED.clear()


def nodes(kind: str, count: int = 3) -> tuple[Node, ...]:
    rng = np.random.default_rng(3)
    made: list[Node] = []
    for number in range(count):
        pixels = rng.integers(0, 255, (SIZE[1], SIZE[0], 4), np.uint8)
        content = CONTENTS[kind].of_rgba(pixels, *SIZE)
        made.append(Node(f"n{number}", content, opacity=0.9 - 0.2 * number))
    return tuple(made)


def dabbed(node: Node, x: int, y: int) -> Node:
    content, _ = marked(node.content, Box((x, y), (x + 20, y + 30)), Brush(value=0.4), SIZE)
    return replace(node, content=content)


def plain(kind: str, items: tuple[Item, ...]) -> tuple[np.ndarray, ...]:
    return RULES[kind].composed(items, WHOLE, own_opacity)


@pytest.mark.parametrize("kind", RULES)
def test_what_is_kept_is_the_same_to_the_bit(kind: str):
    items = nodes(kind)
    mask = Plane(COVER, *SIZE).write(90, 80, np.full((300, 350), 90, np.uint8))
    grouped = (items[0], Group("g", items[1:], opacity=0.5, mask=mask))
    for tree in (items, grouped, (dabbed(items[0], 250, 250), *items[1:]), items):
        made = COMPOSED.read(tree, WHOLE, RULES[kind].composed)
        for one, other in zip(made, plain(kind, tree), strict=True):
            assert np.array_equal(one, other) and not one.flags.writeable


def test_a_dab_composites_its_own_pixels_alone():
    items = nodes("colour", 8)
    COMPOSED.read(items, WHOLE, rgba.composed)
    before = COMPOSED.composed
    after = (*items[:4], dabbed(items[4], 100, 100), *items[5:])
    COMPOSED.read(after, WHOLE, rgba.composed)
    assert 0 < COMPOSED.composed - before <= 21 * 31
    before = COMPOSED.composed
    rgba.combined(after, (40, 40, 256, 256))
    assert COMPOSED.composed == before  # a request of what is on the screen


def test_the_canvas_and_a_request_share_their_tiles():
    items = nodes("colour")
    rgba.combined(items, WHOLE)
    before = COMPOSED.composed
    sheet = FACES["colour"].sheet
    assert sheet is not None
    sheet(items, WHOLE)
    assert COMPOSED.composed == before
    faint = (replace(items[0], shown=0.5), *items[1:])
    sheet(faint, WHOLE)
    assert COMPOSED.composed > before  # the canvas alone shows it so
    assert looked_at(faint[0]) != own_opacity(faint[0])


def test_another_opacity_order_or_blend_is_another_picture():
    items = nodes("colour")
    first = rgba.combined(items, WHOLE)
    for other in (
        (replace(items[0], opacity=0.3), *items[1:]),
        (items[1], items[0], items[2]),
        (replace(items[0], blend="multiply"), *items[1:]),
        (replace(items[0], clip=True), *items[1:]),
    ):
        assert not np.array_equal(rgba.combined(other, WHOLE), first)
        assert np.array_equal(rgba.combined(other, WHOLE), plain("colour", other)[0])


def test_what_is_kept_is_bounded():
    cache = Composed(max_bytes=600_000)
    items = nodes("colour")
    for x in range(0, 340, 20):
        cache.read(items, (x, 0, 256, 256), rgba.composed)
        assert cache.nbytes <= 600_000
    assert composed.MAX_BYTES <= 128 << 20
