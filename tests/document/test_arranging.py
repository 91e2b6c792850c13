"""Several items at once: moved, grouped, doubled, removed and merged, and that the picture stays what it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio_app.document import arranging
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.pose import Pose
from studio_app.document.contents.rgba import combined
from studio_app.document.document import new_document
from studio_app.document.planes import COVER, Plane
from studio_app.document.settings import Settings
from studio_app.document.stack import Group, Item, Node, Stack

WIDTH, HEIGHT = 320, 264
"""Two tiles by two, the last ones cut."""
RECT = (0, 0, WIDTH, HEIGHT)


def sheet(id: str, level: int, **fields: object) -> Node:
    """Of one colour on a part of the canvas, half of it see-through."""
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    pixels[20:250, 10 + level :] = (level, 255 - level, 90, 255)
    pixels[100:, :, 3] //= 2
    return replace(Node(id, Colour.of(pixels)), **fields)


def tree(*items: Item) -> str:
    """ "a g(b c)" """
    return " ".join(
        f"{item.id}({tree(*item.children)})" if isinstance(item, Group) else item.id
        for item in items
    )


@pytest.fixture
def stack() -> Stack:
    nodes = {id: sheet(id, 40 * number) for number, id in enumerate("abcde")}
    return Stack((nodes["a"], Group("g", (nodes["b"], nodes["c"])), nodes["d"], nodes["e"]))


@pytest.mark.parametrize(
    ("ids", "group", "row", "after"),
    [
        ("e", "", 0, "e a g(b c) d"),
        ("a", "", 4, "g(b c) d e a"),
        ("a", "", 1, "a g(b c) d e"),
        ("a", "", 0, "a g(b c) d e"),
        ("ed", "g", 1, "a g(b d e c)"),
        ("b", "", 2, "a g(c) b d e"),
        ("bc", "g", 0, "a g(b c) d e"),
        ("bg", "", 0, "g(b c) a d e"),
        ("ad", "", 3, "g(b c) a d e"),
        ("x", "", 0, "a g(b c) d e"),
    ],
)
def test_items_are_moved_together_and_keep_their_order(
    stack: Stack, ids: str, group: str, row: int, after: str
):
    assert tree(*arranging.moved(stack, ids, group, row).items) == after


def test_nothing_is_moved_into_itself(stack: Stack):
    for ids, group in (("g", "g"), ("ag", "g")):
        with pytest.raises(ValueError, match="inside itself"):
            arranging.moved(stack, ids, group, 0)
    with pytest.raises(KeyError):
        arranging.moved(stack, "a", "b", 0)


@pytest.mark.parametrize(
    ("ids", "by", "after"),
    [
        ("d", -1, "a g(b c d) e"),
        ("a", 1, "g(a b c) d e"),
        ("b", -1, "a b g(c) d e"),
        ("c", 1, "a g(b) c d e"),
        ("c", -1, "a g(c b) d e"),
        ("e", -1, "a g(b c) e d"),
        ("d", 1, "a g(b c) e d"),
        ("de", -1, "a g(b c d e)"),
        ("a", -1, "a g(b c) d e"),
        ("e", 1, "a g(b c) d e"),
        ("g", 1, "a d g(b c) e"),
        ("", 1, "a g(b c) d e"),
    ],
)
def test_a_step_goes_past_the_next_into_a_group_and_out_of_it(
    stack: Stack, ids: str, by: int, after: str
):
    assert tree(*arranging.stepped(stack, ids, by).items) == after


def test_a_group_lies_where_its_topmost_was_and_is_taken_apart_again(stack: Stack):
    made, group = arranging.grouped(stack, ["c", "e", "d"])
    assert group == "group-1"
    assert tree(*made.items) == "a g(b group-1(c d e))"
    apart, freed = arranging.ungrouped(made, [group, "a"])
    assert freed == ("c", "d", "e")
    assert tree(*apart.items) == "a g(b c d e)"
    with pytest.raises(ValueError, match="nothing"):
        arranging.grouped(stack, ["x"])


def test_what_a_group_said_its_layers_say_when_it_goes():
    half = np.full((HEIGHT, WIDTH), 128, np.uint8)
    mask = Plane.of(COVER, half)
    node = sheet("a", 0, opacity=0.5, mask=mask)
    stack = Stack((Group("g", (node,), opacity=0.5, mask=mask, locked=True, visible=False),))
    (freed,) = arranging.ungrouped(stack, ["g"])[0].items
    assert isinstance(freed, Node)
    assert (freed.opacity, freed.locked, freed.visible) == (0.25, True, False)
    assert freed.mask is not None
    assert set(freed.mask.whole.ravel().tolist()) == {64}


def test_a_copy_lies_above_its_original_with_ids_of_its_own(stack: Stack):
    named = stack.changed("b", name="Sky")
    made, copies = arranging.doubled(named, ["g", "b", "e"], "{name} copy")
    assert tree(*made.items) == "a group-1(colour-1 colour-2) g(b c) d colour-3 e"
    assert copies == ("group-1", "colour-3")
    ids = [item.id for item in made.walk()]
    assert len(ids) == len(set(ids))
    copy = made.node("colour-3")
    old = stack.node("e")
    assert copy is not None and old is not None
    assert copy.content is old.content


def test_who_is_removed_takes_along_what_is_in_it_and_the_solo(stack: Stack):
    alone = replace(stack, solo="c")
    assert tree(*arranging.removed(alone, ["g", "c", "e"]).items) == "a d"
    assert arranging.removed(alone, ["g"]).solo == ""
    assert arranging.removed(alone, ["a"]).solo == "c"


@pytest.mark.parametrize("blend", ["normal", "multiply", "screen", "luminosity"])
def test_merging_down_leaves_the_picture_as_it_was(blend: str):
    cover = np.full((HEIGHT, WIDTH), 255, np.uint8)
    cover[:, 200:] = 60
    mask = Plane.of(COVER, cover)
    upper = sheet("a", 200, blend=blend, opacity=0.6, mask=mask)
    solid = np.full((HEIGHT, WIDTH, 4), (90, 30, 200, 255), np.uint8)
    document = new_document(
        Settings(width=WIDTH, height=HEIGHT),
        Stack((upper, sheet("b", 20, opacity=0.7), Node("c", Colour.of(solid)))),
    )
    if blend != "normal":  # only on what is opaque is a blend mode alone with what lies below
        document = replace(document, stack=Stack((upper, document.stack.items[2])))
    before = combined(document.stack.items, RECT).astype(int)
    lower = document.stack.items[1].id
    after, made = arranging.merged_down(document, "a")
    assert made == lower
    assert len(after.stack.items) == len(document.stack.items) - 1
    assert np.abs(combined(after.stack.items, RECT) - before).max() <= 2


def test_a_group_merges_down_and_a_layer_into_a_group(stack: Stack):
    document = new_document(Settings(width=WIDTH, height=HEIGHT), stack)
    before = combined(stack.items, RECT).astype(int)
    down, made = arranging.merged_down(document, "g")
    assert (tree(*down.stack.items), made) == ("a d e", "d")
    onto, made = arranging.merged_down(document, "a")
    assert tree(*onto.stack.items) == f"{made} d e"
    for after in (down, onto):
        assert np.abs(combined(after.stack.items, RECT) - before).max() <= 2


def test_depths_merge_into_one_depth():
    near, far = (np.full((HEIGHT, WIDTH), value, np.float32) for value in (0.9, 0.2))
    part = np.zeros((HEIGHT, WIDTH), np.uint8)
    part[:100] = 255
    whole = np.full_like(part, 255)
    stack = Stack((Node("a", Depth.of(near, part, "unknown")), Node("b", Depth.of(far, whole))))
    after, made = arranging.merged_down(
        new_document(Settings(width=WIDTH, height=HEIGHT), stack), "a"
    )
    content = after.stack.node(made)
    assert content is not None
    assert isinstance(content.content, Depth)
    assert content.content.around == "background"
    assert np.allclose(content.content.value.whole[[0, 200], 5], [0.9, 0.2])


@pytest.mark.parametrize(
    "items",
    [
        (sheet("a", 0),),
        (sheet("a", 0), Node("b", Pose())),
        (Node("a", Pose()), Node("b", Pose())),
        (sheet("a", 0), sheet("b", 9, visible=False)),
        (sheet("a", 0), sheet("b", 9, locked=True)),
        (sheet("a", 0), Group("b")),
    ],
)
def test_what_cannot_be_merged_says_so(items: tuple[Item, ...]):
    if len(items) == 2 and isinstance(items[1], Group):
        items = (Group("a"), Group("b"))
    stack = Stack(items)
    assert not arranging.merges_down(stack, "a")
    with pytest.raises(ValueError, match="merged"):
        arranging.merged_down(new_document(Settings(width=WIDTH, height=HEIGHT), stack), "a")
    assert not arranging.merges_down(stack, "nobody")


def test_a_mask_that_hides_nothing_costs_a_tile_and_inverts():
    mask = arranging.whole_mask(1024, 1024)
    assert (mask.whole == 255).all()
    assert len({id(tile) for tile in mask.tiles.values()}) == 1
    assert arranging.inverted_mask(mask).blank
