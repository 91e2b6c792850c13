"""Contour lines over the drawn depth, and what is said of the depth under the pointer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio_app.document.all_depth import all_depth, alone
from studio_app.document.brushes import Brush
from studio_app.document.contents.depth import Depth
from studio_app.document.document import request_of
from studio_app.document.marks import Gradient, marked
from studio_app.document.normals import normals_of, picture_of
from studio_app.document.solids import Solid
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.contours import lines_of
from studio_app.ui.images import pixels_of
from tests.nodes import depth_of, set_around
from tests.ui.conftest import CONTROL, LEFT, at, drag


def ramp(width: int = 320, height: int = 64) -> Depth:
    value = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
    return Depth.of(value, np.full((height, width), 255, np.uint8))


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_there_is_a_line_at_every_sixteenth_and_every_fourth_is_stronger(scale: int):
    cover = lines_of(alone(ramp()), (0, 20, 320, 4), scale)
    assert cover.shape == (4 * scale, 320 * scale)
    row = cover[2]
    peaks = [k for k in range(1, 16) if row[round(k / 16 * 319 * scale) :][: 2 * scale].any()]
    assert peaks == list(range(1, 16))
    assert row[: 15 * scale].max() == 0  # none at the background
    strong, weak = (row[round((319 * k / 16 - 2) * scale) :][: 5 * scale].max() for k in (4, 1))
    assert 0.7 < strong <= 1 and weak == pytest.approx(strong / 2, abs=0.15)


def test_what_is_flat_has_no_line_also_at_a_sixteenth():
    flat = Depth.of(np.full((64, 64), 0.5, np.float32), np.full((64, 64), 255, np.uint8))
    assert not lines_of(alone(flat), (8, 8, 40, 40), 2).any()


def test_lines_meet_across_tiles_and_pieces():
    depth = alone(ramp())
    whole = lines_of(depth, (0, 0, 320, 16), 2)
    parts = [lines_of(depth, (x, 0, 64, 16), 2) for x in range(0, 320, 64)]
    assert np.allclose(np.hstack(parts), whole, atol=1e-5)


def test_what_is_unknown_has_no_lines():
    depth = ramp()
    hole = depth.known.write(0, 0, np.zeros((64, 160), np.uint8))
    unknown = replace(depth, known=hole, around="unknown")
    cover = lines_of(alone(unknown), (0, 0, 320, 64), 1)
    assert not cover[:, :158].any() and cover[:, 170:].any()


def coloured(panel: CanvasPanel) -> int:
    """How many pixels of the canvas are not grey, with no brush over it."""
    QApplication.sendEvent(panel.canvas, QEvent(QEvent.Type.Leave))
    seen = pixels_of(panel.canvas.grab().toImage())[..., :3].astype(int)
    return int((seen.max(-1) - seen.min(-1) > 24).sum())


def test_they_are_seen_by_a_key_and_gone_by_it(panel: CanvasPanel, studio: Studio):
    value = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (256, 1))
    studio.change_content("depth", Depth.of(value, np.full((256, 256), 255, np.uint8)), "Fill")
    plain = coloured(panel)
    action = panel.depth_actions.contours
    assert "Ctrl+U" in action.toolTip()
    action.trigger()
    assert coloured(panel) > plain + 200
    panel.tools.set_layer("colour")
    assert coloured(panel) > plain + 200  # whatever is in hand
    studio.set_layer("depth", visible=False)
    assert coloured(panel) == plain
    studio.set_layer("depth", visible=True)
    action.trigger()
    assert coloured(panel) == plain


def test_a_stroke_draws_only_what_it_touched_anew(panel: CanvasPanel, studio: Studio):
    value = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (256, 1))
    studio.change_content("depth", Depth.of(value, np.full((256, 256), 255, np.uint8)), "Fill")
    panel.depth_actions.contours.trigger()
    panel.canvas.grab()
    contours = panel.canvas.contours
    before = contours.drawn
    assert before == 256 * 256
    panel.canvas.grab()
    assert contours.drawn == before
    panel.tools.set_size(16)
    drag(panel.canvas, (40, 40), (60, 40))
    panel.canvas.grab()
    assert 0 < contours.drawn - before < 60 * 40
    studio.undo_stack.undo()
    panel.canvas.grab()
    fresh = lines_of(alone(depth_of(studio.document)), (0, 0, 256, 256), contours._scale)
    shown = pixels_of(contours._images[0, 0])[..., 3] / 255
    assert np.abs(shown - fresh).max() < 0.01


def hover(panel: CanvasPanel, x: float, y: float) -> str:
    QTest.mouseMove(panel.canvas, at(panel.canvas, x, y))
    return panel._said.text()


def test_the_depth_under_the_pointer_is_said(panel: CanvasPanel, studio: Studio):
    panel.tools.set_value(0.8)
    assert hover(panel, 60, 60) == "Unknown"
    drag(panel.canvas, (60, 60), (90, 60))
    assert hover(panel, 75, 60) == "Depth 80.0"
    assert hover(panel, 200, 200) == "Background"
    set_around(studio, "unknown")
    assert panel._said.text() == "Unknown"
    hover(panel, 75, 60)
    panel.layer_actions.invert.trigger()
    assert panel._said.text() == "Depth 20.0"
    QApplication.sendEvent(panel.canvas, QEvent(QEvent.Type.Leave))
    assert panel._said.text() == ""
    panel.tools.set_layer("colour")
    assert hover(panel, 75, 60) == ""


def test_control_picks_that_depth_with_the_brush_in_hand(panel: CanvasPanel, studio: Studio):
    panel.tools.set_value(0.8)
    drag(panel.canvas, (60, 60), (90, 60))
    panel.tools.set_value(0.1)
    QTest.mouseClick(panel.canvas, LEFT, CONTROL, at(panel.canvas, 75, 60))
    assert panel.tools.brush.value == pytest.approx(0.8)
    assert panel.tools.tool == "brush"


def test_the_normals_are_seen_while_one_paints_and_cost_what_was_touched(
    panel: CanvasPanel, studio: Studio
):
    size = studio.document.canvas
    ball = Solid("sphere", (40, 40), (216, 216), 0.8, size[1])
    content, _ = marked(Depth.blank(*size), ball, Brush(), size)
    studio.change_content("depth", content, "Ball")
    plain, view = coloured(panel), panel.canvas.relief
    panel.depth_actions.relief.trigger()
    assert coloured(panel) > plain + 5000
    shown = pixels_of(view._images[0, 0])
    depth = depth_of(studio.document)
    right = picture_of(normals_of(depth.value.whole, depth.known.whole, size[1]))
    inside = depth.known.whole >= 128
    assert np.array_equal(shown[inside][:, 2::-1], right[inside])
    assert not shown[~inside].any()
    before = view.drawn
    panel.tools.set_size(16)
    drag(panel.canvas, (40, 20), (60, 20))
    panel.canvas.grab()
    assert 0 < view.drawn - before < 80 * 60
    studio.undo_stack.undo()
    panel.canvas.grab()
    assert np.array_equal(pixels_of(view._images[0, 0]), shown)
    panel.depth_actions.relief.trigger()
    assert coloured(panel) == plain


def test_the_normals_of_a_canvas_are_those_that_the_frame_sees(panel: CanvasPanel, studio: Studio):
    studio.set_canvas((0, 0, 512, 256))
    size = studio.document.canvas
    mark = Gradient((0, 256), (0, 0), (0.9,), (0.1,))
    content, _ = marked(Depth.blank(*size), mark, Brush(), size)
    studio.change_content("depth", content, "Floor")
    panel.depth_actions.relief.trigger()
    panel.canvas.grab()
    first = pixels_of(panel.canvas.relief._images[1, 0]).copy()
    assert abs(int(first[128, 10, 1]) - int(first[128, 250, 1])) <= 1  # one plane
    studio.set_frame((256, 0, 256, 256))
    panel.canvas.grab()
    assert panel.canvas.relief.drawn == 2 * 512 * 256  # all anew: the lens looks elsewhere


def test_lines_and_normals_are_those_of_all_layers_of_depth_as_the_model_sees_them(
    panel: CanvasPanel, studio: Studio
):
    value = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (256, 1))
    studio.change_content("depth", Depth.of(value, np.full((256, 256), 255, np.uint8)), "Fill")
    panel.depth_actions.contours.trigger()
    panel.canvas.grab()
    contours = panel.canvas.contours
    studio.set_setting("prompt", "a gate")
    lower = studio.document.held("depth")
    upper = studio.add_layer("depth", lower.id)
    panel.tools.set_node(studio.document.held(upper))
    panel.canvas.grab()
    before = contours.drawn
    panel.tools.set_size(40)
    panel.tools.set_value(0.5)
    drag(panel.canvas, (60, 60), (90, 60))
    panel.canvas.grab()
    assert contours.drawn - before <= 256 * 256  # one more says something: all anew, once
    before = contours.drawn
    drag(panel.canvas, (60, 160), (90, 160))
    panel.canvas.grab()
    assert 0 < contours.drawn - before < 120 * 80
    seen = all_depth(studio.document)
    assert seen is not None
    (control,) = request_of(studio.document).controls
    assert np.array_equal(seen.read((0, 0, 256, 256))[0], control.pixels)
    shown = pixels_of(contours._images[0, 0])[..., 3] / 255
    fresh = lines_of(seen, (0, 0, 256, 256), contours._scale)
    assert np.abs(shown - fresh).max() < 0.01
    studio.set_layer(upper, visible=False)
    panel.canvas.grab()
    assert isinstance(lower.content, Depth)
    under = lines_of(alone(lower.content), (0, 0, 256, 256), contours._scale)
    assert np.abs(pixels_of(contours._images[0, 0])[..., 3] / 255 - under).max() < 0.01
