"""The sentence about what one points at or works in."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from studio_app.ui import theme
from studio_app.ui.hint_area import HintArea


def test_it_says_what_is_pointed_at_then_what_has_the_keys_then_where_help_is(qtbot: QtBot):
    theme.apply("dark")
    words, seed = QLineEdit(), QLineEdit()
    words.setToolTip("What the picture shows.")
    seed.setToolTip("Another number is another picture.")
    area = HintArea([words, seed])
    for widget in (words, seed, area):
        qtbot.addWidget(widget)

    def happens(field: QLineEdit, kind: QEvent.Type) -> str:
        QApplication.sendEvent(field, QEvent(kind))
        return area.label.text()

    nothing = area.label.text()
    assert "F1" in nothing
    area._focused = words  # pyright: ignore[reportPrivateUsage]  # offscreen, no window has the keys
    assert happens(seed, QEvent.Type.Enter) == seed.toolTip()
    assert happens(seed, QEvent.Type.Leave) == words.toolTip()
    area._focused = None  # pyright: ignore[reportPrivateUsage]
    assert happens(words, QEvent.Type.Enter) == words.toolTip()
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
