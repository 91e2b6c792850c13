"""What is selected on the canvas: made, seen, grown, and what stays inside it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from studio_app.document.selections import bounds_of
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from tests.ui.conftest import LEFT, PLAIN, SHIFT, at, drag
from tests.ui.hands import PAINTED, cover, select, take

ALT = Qt.KeyboardModifier.AltModifier


@pytest.mark.parametrize("kind", PAINTED)
def test_brush_fill_and_delete_stay_inside_the_selection(
    panel: CanvasPanel, studio: Studio, kind: str
):
    panel.tools.set_layer(kind)
    select(panel, (40, 40), (100, 100), (120, 120))
    chosen = studio.document.selection
    assert chosen is not None
    x, y, width, height = bounds_of(chosen)
    assert (x, y, width, height) == pytest.approx((40, 40, 80, 80), abs=1)
    take(panel, "fill", kind)
    QTest.mouseClick(panel.canvas, LEFT, SHIFT, at(panel.canvas, 80, 80))
    assert np.array_equal(cover(studio, kind) > 0, chosen.whole > 0)
    take(panel, "brush", kind)
    drag(panel.canvas, (80, 80), (200, 80))
    assert np.array_equal(cover(studio, kind) > 0, chosen.whole > 0)
    studio.set_selection(None, "None")
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 200, 200))
    select(panel, (40, 40), (60, 60), (80, 130))
    panel.canvas.setFocus()
    panel.select_actions.erase.trigger()
    assert not cover(studio, kind)[80, 60]
    assert cover(studio, kind)[80, 100]
    assert cover(studio, kind)[200, 200]


def test_shift_adds_alt_takes_away_and_a_click_selects_nothing(panel: CanvasPanel, studio: Studio):
    select(panel, (40, 40), (60, 60), (80, 80))
    select(panel, (120, 120), (130, 130), (160, 160), modifiers=SHIFT)
    chosen = studio.document.selection
    assert chosen is not None
    assert bounds_of(chosen)[2] == pytest.approx(120, abs=2)
    select(panel, (100, 100), (130, 130), (200, 200), modifiers=ALT)
    chosen = studio.document.selection
    assert chosen is not None
    assert bounds_of(chosen)[2] == pytest.approx(40, abs=2)
    revision = studio.document.revision
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 200, 20))
    assert studio.document.selection is None
    assert studio.document.revision > revision
    studio.undo_stack.undo()
    assert studio.document.selection is not None


def test_the_edge_marches_only_while_there_is_one(panel: CanvasPanel, studio: Studio):
    ants = panel.canvas.kit.ants
    assert not ants.clock.isActive()
    select(panel, (40, 40), (60, 60), (80, 80))
    assert ants.clock.isActive()
    assert ants.rect.contains(QPoint(60, 60))
    edge = panel.canvas.grab().toImage()
    place = at(panel.canvas, 40, 60)
    seen = {
        edge.pixelColor(place.x() + dx, place.y() + dy).lightness()
        for dx in (-1, 0)
        for dy in range(12)
    }
    assert max(seen) - min(seen) > 150
    panel.select_actions.none.trigger()
    assert not ants.clock.isActive()


def test_a_selection_by_layer_inverts_grows_and_asks_for_no_picture(
    panel: CanvasPanel, studio: Studio
):
    take(panel, "rectangle")
    drag(panel.canvas, (60, 60), (80, 80), (160, 160))
    panel.select_actions.by_layer.trigger()
    chosen = studio.document.selection
    assert chosen is not None
    assert np.array_equal(chosen.whole > 127, cover(studio) > 0.5)
    stack = studio.document.stack
    panel.select_actions.grow.trigger()
    panel.select_actions.invert.trigger()
    chosen = studio.document.selection
    assert chosen is not None
    assert chosen.whole[110, 110] == 0
    assert chosen.whole[5, 5] == 255
    assert chosen.whole[58, 110] == 0
    assert studio.document.stack is stack


def test_a_click_selects_what_is_alike_around_it_and_shift_adds_another(
    panel: CanvasPanel, studio: Studio
):
    panel.tools.set_layer("depth")
    for points in (((20, 20), (60, 60)), ((120, 120), (180, 170))):
        take(panel, "rectangle")
        drag(panel.canvas, points[0], points[1])
    panel.tools.set_tool("select_alike")

    def click(x: int, y: int, modifiers: Qt.KeyboardModifier = PLAIN) -> list[bool]:
        """Whether the one, the other and what is around them are selected then; edges may be soft."""
        QTest.mouseClick(panel.canvas, LEFT, modifiers, at(panel.canvas, x, y))
        assert studio.document.selection is not None
        return chosen(studio.document.selection.whole > 0)

    def chosen(pixels: np.ndarray) -> list[bool]:
        found: list[bool] = []
        for part in (pixels[23:57, 23:57], pixels[123:167, 123:177], pixels[:17, 64:]):
            assert part.all() or not part.any()
            found.append(bool(part.all()))
        return found

    assert click(40, 40) == [True, False, False]
    assert click(150, 150, SHIFT) == [True, True, False]
    assert click(40, 40, ALT) == [False, True, False]
    assert click(240, 10) == [False, False, True]
    studio.undo_stack.undo()
    assert studio.document.selection is not None
    assert chosen(studio.document.selection.whole > 0) == [False, True, False]


def test_the_tolerance_says_how_much_alike_an_area_is(panel: CanvasPanel, studio: Studio):
    """Of a gradient, by hand: more of it is more; the fill goes by the same knob."""
    panel.tools.set_layer("depth")
    take(panel, "gradient")
    drag(panel.canvas, (20, 128), (230, 128))
    panel.tools.set_tool("select_alike")
    knob = panel.options.select.tolerance
    assert knob.isVisibleTo(panel) and knob.value == 6

    def share() -> float:
        QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 128, 128))
        assert studio.document.selection is not None
        return float((studio.document.selection.whole > 0).mean())

    narrow = share()
    knob.spin.setValue(40)
    assert share() > 2 * narrow
    panel.tools.set_tool("select_box")
    assert not knob.isVisibleTo(panel)
    panel.tools.set_tool("fill")
    assert panel.options.brush.tolerance.isVisibleTo(panel)
    assert panel.options.brush.tolerance.value == 40
