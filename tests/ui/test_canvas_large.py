"""Work on much of a large canvas: the window never waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio_app.document import deferring, floating, marks
from studio_app.document.contents import scene as scenes
from studio_app.document.contents.colour import Colour
from studio_app.document.contents.content import Content
from studio_app.document.deferring import unmade
from studio_app.document.selections import bounds_of
from studio_app.document.warping import Mesh
from studio_app.scene.stage import edits
from studio_app.scene.stage.stage import Stage
from studio_app.scene.stage.things import Mannequin
from studio_app.session.studio import Studio
from studio_app.ui.canvas import ants
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.tools import floating_tool
from studio_app.ui.canvas.tools.warping import WarpTool
from studio_app.ui.images import pixels_of
from studio_app.ui.main_window import MainWindow
from tests.ui.conftest import LEFT, PLAIN, at, drag

SIDE = 640
PAGE = (0, 0, SIDE, SIDE)


@pytest.fixture
def studio(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """A canvas that counts as large; its reader runs once it is asked to."""
    for module in (marks, floating, deferring):
        monkeypatch.setattr(module, "AT_ONCE", 1)
    studio.set_canvas(PAGE)
    studio.undo_stack.clear()
    yield studio
    studio._reader.finish(drop=True)
    assert not studio._reader.isRunning() or studio._reader.wait(20_000)


def held(studio: Studio, kind: str = "colour") -> Content:
    return studio.document.held(kind).content


def take(panel: CanvasPanel, tool: str, kind: str = "colour") -> None:
    panel.tools.set_layer(kind)
    panel._tools_actions[tool].trigger()


def blot(studio: Studio) -> None:
    """A square of one colour, of which a quarter is another."""
    pixels = np.zeros((SIDE, SIDE, 4), np.uint8)
    pixels[50:550, 50:550] = (200, 90, 30, 255)
    pixels[50:300, 50:300, 0] = 20
    studio.change_content("colour", Colour.of(pixels), "Blot")
    studio.undo_stack.clear()


def cover(studio: Studio, kind: str = "colour") -> Any:
    return held(studio, kind).sheet(PAGE)[1]


def test_a_gradient_is_there_when_the_hand_lets_go_and_made_where_it_is_seen(
    panel: CanvasPanel, studio: Studio
):
    take(panel, "gradient")
    drag(panel.canvas, (50, 50), (300, 300), (600, 600))
    assert studio.undo_stack.count() == 1
    assert len(unmade(held(studio))) == 9
    studio.undo_stack.undo()
    assert held(studio).untouched


def test_a_bucket_looks_for_its_area_in_the_background(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot
):
    blot(studio)
    before = held(studio)
    panel.tools.set_colour((10, 220, 40))
    take(panel, "fill")
    drag(panel.canvas, (450, 450))
    assert held(studio) is before and studio.works.busy and studio.works.text == "Fill"
    studio._reader.start()
    qtbot.waitUntil(lambda: studio.undo_stack.count() == 1)
    filled = held(studio)
    assert isinstance(filled, Colour)
    seen = filled.rgba.whole
    assert tuple(seen[450, 450]) == (10, 220, 40, 255) and tuple(seen[150, 150]) == (
        20,
        90,
        30,
        255,
    )
    assert not seen[25, 25].any()
    studio.undo_stack.undo()
    assert held(studio) is before


def test_a_bucket_that_is_given_up_fills_nothing(panel: CanvasPanel, studio: Studio, qtbot: QtBot):
    blot(studio)
    take(panel, "fill")
    drag(panel.canvas, (450, 450))
    studio.works.cancel()
    studio._reader.start()
    qtbot.waitUntil(lambda: not studio.works.busy)
    assert studio.undo_stack.count() == 0


def test_a_bucket_whose_layer_is_removed_meanwhile_fills_nothing(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot
):
    blot(studio)
    layer = studio.document.held("colour")
    panel.tools.set_node(layer)
    take(panel, "fill")
    drag(panel.canvas, (450, 450))
    assert studio.works.busy
    studio.remove_layers([layer.id])
    steps = studio.undo_stack.count()
    with qtbot.captureExceptions() as exceptions:
        studio._reader.start()
        qtbot.waitUntil(lambda: not studio.works.busy)
    assert not exceptions
    assert studio.undo_stack.count() == steps


def test_a_bucket_fills_what_is_there_when_it_comes_to_it(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot
):
    """A stroke across the area, drawn while it is being looked for, is an edge of it."""
    blot(studio)
    take(panel, "fill")
    panel.tools.set_colour((10, 220, 40))
    drag(panel.canvas, (450, 450))
    pixels = held(studio).planes["rgba"].whole.copy()
    pixels[:, 420:430] = (0, 0, 0, 255)
    studio.change_content("colour", Colour.of(pixels), "Line")
    studio._reader.start()
    qtbot.waitUntil(lambda: studio.undo_stack.count() == 2)
    seen = held(studio).planes["rgba"].whole
    assert tuple(seen[450, 450, :3]) == (10, 220, 40) and tuple(seen[450, 350, :3]) == (200, 90, 30)


def test_a_large_piece_is_followed_by_a_ghost_and_laid_when_it_is_let_go_of(
    panel: CanvasPanel, studio: Studio
):
    blot(studio)
    before = cover(studio)
    take(panel, "move")
    canvas, count = panel.canvas, studio.undo_stack.count()
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 250, 250))
    drawn = held(studio)
    for x in (260, 280, 300):
        QTest.mouseMove(canvas, at(canvas, x, 250))
        assert held(studio) is drawn  # only its ghost has moved
    mover = panel.canvas.kit.mover
    ghost = mover._ghost
    assert ghost is not None and mover.middle() == pytest.approx((350, 300), abs=4)
    canvas.grab()
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 300, 250))
    assert held(studio) is not drawn and unmade(held(studio))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert studio.undo_stack.count() == count + 1
    by = round(mover_shift(before, cover(studio)))
    assert by == pytest.approx(50, abs=4)
    studio.undo_stack.undo()
    assert np.array_equal(cover(studio), before)


def mover_shift(before: Any, after: Any) -> float:
    """Pixels to the right, by their middles."""
    return float(np.nonzero(after)[1].mean() - np.nonzero(before)[1].mean())


def test_escape_lets_the_ghost_go(panel: CanvasPanel, studio: Studio):
    blot(studio)
    drawn = held(studio)
    take(panel, "move")
    canvas = panel.canvas
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 250, 250))
    QTest.mouseMove(canvas, at(canvas, 300, 250))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 300, 250))
    assert held(studio) is drawn and studio.undo_stack.count() == 0
    assert panel.canvas.kit.mover.way() is None


@pytest.mark.parametrize("kind", ["colour", "depth", "mask"])
def test_a_point_of_the_net_bends_what_lies_beside_it(
    panel: CanvasPanel, studio: Studio, kind: str, monkeypatch: pytest.MonkeyPatch
):
    take(panel, "rectangle", kind)
    drag(panel.canvas, (100, 100), (150, 150), (250, 220))
    before = cover(studio, kind)
    count = studio.undo_stack.count()
    take(panel, "warp", kind)
    warp = panel.canvas.kit.in_hand
    assert isinstance(warp, WarpTool)
    mesh = warp.mesh()
    assert mesh is not None
    start = tuple(mesh.points[1, 0])
    drag(panel.canvas, start, (start[0] - 20, start[1]), (start[0] - 40, start[1]))
    assert isinstance(warp.way(), Mesh) and warp.floating is not None
    after = cover(studio, kind)  # it is bent while it is still in hand
    left = round(start[0] - 20), round(start[1])
    assert after[left[1], left[0]] > 0.9 and before[left[1], left[0]] == 0
    assert np.allclose(after[:, 225:], before[:, 225:])
    panel.canvas.grab()
    panel.select_actions.keep.trigger()
    assert warp.floating is None and studio.undo_stack.count() == count + 1
    studio.undo_stack.undo()
    assert np.array_equal(cover(studio, kind), before)


def test_the_keys_warp_too_and_escape_gives_it_up(panel: CanvasPanel, studio: Studio):
    take(panel, "rectangle")
    drag(panel.canvas, (100, 100), (150, 150), (250, 220))
    before = cover(studio)
    take(panel, "warp")
    canvas, warp = panel.canvas, panel.canvas.kit.in_hand
    assert isinstance(warp, WarpTool)
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Home)
    for _ in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Left)
    mesh = warp.mesh()
    assert mesh is not None and mesh.points[0, 0, 0] < Mesh.over(mesh.rect).points[0, 0, 0]
    assert mesh.points[0, 1, 0] == Mesh.over(mesh.rect).points[0, 1, 0]
    assert not np.array_equal(cover(studio), before)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert np.array_equal(cover(studio), before)
    assert panel.tools.tool == "warp"


def test_a_large_warp_is_followed_by_its_ghost(panel: CanvasPanel, studio: Studio):
    blot(studio)
    take(panel, "warp")
    canvas, warp = panel.canvas, panel.canvas.kit.in_hand
    assert isinstance(warp, floating_tool.FloatingTool)
    QTest.mousePress(canvas, LEFT, PLAIN, at(canvas, 50, 50))
    drawn = held(studio)
    QTest.mouseMove(canvas, at(canvas, 110, 80))
    canvas.grab()
    assert held(studio) is drawn and isinstance(warp.way(), Mesh)
    QTest.mouseRelease(canvas, LEFT, PLAIN, at(canvas, 110, 80))
    assert unmade(held(studio))
    after = cover(studio)
    assert after[55, 55] == 0 and after[450, 450] == 1


def test_people_are_warped_by_their_joints(panel: CanvasPanel, studio: Studio):
    panel.tools.set_layer("pose")
    panel.options.pose._add("standing")
    take(panel, "warp", "pose")
    warp = panel.canvas.kit.in_hand
    assert isinstance(warp, WarpTool)
    before = held(studio, "pose").people[0].joints.copy()  # pyright: ignore[reportAttributeAccessIssue]
    mesh = warp.mesh()
    assert mesh is not None
    corner = tuple(mesh.points[0, 0])
    drag(panel.canvas, corner, (corner[0] - 10, corner[1]), (corner[0] - 30, corner[1]))
    after = held(studio, "pose").people[0].joints  # pyright: ignore[reportAttributeAccessIssue]
    assert (before != after).any() and np.allclose(before[10], after[10], atol=0.5)  # an ankle


def test_how_far_it_is_is_shown_and_a_cross_ends_it(
    window: MainWindow, ready: Studio, qtbot: QtBot
):
    progress = window.work_progress
    assert not progress.isVisible() and progress.cancel.accessibleName()
    ready.works.begin("Fill", lambda tell, stopped: None)
    qtbot.waitUntil(progress.isVisible)
    assert progress.said.text() == "Fill"
    qtbot.mouseClick(progress.cancel, LEFT)
    ready._reader.start()
    qtbot.waitUntil(lambda: not progress.isVisible())
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_a_scene_is_sharp_on_the_canvas_once_it_was_let_go_of(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(scenes, "_MOST", 160)
    panel.tools.set_layer("scene")
    stage, _ = edits.placed(Stage(), Mannequin())
    panel.canvas.scene.set_stage(stage, "Figure")
    panel.canvas.grab()
    qtbot.waitUntil(lambda: panel.canvas.composed)

    def seen() -> Any:
        return pixels_of(panel.canvas._sheet.image).copy()

    coarse = seen()
    studio._reader.start()
    with qtbot.waitSignal(studio._parts.scenes.sharpened):
        pass
    panel.canvas.grab()
    qtbot.waitUntil(lambda: panel.canvas.composed)
    content = panel.canvas.scene.content
    right = content.picture(SIDE, SIDE)
    there = right[..., 3] > 0
    assert np.array_equal(seen()[there][:, 2::-1], right[there][:, :3])
    assert not np.array_equal(seen(), coarse)


def test_a_selection_is_changed_in_the_background_and_its_edge_found_there(
    panel: CanvasPanel, studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ants, "AT_ONCE", 1)
    panel.select_actions.all.trigger()
    edge = panel.canvas.kit.ants
    assert edge.rect.width() < SIDE and not edge.clock.isActive()
    studio._reader.start()
    qtbot.waitUntil(lambda: edge.clock.isActive())
    assert edge.rect.contains(0, 0) and edge.rect.contains(SIDE - 1, SIDE - 1)
    take(panel, "select_box")
    drag(panel.canvas, (100, 100), (150, 150), (300, 400))
    qtbot.waitUntil(lambda: edge.rect.width() < SIDE)
    chosen = studio.document.selection
    assert chosen is not None and bounds_of(chosen)[:2] == pytest.approx((100, 100), abs=4)
    for action, by in ((panel.select_actions.grow, 4), (panel.select_actions.feather, 0)):
        wide, count = bounds_of(chosen)[2], studio.undo_stack.count()
        action.trigger()
        assert studio.document.selection is chosen and studio.works.busy
        qtbot.waitUntil(lambda count=count: studio.undo_stack.count() > count)
        chosen = studio.document.selection
        assert chosen is not None and bounds_of(chosen)[2] >= wide + 2 * by
    panel.select_actions.none.trigger()
    assert not edge.clock.isActive() and not edge.rect.contains(200, 200)


def test_the_net_gets_more_points_by_keys_and_bar_and_several_move_at_once(
    panel: CanvasPanel, studio: Studio
):
    take(panel, "rectangle")
    drag(panel.canvas, (100, 100), (150, 150), (300, 300))
    take(panel, "warp")
    canvas, warp = panel.canvas, panel.canvas.kit.in_hand
    assert isinstance(warp, WarpTool)
    knob = panel.options.move_options.points
    assert not knob.isHidden() and knob.value == 4
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_PageUp)
    finer = warp.mesh()
    assert knob.value == 5 and finer is not None and finer.cells == (4, 4)
    knob.changed.emit(3.0, False)
    mesh = warp.mesh()
    assert mesh is not None and mesh.cells == (2, 2)
    for _ in range(9):
        QTest.keyClick(canvas, Qt.Key.Key_PageDown)
    assert knob.value == 2
    knob.changed.emit(3.0, False)
    left = [tuple(mesh.points[row, 0]) for row in range(3)]
    QTest.mouseClick(canvas, LEFT, PLAIN, at(canvas, *left[0]))
    for point in left[1:]:
        QTest.mouseClick(canvas, LEFT, Qt.KeyboardModifier.ShiftModifier, at(canvas, *point))
    drag(canvas, left[1], (left[1][0] - 20, left[1][1]), (left[1][0] - 40, left[1][1]))
    bent = warp.mesh()
    assert bent is not None
    for row in range(3):
        assert bent.points[row, 0, 0] == pytest.approx(left[row][0] - 40, abs=3)
    assert np.allclose(bent.points[:, 1:], mesh.points[:, 1:], atol=1e-6)
    QTest.keyClick(canvas, Qt.Key.Key_PageUp)  # what is bent stays so
    finer = warp.mesh()
    assert finer is not None and finer.cells == (3, 3)
    assert np.allclose(finer.points[:, 0, 0], bent.points[1, 0, 0], atol=1)
    panel.canvas.grab()
    take(panel, "move")
    assert knob.isHidden()
