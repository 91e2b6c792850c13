"""While the mask of a layer is in hand, every tool works on that and on nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from studio_app.document.planes import COVER, Plane
from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.tools.names import ENTRIES
from studio_app.ui.canvas.tools.registry import TOOLS
from studio_app.ui.canvas.tools.writing import Text
from tests.ui.conftest import LEFT, PLAIN, at, drag

SIZE = 256, 256


def square(*rect: int) -> Plane:
    x, y, width, height = rect
    return Plane(COVER, *SIZE).write(x, y, np.full((height, width), 255, np.uint8))


@pytest.fixture
def masked(panel: CanvasPanel, studio: Studio) -> CanvasPanel:
    """A colour layer whose mask, a square, is in hand."""
    grey = np.full((*SIZE[::-1], 4), 255, np.uint8)
    studio.put_pixels("colour", grey, "Ground")
    node = studio.document.held("colour")
    studio.set_mask(node.id, square(40, 40, 60, 60), "Mask")
    item = studio.document.stack.find(node.id)
    panel.tools.set_layer("colour")
    panel.tools.set_mask(item)
    studio.undo_stack.clear()
    return panel


def mask_of(studio: Studio) -> np.ndarray:
    mask = studio.document.held("colour").mask
    assert mask is not None
    return mask.whole


def take(panel: CanvasPanel, tool: str) -> None:
    panel._tools_actions[tool].trigger()
    assert panel.tools.tool == tool and panel.tools.masked


def test_every_tool_that_paints_or_moves_works_on_the_mask_in_hand(
    masked: CanvasPanel, studio: Studio
):
    before, content = mask_of(studio), studio.document.held("colour").content
    worked: list[str] = []
    for name in TOOLS:
        action = masked._tools_actions[name]
        assert action.isEnabled() == ENTRIES[name].suits_masks
        if not action.isEnabled() or ENTRIES[name].bar == "select" or name == "text":
            continue
        take(masked, name)
        start = (60, 60) if name in ("move", "warp") else (130, 130)
        drag(masked.canvas, start, (150, 150), (190, 180), (150, 220))
        masked.canvas.kit.floater.put_down()
        worked.append(name)
        assert studio.undo_stack.count() == 1, name
        assert not np.array_equal(mask_of(studio), before), name
        assert studio.document.held("colour").content is content, name
        studio.undo_stack.undo()
        assert np.array_equal(mask_of(studio), before), name
        studio.undo_stack.clear()
    assert {"fill", "gradient", "line", "rectangle", "lasso", "move", "warp"} <= set(worked)


def test_cut_paste_invert_and_select_are_of_the_mask_in_hand(masked: CanvasPanel, studio: Studio):
    acts, content = masked.select_actions, studio.document.held("colour").content
    acts.by_layer.trigger()
    selection = studio.document.selection
    assert selection is not None and np.array_equal(selection.whole, mask_of(studio))
    studio.set_selection(square(40, 40, 30, 60), "Half")
    acts.cut.trigger()
    assert mask_of(studio)[50, 50] == 0 and mask_of(studio)[50, 80] == 255
    masked.exchange.paste()
    masked.canvas.kit.mover.put_down()
    assert mask_of(studio)[50, 50] == 255
    masked.layer_actions.invert.trigger()
    assert mask_of(studio)[50, 50] == 0  # selected
    assert mask_of(studio)[50, 80] == 255 and mask_of(studio)[200, 200] == 0  # not selected
    assert studio.document.held("colour").content is content


def test_inverting_and_filling_a_layer_stay_in_the_selection(panel: CanvasPanel, studio: Studio):
    depth = np.zeros((*SIZE[::-1], 4), np.uint8)
    depth[:128] = (51, 51, 51, 255)
    studio.put_pixels("depth", depth, "Ground")
    panel.tools.set_layer("depth")
    studio.set_selection(square(0, 0, 100, 256), "Left")
    panel.layer_actions.invert.trigger()
    content = studio.document.held("depth").content
    value, known = (content.planes[name].whole for name in ("value", "known"))
    assert value[20, 20] == pytest.approx(0.8, abs=0.01)
    assert value[20, 200] == pytest.approx(0.2, abs=0.01)
    panel.layer_actions.fill.trigger()
    known = studio.document.held("depth").content.planes["known"].whole
    assert known[200, 20] == 255 and known[200, 200] == 0


def test_a_piece_is_pasted_on_another_kind_of_layer_where_it_was(
    panel: CanvasPanel, studio: Studio
):
    picture = np.zeros((*SIZE[::-1], 4), np.uint8)
    picture[60:90, 100:140] = (255, 255, 255, 255)
    studio.put_pixels("colour", picture, "Ground")
    panel.tools.set_layer("colour")
    studio.set_selection(square(90, 50, 80, 80), "Around")
    panel.exchange.copy()
    panel.tools.set_layer("mask")
    panel.exchange.paste()
    panel.canvas.kit.mover.put_down()
    mask = studio.document.held("mask").content.planes["pixels"].whole
    assert mask[75, 120] == 255 and mask[40, 120] == 0 and mask[75, 200] == 0
    clipboard = QGuiApplication.clipboard()
    clipboard.setImage(clipboard.image().copy())  # as another program does
    panel.tools.set_layer("colour")
    studio.clear_layer("colour")
    studio.set_selection(None, "None")
    panel.exchange.paste()
    panel.canvas.kit.mover.put_down()
    rgba = studio.document.held("colour").content.planes["rgba"].whole
    assert rgba[75, 120, 3] == 255 and rgba[75, 200, 3] == 0


def test_text_is_drawn_while_it_is_typed_and_becomes_pixels(panel: CanvasPanel, studio: Studio):
    panel.tools.set_layer("colour")
    panel.tools.set_colour((250, 20, 30))
    panel._tools_actions["text"].trigger()
    panel.tools.set_size(40)
    tool = panel.canvas.kit.in_hand
    assert isinstance(tool, Text)
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 40, 60))
    assert tool.writing and tool.field.isVisible()
    QTest.keyClicks(tool.field, "Hil")
    foot = tool.field.foot  # how to get out of it is read while one types
    assert "Escape" in foot.text() and foot.sizeHint().width() <= tool.field.width()
    assert not foot.geometry().intersects(tool.field.viewport().geometry())
    panel.canvas.repaint()
    tool._draw()
    rgba = studio.document.held("colour").content.planes["rgba"].whole
    rows, columns = np.nonzero(rgba[..., 3])
    assert rows.size and tuple(rgba[rows[0], columns[0], :3]) == (250, 20, 30)
    assert columns.min() >= 38 and rows.min() >= 58 and rows.max() < 120
    small = rows.max() - rows.min()
    panel.tools.set_size(80)
    tool._draw()
    rows, _ = np.nonzero(studio.document.held("colour").content.planes["rgba"].whole[..., 3])
    assert rows.max() - rows.min() > 1.5 * small
    QTest.keyClick(tool.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not tool.writing and not tool.field.isVisible()
    assert studio.undo_stack.count() == 1
    QTest.mouseClick(panel.canvas, LEFT, PLAIN, at(panel.canvas, 40, 160))
    QTest.keyClicks(tool.field, "x")
    QTest.keyClick(tool.field, Qt.Key.Key_Escape)
    assert studio.undo_stack.count() == 1 and not tool.writing


def test_the_mask_of_a_selection_shows_what_is_selected(panel: CanvasPanel, studio: Studio):
    from studio_app.ui.layers.layers_panel import LayersPanel

    layers = LayersPanel(studio, panel.tools)
    layers.view.choose("colour-1")
    selection = square(10, 20, 30, 40)
    studio.set_selection(selection, "Some")
    layers.acts.add_mask.trigger()
    assert studio.document.held("colour").mask is selection
    layers.deleteLater()
