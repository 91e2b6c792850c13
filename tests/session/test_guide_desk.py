"""Normals off depth and line art off pictures, as layers of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.brushes import Brush
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.edge import Edge
from studio_app.document.contents.normal import FACING, Normal
from studio_app.document.marks import Gradient, marked
from studio_app.document.normals import normals_of, picture_of
from studio_app.document.results import Picture
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from tests.session.conftest import stroke


@pytest.fixture
def studio(qtbot: Any) -> Iterator[Studio]:
    """Its reader runs; no engine does."""
    made = Studio(None)
    made._reader.start()
    yield made
    made._reader.finish()
    assert made._reader.wait(20_000)
    made.deleteLater()


def content_of(studio: Studio, id: str) -> Any:
    node = studio.document.stack.node(id)
    assert node is not None
    return node.content


def test_normals_come_where_depth_is_and_go_by_one_undo(qtbot: Any, studio: Studio):
    width, height = studio.document.canvas
    mark = Gradient((0, 0), (width, 0), (0.2,), (0.9,))
    ramp, _ = marked(Depth.blank(width, height), mark, Brush(), (width, height))
    hole = ramp.planes["known"].write(0, 0, np.zeros((64, width), np.uint8))
    studio.change_content("depth", ramp.with_planes({**ramp.planes, "known": hole}), "Ramp")
    before, count = [*studio.document.stack.walk()], studio.undo_stack.count()
    with qtbot.waitSignal(studio.guides.made) as told:
        studio.guides.normals()
    normal = content_of(studio, told.args[0])
    assert isinstance(normal, Normal)
    rgba = normal.rgba.whole
    depth = content_of(studio, studio.document.held("depth").id)
    right = picture_of(normals_of(depth.value.whole, depth.known.whole))
    assert np.array_equal(rgba[100:, :, :3], right[100:])
    assert rgba[100, 100, 0] < 60  # what comes nearer to the right faces left
    assert not rgba[:60, :, 3].any() and rgba[70:, :, 3].min() == 255
    assert studio.undo_stack.count() == count + 1
    studio.undo_stack.undo()
    assert [*studio.document.stack.walk()] == before


def test_only_what_lies_in_the_frame_is_read(qtbot: Any, studio: Studio):
    studio.set_canvas((-64, 0, 384, 256))
    stroke(studio, "depth", Brush(size=90, value=0.6))
    stroke(studio, "depth", Brush(size=90, value=0.6))
    with qtbot.waitSignal(studio.guides.made) as told:
        studio.guides.normals()
    alpha = content_of(studio, told.args[0]).rgba.whole[..., 3]
    assert alpha.shape == (256, 384)
    assert not alpha[:, :64].any() and not alpha[:, 320:].any()


def test_a_stroke_faces_the_viewer_inside(qtbot: Any, studio: Studio):
    stroke(studio, "depth", Brush(size=60, hardness=1, value=0.6))
    with qtbot.waitSignal(studio.guides.made) as told:
        studio.guides.normals()
    rgba = content_of(studio, told.args[0]).rgba.whole
    assert np.abs(rgba[20, 24, :3].astype(int) - FACING).max() <= 1


def test_where_there_is_no_depth_it_says_so(studio: Studio):
    said = list[object]()
    studio.message.connect(said.append)
    studio.guides.normals()
    assert isinstance(said[-1], Notice) and "no depth" in said[-1].title


def picture(place: Any = None) -> Picture:
    pixels = np.full((256, 256, 4), 255, np.uint8)
    pixels[..., :3] = 20
    pixels[64:192, 64:192, :3] = 230
    return Picture(pixels, pixels[:96, :96], GenerationRequest("a box"), "", place=place)


def test_edges_of_a_picture_are_white_lines_where_it_was_made(qtbot: Any, studio: Studio):
    studio.set_canvas((-64, 0, 384, 256))
    frame = studio.document.frame
    place = studio.document.bearings.place(frame)
    studio.set_frame((0, 0, 256, 256))
    with qtbot.waitSignal(studio.guides.made) as told:
        studio.guides.edges(picture(place))
    lines = content_of(studio, told.args[0])
    assert isinstance(lines, Edge)
    drawn = lines.pixels.whole
    assert drawn[128, 126:131].max() == 255 and drawn[128, 254:259].max() == 255
    assert not drawn[120:136, 140:240].any() and not drawn[:, :60].any()
    studio.set_canvas((340, 0, 40, 256))
    said = list[object]()
    studio.message.connect(said.append)
    with qtbot.waitSignal(studio.message):
        studio.guides.edges(picture(place))
    assert isinstance(said[-1], StudioError) and "beside the canvas" in said[-1].title
