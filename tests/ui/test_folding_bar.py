"""Bars that fit into any width."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from studio_app.ui import theme
from studio_app.ui.action_buttons import add_action
from studio_app.ui.folding_bar import FoldingBar
from studio_app.ui.knobs import Knob, Scale

LEFT = Qt.MouseButton.LeftButton


class Bench(QWidget):
    """A bar in a window, with three actions and a field; the field goes first, the first action never."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = FoldingBar(self)
        self.ran: list[str] = []
        for rank, name in ((None, "stay"), (1, "late"), (2, "early")):
            action = add_action(
                self, name, name, lambda name=name: self.ran.append(name), icon="star"
            )
            self.bar.add_action(action, rank)
        self.field = Knob("Size", "How large.", Scale(0, 10, 5))
        self.field.show_value(5)
        self.bar.add(self.field, 3, room=1)

    def narrow(self, width: int) -> list[str]:
        self.bar.resize(width, 40)
        QApplication.processEvents()
        return [widget.accessibleName() for widget in self.bar.folded()]


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    theme.apply("dark")
    made = Bench()
    qtbot.addWidget(made)
    made.resize(500, 60)
    made.show()
    qtbot.waitExposed(made)
    return made


def popup_of(bar: FoldingBar) -> QWidget:
    QTest.mouseClick(bar.more, LEFT)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    return popup


def test_what_has_no_room_folds_by_rank_and_comes_back(bench: Bench):
    assert bench.narrow(400) == []
    assert not bench.bar.more.isVisible()
    folded = [len(bench.narrow(width)) for width in range(400, 60, -4)]
    assert folded == sorted(folded)
    assert set(folded) >= {0, 1, 3}
    assert bench.bar.folded()[-1] is bench.field
    assert bench.narrow(bench.bar.minimumSizeHint().width())[:2] == ["late", "early"]
    assert bench.bar.more.isVisible()
    assert bench.narrow(400) == []


def test_nothing_in_the_row_is_cut(bench: Bench):
    for width in range(bench.bar.minimumSizeHint().width(), 400, 7):
        bench.narrow(width)
        for button in bench.bar.findChildren(QToolButton):
            if button.isVisible():
                right = button.mapTo(bench.bar, button.rect().topRight()).x()
                assert right < width
                assert button.width() >= button.minimumSizeHint().width()


def test_a_folded_action_runs_from_the_popup(bench: Bench):
    bench.narrow(bench.bar.minimumSizeHint().width())
    popup = popup_of(bench.bar)
    late = next(b for b in popup.findChildren(QToolButton) if "late" in b.text())
    QTest.mouseClick(late, LEFT)
    assert bench.ran == ["late"]
    assert QApplication.activePopupWidget() is None


def test_a_folded_field_is_used_in_the_popup_and_is_in_the_row_again(bench: Bench, qtbot: QtBot):
    bench.narrow(bench.bar.minimumSizeHint().width())
    popup = popup_of(bench.bar)
    assert popup.isAncestorOf(bench.field)
    bench.field.slider.setFocus()
    QTest.keyClick(bench.field.slider, Qt.Key.Key_Right)
    assert bench.field.value == 6
    popup.close()
    bench.narrow(400)
    assert bench.bar.isAncestorOf(bench.field)
    qtbot.waitUntil(bench.field.isVisible)
    assert bench.field.value == 6


def test_a_field_that_hides_itself_takes_no_room_and_stays_hidden(bench: Bench):
    bench.field.hide()
    least = next(w for w in range(60, 400, 2) if "late" not in bench.narrow(w))
    bench.narrow(400)
    assert not bench.field.isVisible()
    assert least < 160
    bench.narrow(bench.bar.minimumSizeHint().width())
    popup = popup_of(bench.bar)
    assert not popup.isAncestorOf(bench.field)
    popup.close()


def test_what_hides_itself_leaves_no_hole_and_is_back_at_once(qtbot: QtBot):
    bar = FoldingBar()
    qtbot.addWidget(bar)
    fields = [Knob(name, "How much.", Scale(0, 10, 5)) for name in ("Size", "Flow", "Near")]
    for field in fields:
        bar.gap()
        field.setMaximumWidth(160)
        bar.add(field, 1, room=4)
    bar.stretch()
    bar.resize(700, 40)
    bar.show()
    qtbot.waitExposed(bar)
    place = fields[0].mapTo(bar, fields[0].rect().topLeft())
    fields[0].hide()
    fields[1].hide()
    qtbot.waitUntil(lambda: fields[2].mapTo(bar, fields[2].rect().topLeft()) == place)
    assert bar.folded() == [] and bar.more.isHidden()
    alone = bar.minimumSizeHint().width()
    fields[1].show()
    qtbot.waitUntil(lambda: fields[1].isVisible() and fields[1].width() > 40)
    assert fields[1].mapTo(bar, fields[1].rect().topLeft()) == place
    assert fields[2].mapTo(bar, fields[2].rect().topLeft()).x() > place.x() + fields[1].width()
    assert bar.minimumSizeHint().width() == alone
