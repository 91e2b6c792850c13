"""A knob tells of what the artist does, never of what it is shown; a wheel does nothing to it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QStyleOptionComboBox, QWidget
from pytestqt.qtbot import QtBot

from studio_app.ui import theme
from studio_app.ui.knobs import CalmComboBox, CalmSpinBox, Knob, Scale

Heard = list[tuple[float, bool]]


@pytest.fixture
def knob(qtbot: QtBot) -> Knob:
    theme.apply("dark")
    made = Knob("Guidance", "It steers; it is not quality.", Scale(1, 9, 4, 0.1, 1))
    qtbot.addWidget(made)
    made.resize(240, 48)
    made.show_value(4)
    with qtbot.waitExposed(made):  # a window that is not there yet drops moves of the mouse
        made.show()
    return made


@pytest.fixture
def heard(knob: Knob) -> Heard:
    said: Heard = []
    knob.changed.connect(lambda value, merge: said.append((value, merge)))
    return said


def test_showing_a_value_says_nothing(knob: Knob, heard: Heard):
    knob.show_value(6.5)
    assert knob.value == 6.5
    assert knob.slider.value() == 55
    assert heard == []


def test_the_number_has_room(knob: Knob):
    assert knob.spin.lineEdit().width() >= 40


def test_keys_on_the_slider_move_it_by_its_step_and_belong_together(
    knob: Knob, heard: Heard, qtbot: QtBot
):
    knob.slider.setFocus()
    qtbot.keyClick(knob.slider, Qt.Key.Key_Right)
    qtbot.keyClick(knob.slider, Qt.Key.Key_Right)
    assert heard == [(4.1, True), (4.2, True)]
    assert knob.spin.value() == 4.2


def test_a_typed_number_counts_when_it_is_finished(knob: Knob, heard: Heard, qtbot: QtBot):
    knob.spin.setFocus()
    knob.spin.selectAll()
    qtbot.keyClicks(knob.spin, "7.5")
    assert heard == []
    qtbot.keyClick(knob.spin, Qt.Key.Key_Return)
    assert heard == [(7.5, False)]
    assert knob.slider.value() == 65


def test_the_click_that_goes_to_a_number_selects_it_and_the_next_one_puts_the_cursor(
    knob: Knob, heard: Heard, qtbot: QtBot
):
    line = knob.spin.lineEdit()
    knob.activateWindow()
    knob.slider.setFocus()
    qtbot.waitUntil(knob.slider.hasFocus)
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    assert line.hasSelectedText()
    qtbot.keyClicks(knob.spin, "7")
    qtbot.keyClick(knob.spin, Qt.Key.Key_Return)
    assert heard == [(7.0, False)]
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    assert line.hasSelectedText()
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(2, 8))
    assert not line.hasSelectedText()


def test_a_word_in_the_place_of_a_number_is_typed_over_too(qtbot: QtBot):
    field = CalmSpinBox()
    qtbot.addWidget(field)
    field.setDecimals(0)
    field.setSpecialValueText("Off")
    with qtbot.waitExposed(field):
        field.show()
    field.activateWindow()
    field.clearFocus()
    qtbot.waitUntil(field.isActiveWindow)
    qtbot.mouseClick(field.lineEdit(), Qt.MouseButton.LeftButton)
    qtbot.keyClicks(field, "8")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == 8


def test_what_is_half_typed_is_not_selected_when_the_window_comes_back(knob: Knob, qtbot: QtBot):
    knob.spin.setFocus()
    qtbot.keyClicks(knob.spin, "6.5")
    back = QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.ActiveWindowFocusReason)
    QApplication.sendEvent(knob.spin, back)
    assert not knob.spin.lineEdit().hasSelectedText() and knob.spin.half_typed


@pytest.mark.parametrize("language", ["en_US", "de_DE", "fr_FR", "de_CH"])
@pytest.mark.parametrize("typed", ["1.5", "1,5"])
def test_a_comma_and_a_point_both_begin_the_decimals(qtbot: QtBot, language: str, typed: str):
    old = QLocale()
    QLocale.setDefault(QLocale(language))
    try:
        knob = Knob("Guidance", "", Scale(1, 9, 4, 0.1, 1))
        qtbot.addWidget(knob)
        knob.show()
        knob.show_value(4.0)
        knob.spin.setFocus()
        knob.spin.selectAll()
        qtbot.keyClicks(knob.spin, typed)
        qtbot.keyClick(knob.spin, Qt.Key.Key_Return)
        assert knob.value == 1.5
    finally:
        QLocale.setDefault(old)


def test_the_moves_of_a_drag_belong_together(knob: Knob, heard: Heard, qtbot: QtBot):
    slider = knob.slider
    begin = QPoint(slider.width() // 2, slider.height() // 2)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=begin)
    for step in (10, 20, 30):
        qtbot.mouseMove(slider, begin + QPoint(step, 0))
        QApplication.processEvents()
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=begin + QPoint(30, 0))
    assert len(heard) >= 2
    assert all(merge for _, merge in heard)
    assert heard[-1][0] > heard[0][0]


def test_a_click_on_the_groove_jumps_there(knob: Knob, heard: Heard, qtbot: QtBot):
    slider = knob.slider
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 8, 8))
    assert heard[0][0] > 8.5


@pytest.mark.parametrize("part", ["label", "slider"])
def test_a_double_click_resets(knob: Knob, heard: Heard, qtbot: QtBot, part: str):
    knob.show_value(8)
    widget: QWidget = getattr(knob, part)
    qtbot.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert knob.value == 4
    assert heard[-1][0] == 4


def turn(widget: QWidget) -> bool:
    """Whether a wheel over the widget is left to the panel behind it."""
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre, QPointF(widget.mapToGlobal(centre)), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)
    return not event.isAccepted()


def test_a_wheel_over_it_changes_nothing_even_with_focus(knob: Knob, heard: Heard, qtbot: QtBot):
    for part in (knob.slider, knob.spin):
        part.setFocus()
        assert turn(part)
    combo = CalmComboBox("Kind", "What it is.")
    qtbot.addWidget(combo)
    combo.fill([("One", 1), ("Two", 2)])
    combo.setFocus()
    assert turn(combo)
    assert combo.currentData() == 1
    assert heard == []


def test_another_scale_keeps_the_value_in_range_and_says_nothing(knob: Knob, heard: Heard):
    knob.show_value(9)
    knob.set_scale(Scale(1, 5, 3, 0.1, 1))
    assert knob.value == 5
    assert heard == []


def test_it_is_named_and_explains_itself(knob: Knob):
    for part in (knob.slider, knob.spin):
        assert part.accessibleName() == "Guidance"
        assert part.accessibleDescription() == part.toolTip() == "It steers; it is not quality."


def test_a_list_that_is_open_is_not_emptied_by_the_same_items(qtbot: QtBot):
    combo = CalmComboBox("Kind", "What it is.")
    qtbot.addWidget(combo)
    items: list[tuple[str, object]] = [("Scene", "scene"), ("Sprite", "sprite")]
    combo.fill(items)
    gone: list[object] = []
    combo.model().rowsRemoved.connect(lambda *row: gone.append(row))
    combo.fill(list(items))
    assert not gone and combo.count() == 2
    combo.fill(items[:1])
    assert combo.count() == 1


def test_what_is_wider_than_a_box_keeps_its_beginning_and_its_end(qtbot: QtBot):
    combo = CalmComboBox("Model", "What draws.")
    qtbot.addWidget(combo)
    combo.setPlaceholderText("No model")
    combo.fill([("dream_mix_" * 6 + "v12", 1), ("short", 2)])
    combo.resize(160, 28)
    combo.show_data(1)
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    cut = combo.cut_text(option)
    assert cut.startswith("dream") and "…" in cut and cut.endswith("12")
    assert combo.fontMetrics().horizontalAdvance(cut) < 160
    for data, said in ((2, "short"), (None, "No model")):
        combo.show_data(data)
        assert combo.cut_text(option) == said
    assert not combo.grab().isNull()
