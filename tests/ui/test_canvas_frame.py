"""A canvas that is larger than the picture: what of it the model sees, and where pictures come to lie."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from studio_app.core.frame import Frame
from studio_app.document.document import people_drawn, request_of
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.feed import feed_of
from tests.nodes import colour_of, depth_of, pose_of
from tests.ui.conftest import CONTROL, LEFT, at, drag, looks


def wide(studio: Studio) -> None:
    """The picture in the middle of a canvas of three by three of it."""
    studio.set_setting("prompt", "a gate")
    studio.set_canvas((-256, -256, 768, 768))


def grey(panel: CanvasPanel, x: float, y: float) -> int:
    place = at(panel.canvas, x, y)
    return looks(panel.canvas).pixelColor(place).lightness()


def test_one_paints_everywhere_and_the_model_sees_the_frame(panel: CanvasPanel, studio: Studio):
    wide(studio)
    assert (panel.canvas.extent.width(), panel.canvas.extent.height()) == (768, 768)
    panel.canvas.fit()
    drag(panel.canvas, (40, 40), (120, 60))
    assert depth_of(studio.document).known.read(80, 50, 1, 1)[0, 0] > 0
    assert request_of(studio.document).controls == ()
    drag(panel.canvas, (300, 300), (420, 420))
    (control,) = request_of(studio.document).controls
    assert control.pixels[104, 104] > 0.5  # (360, 360), from the frame's corner
    while studio.undo_stack.canUndo():
        studio.undo_stack.undo()
    assert studio.document.whole


def test_what_the_model_does_not_see_is_darker(panel: CanvasPanel, studio: Studio):
    wide(studio)
    panel.canvas.fit()
    panel.tools.set_value(1.0)
    for y in (128, 384):
        drag(panel.canvas, (340, y), (420, y))
    inside, outside = grey(panel, 380, 384), grey(panel, 380, 128)
    assert inside > 240
    assert 100 < outside < inside - 60
    studio.set_frame((256, 0, 256, 256))
    assert grey(panel, 380, 128) > 240


def test_a_picture_comes_into_the_frame_and_nothing_else_changes(
    panel: CanvasPanel, studio: Studio
):
    wide(studio)
    panel.tools.set_layer("colour")
    panel.canvas.fit()
    drag(panel.canvas, (40, 40), (700, 60))
    before = colour_of(studio.document).rgba.whole
    pixels = np.full((256, 256, 4), 255, np.uint8)
    pixels[..., :3] = (10, 20, 30)
    pixels.flags.writeable = False
    panel.exchange.use(pixels, "a picture", "colour")
    after = colour_of(studio.document).rgba.whole
    assert (after[256:512, 256:512] == (30, 20, 10, 255)).all()
    outside = np.ones((768, 768), bool)
    outside[256:512, 256:512] = False
    assert np.array_equal(after[outside], before[outside])


def test_the_picker_takes_the_shown_picture_where_it_lies(panel: CanvasPanel, studio: Studio):
    wide(studio)
    panel.canvas.fit()
    panel.tools.set_layer("colour")
    picture = np.full((256, 256, 4), 255, np.uint8)
    picture[:128, :, :3] = (1, 2, 200)
    feed_of(studio).newest = Frame("digest", 4, 4, 0, "final", picture)
    panel.canvas.set_overlay(True)
    known = panel.tools.colour
    QTest.mouseClick(panel.canvas, LEFT, CONTROL, at(panel.canvas, 100, 100))
    assert panel.tools.colour == known  # nothing is shown there
    QTest.mouseClick(panel.canvas, LEFT, CONTROL, at(panel.canvas, 300, 300))
    assert panel.tools.colour == (200, 2, 1)


def test_people_stand_in_the_frame_and_a_copy_is_of_what_lies_in_it(
    panel: CanvasPanel, studio: Studio
):
    wide(studio)
    panel.tools.set_layer("pose")
    panel.canvas.pose.add("standing")
    (person,) = pose_of(studio.document).people
    there = person.joints[person.joints[:, 2] > 0][:, :2]
    assert there.min() >= 256 and there.max() <= 512
    (seen,) = people_drawn(studio.document)
    assert seen.joints[:, :2].max() <= 256
    panel.tools.set_layer("depth")
    drag(panel.canvas, (300, 300), (420, 420))
    panel.layer_actions.copy.trigger()
    assert QGuiApplication.clipboard().image().width() == 256
