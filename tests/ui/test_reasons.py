"""What can't be done now says why."""

from __future__ import annotations

from PySide6.QtGui import QAction

from studio_app.ui.action_buttons import add_action, allow
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.layer_bar import ORDER
from studio_app.ui.main_window import MainWindow


def test_a_reason_takes_the_place_of_the_sentence_and_gives_it_back(panel: CanvasPanel):
    action = add_action(panel, "test", "&Turn", print, key="Ctrl+Alt+9", why="It goes round.")
    allow(action, False, "There is nothing to turn.")
    assert not action.isEnabled()
    assert action.toolTip() == "Turn (Ctrl+Alt+9)\nThere is nothing to turn."
    action.setText("Turn it")
    allow(action, True, "There is nothing to turn.")
    assert action.isEnabled() and action.toolTip() == "Turn it (Ctrl+Alt+9)\nIt goes round."


def test_every_command_that_is_off_says_why(window: MainWindow):
    for layer in ORDER:
        window.canvas.tools.set_layer(layer)
        off = [
            action
            for action in window.findChildren(QAction)
            if not action.isEnabled() and not action.isSeparator() and action.objectName()
        ]
        assert len(off) > 20
        silent = [
            action.objectName()
            for action in off
            if "\n" not in action.toolTip() or action.statusTip() == action.property("why")
        ]
        assert silent == [], layer
