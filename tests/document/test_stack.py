"""The tree of nodes and groups: what is seen of it, how it lies on each other, and that an edit shares the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.document.blending import BLENDS
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.mask import Mask
from studio_app.document.contents.mask import combined as masks
from studio_app.document.contents.rgba import combined
from studio_app.document.document import Document, new_document, request_of
from studio_app.document.planes import COVER, Plane
from studio_app.document.settings import Settings
from studio_app.document.stack import Group, Node, Stack, fitting

RECT = (0, 0, 8, 8)


def flat(id: str, colour: tuple[int, int, int], alpha: int = 255, **fields: object) -> Node:
    pixels = np.full((8, 8, 4), (*colour, alpha), np.uint8)
    return replace(Node(id, Colour.of(pixels)), **fields)


def pixel(*items: Node | Group) -> tuple[int, ...]:
    """The topmost first."""
    return tuple(int(part) for part in combined(Stack(items).seen("colour"), RECT)[4, 4])


RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def test_the_topmost_lies_on_top():
    assert pixel(flat("a", RED), flat("b", GREEN)) == (*RED, 255)
    assert pixel(flat("a", RED, opacity=0.5), flat("b", BLUE)) == (128, 0, 128, 255)
    assert pixel(flat("a", RED, 128), flat("b", RED, 128))[3] == 192


def test_a_group_lies_on_the_rest_as_one():
    half = Group("g", (flat("a", RED), flat("b", GREEN)), opacity=0.5)
    assert pixel(half, flat("c", BLUE)) == (128, 0, 128, 255)  # nothing of the green shines through
    white, grey = (255, 255, 255), (128, 128, 128)
    times = Group("g", (flat("a", grey),), blend="multiply")
    assert pixel(times, flat("c", white)) == (*grey, 255)


def test_what_is_clipped_lies_only_where_the_next_below_does():
    clipped = flat("a", RED, clip=True)
    assert pixel(clipped, flat("b", GREEN, 0), flat("c", BLUE)) == (*BLUE, 255)
    assert pixel(clipped, flat("b", GREEN), flat("c", BLUE)) == (*RED, 255)
    assert pixel(clipped, flat("d", GREEN, clip=True), flat("b", BLUE, 128))[3] == 128
    assert pixel(clipped) == (*RED, 255)  # there is nothing to be clipped to


def test_a_mask_hides_a_node_or_a_group():
    cover = np.full((8, 8), 255, np.uint8)
    cover[:, 4:] = 0
    mask = Plane.of(COVER, cover)
    for item in (flat("a", RED, mask=mask), Group("g", (flat("a", RED),), mask=mask)):
        picture = combined(Stack((item, flat("b", BLUE))).seen("colour"), RECT)
        assert tuple(picture[4, 2]) == (*RED, 255)
        assert tuple(picture[4, 6]) == (*BLUE, 255)


@pytest.mark.parametrize("blend", BLENDS)
def test_every_blend_mode_makes_a_picture(blend: str):
    above = flat("a", (200, 90, 30), 180, blend=blend, opacity=0.7)
    assert len(pixel(above, flat("b", (20, 120, 250), 200))) == 4


def test_several_masks_paint_anew_what_any_of_them_does_and_one_that_multiplies_what_both_do():
    left, top = (np.zeros((8, 8), np.uint8) for _ in range(2))
    left[:, :4], top[:4] = 255, 255
    one, other = Node("a", Mask.of(left)), Node("b", Mask.of(top))
    assert (masks((one, other), RECT) == np.maximum(left, top)).all()
    both = masks((replace(one, blend="multiply"), other), RECT)
    assert (both == np.minimum(left, top)).all()


def depths(*nodes: Node) -> Document:
    made = new_document(Settings(prompt="a wall", width=64, height=64))
    return replace(made, stack=Stack(nodes))


def depth(id: str, value: float, rows: slice, **fields: object) -> Node:
    known = np.zeros((64, 64), np.uint8)
    known[rows] = 255
    content = Depth.of(np.full((64, 64), value, np.float32), known)
    return replace(Node(id, content), **fields)


def test_several_depths_are_one_control_as_strong_as_the_topmost_says():
    upper = depth("a", 0.9, np.s_[:20], strength=0.5, end=0.5)
    lower = depth("b", 0.3, np.s_[10:40], strength=1.5)
    (control,) = request_of(depths(upper, lower)).controls
    assert (control.strength, control.end) == (0.5, 0.5)
    column = control.pixels[:, 0]
    assert column[[5, 15, 30, 60]] == pytest.approx([0.9, 0.9, 0.3, 0.0], abs=0.01)
    assert control.known is None
    (half,) = request_of(depths(replace(upper, opacity=0.5), lower)).controls
    assert half.pixels[15, 0] == pytest.approx(0.6, abs=0.01)
    (same,) = request_of(depths(depth("c", 0, np.s_[:0]), lower)).controls
    assert same.strength == 1.5  # nothing is drawn on the upper one


def test_the_ground_is_unknown_only_where_all_say_so():
    def around(node: Node, how: Any) -> Node:
        assert isinstance(node.content, Depth)
        return replace(node, content=replace(node.content, around=how))

    upper, lower = depth("a", 0.9, np.s_[:20]), depth("b", 0.3, np.s_[10:40])
    (control,) = request_of(depths(around(upper, "unknown"), lower)).controls
    assert control.known is None
    both = depths(around(upper, "unknown"), around(lower, "unknown"))
    (control,) = request_of(both).controls
    assert control.known is not None
    assert control.known[5, 0] == 255 and control.known[60, 0] == 0


def tree() -> Stack:
    inner = Group("inner", (flat("c", BLUE), flat("d", RED)))
    return Stack((flat("a", RED), Group("outer", (flat("b", GREEN), inner)), flat("e", RED)))


def ids(stack: Stack) -> list[str]:
    return [item.id for item in stack.walk()]


def test_an_edit_shares_all_it_did_not_touch():
    stack = tree()
    after = stack.changed("c", opacity=0.5)
    assert ids(after) == ids(stack)
    for id in ("a", "b", "d", "e"):
        assert after.find(id) is stack.find(id)
    old = stack.node("c")
    assert old is not None and old.opacity == 1
    with pytest.raises(KeyError):
        stack.changed("nobody", opacity=1)


def test_items_are_added_and_removed():
    stack = tree()
    new = flat("x", GREEN)
    assert ids(stack.added(new))[0] == "x"
    assert ids(stack.added(new, above="d")) == ["a", "outer", "b", "inner", "c", "x", "d", "e"]
    assert ids(stack.added(new, inside="inner")) == ["a", "outer", "b", "inner", "x", "c", "d", "e"]
    assert ids(stack.without("inner")) == ["a", "outer", "b", "e"]
    with pytest.raises(ValueError, match="already"):
        stack.added(flat("a", RED))
    for nowhere in (
        lambda: stack.added(new, above="nobody"),
        lambda: stack.without("nobody"),
    ):
        with pytest.raises(KeyError):
            nowhere()


def test_only_what_is_shown_alone_is_seen():
    solo = replace(tree(), solo="inner")
    assert [n.id for n in Stack(solo.seen("colour")).nodes()] == ["c", "d"]
    hidden = solo.changed("outer", visible=False).changed("d", visible=False)
    assert [n.id for n in Stack(hidden.seen("colour")).nodes()] == ["c"]
    assert solo.without("inner").solo == ""


def test_numbers_are_brought_into_range_and_nonsense_is_said():
    assert fitting({"opacity": 7, "strength": -1, "end": 10**400}) == {
        "opacity": 1.0, "strength": 0.0, "end": 1.0,
    }  # fmt: skip
    for name, value in (("opacity", float("nan")), ("opacity", "x"), ("blend", "odd"), ("id", "b")):
        with pytest.raises(StudioError):
            fitting({name: value})
