"""Every knob of the settings: moved by hand, undone by one Ctrl+Z, and deaf to the wheel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QSlider, QWidget

from studio_app.core.capabilities import Capabilities
from studio_app.document.document import acting_of, request_of
from studio_app.document.settings import settings_dict, settings_from
from studio_app.session.studio import Studio
from studio_app.ui.knobs import CalmComboBox, CalmSpinBox, Knob
from studio_app.ui.main_window import MainWindow
from studio_app.ui.settings_panel import SettingsPanel
from tests.ui.conftest import window_of


@pytest.fixture
def window(ready: Studio, capabilities: Capabilities) -> Iterator[MainWindow]:
    """Of a model that leaves a choice in everything."""
    rich = replace(capabilities, sizes=((64, 64), (96, 64)), kinds=("scene", "texture"))
    ready._live.capabilities = rich
    ready.model_changed.emit()
    with window_of(ready) as made:
        yield made


def slide(knob: Knob) -> None:
    knob.slider.setFocus()
    way = Qt.Key.Key_Left if knob.slider.value() == knob.slider.maximum() else Qt.Key.Key_Right
    QTest.keyClick(knob.slider, way)


def type_number(field: CalmSpinBox, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def choose(box: CalmComboBox) -> None:
    """Another entry, as a click in its list does."""
    index = (box.currentIndex() + 1) % box.count()
    box.setCurrentIndex(index)
    box.activated.emit(index)


def press(widget: Any) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(8, widget.height() // 2))


MOVES: dict[str, Callable[[SettingsPanel], None]] = {
    "prompt": lambda panel: QTest.keyClicks(panel.prompts.prompt, "owl"),
    "negative_prompt": lambda panel: QTest.keyClicks(panel.prompts.negative, "fog"),
    "steps": lambda panel: slide(panel.steps),
    "guidance_scale": lambda panel: slide(panel.guidance),
    "depth": lambda panel: slide(panel.control_knobs["depth"]),
    "pose": lambda panel: slide(panel.control_knobs["pose"]),
    "strength": lambda panel: slide(panel.strength),
    "depth end": lambda panel: type_number(panel.spans["depth"].end, "30"),
    "pose start": lambda panel: type_number(panel.spans["pose"].start, "25"),
    "kind": lambda panel: choose(panel.kind),
    "sampler": lambda panel: choose(panel.sampler),
    "width": lambda panel: choose(panel.size_box),
    "seed": lambda panel: panel.seed.dice.click(),
    "seed_locked": lambda panel: panel.seed.lock.click(),
    "tile": lambda panel: press(panel.tile_x),
}


def acting(studio: Studio) -> dict[str, tuple[float, float, float]]:
    return {kind: acting_of(studio.document, kind) for kind in ("depth", "pose")}


@pytest.mark.parametrize("name", MOVES)
def test_every_knob_is_one_step_of_undo(window: MainWindow, ready: Studio, name: str):
    panel = window.settings_panel
    before, drawn = ready.settings, acting(ready)
    steps = ready.undo_stack.count()
    MOVES[name](panel)
    after, then = ready.settings, acting(ready)
    kind = name.split(" ")[0]
    if kind in drawn:
        assert then[kind] != drawn[kind]
    else:
        assert getattr(after, name) != getattr(before, name)
        assert then == drawn
    assert ready.undo_stack.count() == steps + 1
    window.command["undo"].trigger()
    assert (ready.settings, acting(ready)) == (before, drawn)
    window.command["redo"].trigger()
    assert (ready.settings, acting(ready)) == (after, then)


def test_every_knob_resets_by_a_double_click_and_that_is_undone_too(
    window: MainWindow, ready: Studio
):
    for knob in window.settings_panel.findChildren(Knob):
        if knob.isHidden():
            continue  # of a control that the model doesn't read
        slide(knob)
        moved = knob.value
        assert moved != knob.scale.default, knob.label.text()
        QTest.mouseDClick(knob.label, Qt.MouseButton.LeftButton)
        assert knob.value == knob.scale.default, knob.label.text()
        window.command["undo"].trigger()
        assert knob.value == moved, knob.label.text()


def test_what_can_t_be_seamless_is_not_offered(window: MainWindow, ready: Studio):
    panel, can = window.settings_panel, ready.capabilities
    assert can is not None and panel.tile_x.isEnabled()
    ready._live.capabilities = replace(can, tiling=False)
    ready.model_changed.emit()
    assert not panel.tile_x.isEnabled() and not panel.tile_y.isEnabled()


def test_a_wheel_over_the_window_moves_no_knob(window: MainWindow, ready: Studio):
    """In the panels as well as over canvas and viewer: a wheel scrolls or zooms, and changes nothing."""
    fields: list[QWidget] = [
        field
        for kind in (QAbstractSpinBox, QSlider, QComboBox)
        for field in window.findChildren(kind)
        if field.isVisible()
    ]
    assert len(fields) > 10
    before, steps = ready.document, ready.undo_stack.count()
    shown = [_value(field) for field in fields]
    for field in fields:
        field.setFocus()
        here = QPointF(field.rect().center())
        for turn in (120, -240):
            wheel = QWheelEvent(
                here,
                QPointF(field.mapToGlobal(here)),
                QPoint(),
                QPoint(0, turn),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(field, wheel)
    assert [_value(field) for field in fields] == shown
    assert ready.document is before
    assert ready.undo_stack.count() == steps


def _value(field: Any) -> Any:
    return field.currentIndex() if isinstance(field, QComboBox) else field.value()


def test_the_clip_skip_is_there_where_the_model_has_one(
    window: MainWindow, ready: Studio, capabilities: Capabilities
):
    panel = window.settings_panel
    assert not panel.clip_skip.isVisible()
    ready._live.capabilities = replace(capabilities, clip_skip=12)
    ready.model_changed.emit()
    ready.set_setting("prompt", "a potion")
    assert panel.clip_skip.isVisible()
    type_number(panel.clip_skip.spin, "2")
    assert ready.settings.clip_skip == 2
    assert request_of(ready.document, ready.capabilities).clip_skip == 2
    assert request_of(ready.document, capabilities).clip_skip == 1
    ready.undo_stack.undo()
    assert ready.settings.clip_skip == 1 and panel.clip_skip.value == 1
    assert settings_from(settings_dict(replace(ready.settings, clip_skip=3))).clip_skip == 3


def test_a_long_prompt_that_comes_at_once_has_no_bar_over_its_words(
    window: MainWindow, ready: Studio
):
    prompt = window.settings_panel.prompts.prompt
    ready.set_setting("prompt", "red castle, " * 300)
    assert prompt.verticalScrollBar().maximum() > 0
    assert not prompt.horizontalScrollBar().isVisible()
