"""A picture becomes a node where it was made, and nothing else changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.document.canvases import resized, with_canvas, with_frame
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.rgba import combined
from studio_app.document.document import Document, new_document
from studio_app.document.planes import RGBA, Plane
from studio_app.document.putting import picture_node, with_node
from studio_app.document.settings import Settings
from tests.nodes import with_contents

FRAME = (100, 180, 256, 256)
PAGE = (0, 0, 700, 600)


def picture() -> NDArray[np.uint8]:
    """Opaque BGRA, another value at every pixel."""
    count = np.arange(256 * 256, dtype=np.uint32).reshape(256, 256)
    parts = [count >> shift & 255 for shift in (0, 4, 8)]
    return np.ascontiguousarray(np.dstack([*parts, np.full((256, 256), 255)]).astype(np.uint8))


@pytest.fixture
def painted() -> Document:
    """A canvas of 700x600 with any colours and coverages all over it, the frame somewhere on it."""
    noise = np.random.default_rng(5).integers(0, 256, (600, 700, 4), np.uint8)
    noise[noise[..., 3] == 0] = 0  # no paint, no colour
    made = with_canvas(new_document(Settings(width=256, height=256)), PAGE)
    return with_frame(with_contents(made, Colour(Plane.of(RGBA, noise))), FRAME)


def seen(document: Document) -> NDArray[np.uint8]:
    return combined(document.stack.seen("colour"), PAGE)


def outside(rect: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    x, y, width, height = rect
    found = np.ones((600, 700), bool)
    found[y : y + height, x : x + width] = False
    return found


def with_picture(document: Document, *put: Any) -> tuple[Document, str]:
    return with_node(document, picture_node(document, *put))


@pytest.mark.parametrize("feather", [0, 24])
def test_outside_the_frame_nothing_changes_bit_for_bit(painted: Document, feather: int):
    after, id = with_picture(painted, "colour", picture(), FRAME, feather)
    beside = outside(FRAME)
    assert np.array_equal(seen(after)[beside], seen(painted)[beside])
    for node in painted.stack.nodes():
        assert after.stack.node(node.id) is node
    node = after.stack.node(id)
    assert node is not None
    assert isinstance(node.content, Colour)
    assert not node.content.rgba.whole[beside].any()


def test_inside_it_is_the_picture_exactly(painted: Document):
    after, _ = with_picture(painted, "colour", picture(), FRAME)
    x, y, width, height = FRAME
    assert np.array_equal(seen(after)[y : y + height, x : x + width, :3], picture()[..., 2::-1])


def test_a_feather_runs_out_inwards_and_leaves_the_middle(painted: Document):
    after, id = with_picture(painted, "colour", picture(), FRAME, 20)
    node = after.stack.node(id)
    assert node is not None and node.mask is not None
    x, y, width, height = FRAME
    cover = node.mask.whole
    assert not cover[outside(FRAME)].any()
    assert (cover[y + 20 : y + height - 20, x + 20 : x + width - 20] == 255).all()
    row = cover[y + 128, x : x + 20].astype(int)
    assert 0 <= row[0] < 8 and (np.diff(row) > 0).all()


def test_where_the_canvas_cuts_it_the_edge_stays_hard(painted: Document):
    after, id = with_picture(painted, "colour", picture(), (0, 0, 256, 256), 20)
    node = after.stack.node(id)
    assert node is not None and node.mask is not None
    assert node.mask.whole[0, 0] == 255 and node.mask.whole[255, 128] < 8


def test_it_is_as_large_as_the_frame(painted: Document):
    after, id = with_picture(painted, "colour", picture(), (50, 60, 512, 512))
    node = after.stack.node(id)
    assert node is not None and isinstance(node.content, Colour)
    rows, columns = np.nonzero(node.content.rgba.whole[..., 3])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (60, 571, 50, 561)


@pytest.mark.parametrize("crop", [(50, 40, 600, 500), (-300, -20, 1000, 620)])
def test_it_finds_its_place_on_a_canvas_that_was_cropped_or_extended(
    painted: Document, crop: tuple[int, int, int, int]
):
    place = painted.bearings.place(painted.frame)
    later = with_canvas(with_frame(painted, (0, 0, 256, 256)), crop)
    rect = later.bearings.rect(place)
    assert rect == (FRAME[0] - crop[0], FRAME[1] - crop[1], 256, 256)


def test_it_follows_a_drawing_that_was_stretched():
    document = new_document(Settings(width=256, height=256))
    place = document.bearings.place(document.frame)
    larger = resized(document, 512, 320)
    assert larger.bearings.rect(place) == (0, 0, 512, 320)
    assert larger.bearings.place(larger.frame) == place


def test_half_beside_the_canvas_it_is_cut_and_all_beside_it_is_refused(painted: Document):
    after, id = with_picture(painted, "colour", picture(), (-100, 500, 256, 256))
    node = after.stack.node(id)
    assert node is not None and isinstance(node.content, Colour)
    there = node.content.rgba.read(0, 500, 156, 100)
    assert np.array_equal(there[..., :3], picture()[:100, 100:, 2::-1])
    with pytest.raises(StudioError, match="beside the canvas"):
        with_picture(painted, "colour", picture(), (700, 0, 256, 256))
