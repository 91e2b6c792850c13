"""The words of a region are typed beside its mask, and the layer says where the model doesn't hear them."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.layers.layers_panel import LayersPanel
from studio_app.ui.layers.stack_item_model import NAME


def test_words_are_typed_undone_and_told_where_no_one_hears_them(qtbot: QtBot, ready: Studio):
    tools = ToolState()
    panel = LayersPanel(ready, tools)
    qtbot.addWidget(panel)
    panel.show()
    panel.view.choose("mask-1")
    assert panel.control.currentIndex() == 2 and panel.control.words.text() == ""
    QTest.keyClicks(panel.control.words, "a red potion")
    panel.control.words.editingFinished.emit()
    assert ready.document.held("mask").content.said_words == "a red potion"
    assert "one set of words" in panel.control.words_note.text()
    index = panel.view.stack_model.index_of("mask-1", NAME)
    spoken = panel.view.stack_model.data(index, 11)  # Qt.AccessibleTextRole
    assert "not read" in spoken
    can = ready.capabilities
    assert can is not None
    ready._live.capabilities = replace(can, regions=True)
    ready.model_changed.emit()
    assert "what is there" in panel.control.words_note.text()
    assert "not read" not in panel.view.stack_model.data(index, 11)
    ready.undo_stack.undo()
    assert ready.document.held("mask").content.said_words == ""
    panel.view.choose("depth-1")
    assert panel.control.currentIndex() == 0
