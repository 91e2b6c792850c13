"""A field that is done with gives the keys back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout
from pytestqt.qtbot import QtBot

from studio_app.session.studio import Studio
from studio_app.ui.knobs import CalmComboBox, CalmSpinBox
from studio_app.ui.main_window import MainWindow


@pytest.mark.parametrize("field", ["number", "seed", "brush"])
@pytest.mark.parametrize("work", ["canvas", "viewer"])
def test_enter_in_a_field_gives_the_keys_back_to_what_was_worked_on(
    window: MainWindow, ready: Studio, qtbot: QtBot, field: str, work: str
):
    worked = window.canvas.canvas if work == "canvas" else window.viewer.view
    worked.setFocus()
    edit = {
        "number": window.settings_panel.guidance.spin,
        "seed": window.settings_panel.seed.edit,
        "brush": window.canvas.options.brush.size_knob.spin,
    }[field]
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "5")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert worked.hasFocus()
    assert edit.text().startswith("5")
    qtbot.keyClick(worked, Qt.Key.Key_X if work == "viewer" else Qt.Key.Key_E)
    if work == "viewer":
        assert window.viewer.model.look == "xt"
    else:
        assert window.canvas.tools.brush.eraser


def test_escape_in_a_field_takes_back_what_was_typed(
    window: MainWindow, ready: Studio, qtbot: QtBot
):
    spin = window.settings_panel.guidance.spin
    before = spin.value()
    window.canvas.canvas.setFocus()
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, "8")
    qtbot.keyClick(spin, Qt.Key.Key_Escape)
    assert window.canvas.canvas.hasFocus()
    assert spin.value() == before
    assert spin.text() == spin.textFromValue(before)
    window.settings_panel.prompts.prompt.setFocus()
    qtbot.keyClick(window.settings_panel.prompts.prompt, Qt.Key.Key_Escape)
    assert window.canvas.canvas.hasFocus()


def test_a_box_whose_list_was_closed_gives_the_keys_back(window: MainWindow, qtbot: QtBot):
    window.viewer.view.setFocus()
    box = window.settings_panel.kind
    box.setFocus()
    box.showPopup()
    box.hidePopup()
    assert window.viewer.view.hasFocus()


def test_in_a_dialog_the_keys_stay_and_escape_gets_out(window: MainWindow, qtbot: QtBot):
    dialog = QDialog(window)
    spin, box = CalmSpinBox(), CalmComboBox("Kind", "What it is.")
    box.fill([("One", 1), ("Two", 2)])
    rows = QVBoxLayout(dialog)
    for field in (spin, box):
        rows.addWidget(field)
    dialog.show()
    qtbot.waitExposed(dialog)
    box.setFocus()
    box.showPopup()
    box.hidePopup()
    assert dialog.focusWidget() is box
    spin.setSuffix(" px")
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, "12")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert spin.value() == 12 and dialog.isVisible() and dialog.focusWidget() is spin
    spin.selectAll()
    qtbot.keyClicks(spin, "99")
    qtbot.keyClick(spin, Qt.Key.Key_Escape)
    assert not dialog.isVisible() and spin.value() == 12 and spin.text() == "12.00 px"
    dialog.show()
    qtbot.keyClick(spin, Qt.Key.Key_Return)  # nothing new: the dialog's own
    assert dialog.isVisible()  # it has no button that it could press
    dialog.deleteLater()
