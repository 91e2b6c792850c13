"""The sentence about what one points at or works in."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from studio_app.ui import theme
from studio_app.ui.hint_area import HintArea


def test_it_says_what_is_pointed_at_or_has_the_keys_and_else_where_help_is(qtbot: QtBot):
    theme.apply("dark")
    words, seed = QLineEdit(), QLineEdit()
    words.setToolTip("What the picture shows.")
    seed.setToolTip("Another number is another picture.")
    area = HintArea([words, seed])
    for widget in (words, seed, area):
        qtbot.addWidget(widget)

    def happens(field: QLineEdit, kind: QEvent.Type) -> str:
        focus = kind in (QEvent.Type.FocusIn, QEvent.Type.FocusOut)
        QApplication.sendEvent(field, QFocusEvent(kind) if focus else QEvent(kind))
        return area.label.text()

    nothing = area.label.text()
    assert "F1" in nothing
    assert happens(words, QEvent.Type.FocusIn) == words.toolTip()
    assert happens(seed, QEvent.Type.Enter) == seed.toolTip()
    assert happens(seed, QEvent.Type.Leave) == words.toolTip()
    assert happens(words, QEvent.Type.Enter) == words.toolTip()
    # With the pointer at rest, the keys go on to another field.
    assert happens(words, QEvent.Type.FocusOut) == words.toolTip()
    assert happens(seed, QEvent.Type.FocusIn) == seed.toolTip()
    assert happens(seed, QEvent.Type.FocusOut) == words.toolTip()
    assert happens(seed, QEvent.Type.Leave) == words.toolTip()  # of another field
    assert happens(words, QEvent.Type.Leave) == nothing


def test_all_its_sentences_have_room(qtbot: QtBot):
    theme.apply("dark")
    area = HintArea([])
    qtbot.addWidget(area)
    area.resize(296, area.sizeHint().height())
    area.show()
    label = area.label
    assert label.heightForWidth(label.width()) <= label.height()
