"""Several nodes as one, kept by the tile: only what changed is composited again, and it is the same to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from studio_app.document.brushes import Brush
from studio_app.document.contents import composed, cover, depth, rgba
from studio_app.document.contents.composed import COMPOSED, Compose, Composed, Opacity, own_opacity
from studio_app.document.contents.grounds import CELL
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.contents.sheets import Sheet
from studio_app.document.marks import Box, marked
from studio_app.document.planes import COVER, Plane, Rect
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
        made.append(Node(f"n{number}", content, opacity=0.9 - 0.1 * number))
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


@pytest.mark.parametrize("kind", RULES)
def test_dabs_on_any_item_are_the_same_to_the_bit(kind: str):
    """Also where what is clipped to it, or what it is clipped to, lies across the ground that is remembered."""
    tree = list(nodes(kind, 5))
    tree[1] = replace(tree[1], clip=True)
    tree[2] = replace(tree[2], clip=True, blend="multiply")
    tree[3] = replace(tree[3], blend="screen")
    for step in range(3):
        for place in range(5):
            tree[place] = dabbed(tree[place], 240 + 9 * step, 235 + 30 * place)
            made = COMPOSED.read(tuple(tree), WHOLE, RULES[kind].composed)
            for one, other in zip(made, plain(kind, tuple(tree)), strict=True):
                assert np.array_equal(one, other)


def test_what_lies_below_the_dabs_of_a_stroke_is_laid_once():
    laid: list[tuple[int, int]] = []

    def lay(items: tuple[Item, ...], rect: Rect, opacity: Opacity, ground: Sheet | None) -> Sheet:
        laid.append((len(items), rect[2] * rect[3]))
        return rgba.composed.lay(items, rect, opacity, ground)

    compose = Compose(lay, rgba.composed.show)
    top, *others = nodes("colour", 6)
    COMPOSED.read((top, *others), WHOLE, compose)
    laid.clear()
    for step in range(20):
        top = dabbed(top, 70 + step, 80)
        COMPOSED.read((top, *others), WHOLE, compose)
    below = [area for count, area in laid if count == 5]
    assert sum(below) <= 2 * CELL * CELL and len(laid) == 20 + len(below)


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
