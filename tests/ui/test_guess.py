"""The kind of picture follows the words until the artist chooses one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio_app.core.capabilities import Capabilities
from studio_app.session.studio import Studio
from studio_app.ui.knobs import CalmComboBox
from studio_app.ui.settings_panel import SettingsPanel

KINDS = ("scene", "character", "isolated", "texture")


@pytest.fixture
def settings(ready: Studio, capabilities: Capabilities, qtbot: QtBot) -> SettingsPanel:
    ready._live.capabilities = replace(capabilities, kinds=KINDS)
    panel = SettingsPanel(ready)
    qtbot.addWidget(panel)
    panel.resize(300, 800)
    panel.show()
    return panel


def type_in(panel: SettingsPanel, text: str) -> None:
    prompt = panel.prompts.prompt
    prompt.selectAll()
    QTest.keyClicks(prompt, text)


def choose(box: CalmComboBox, data: object) -> None:
    index = next(i for i in range(box.count()) if box.itemData(i) == data)
    box.setCurrentIndex(index)
    box.activated.emit(index)


def test_the_words_choose_the_kind_and_it_is_said(settings: SettingsPanel, ready: Studio):
    type_in(settings, "a knight")
    assert settings.kind.currentData() == ready.settings.kind == "character"
    assert settings.guessed.isVisible()
    type_in(settings, "red bricks")
    assert ready.settings.kind == "texture"
    assert settings.tile_x.isChecked() and settings.tile_y.isChecked()
    type_in(settings, "a sword")
    assert ready.settings.kind == "scene"
    assert not settings.tile_x.isChecked()


def test_the_kind_is_in_the_same_edit_as_the_words(settings: SettingsPanel, ready: Studio):
    seen: list[tuple[str, str]] = []
    ready.document_changed.connect(
        lambda: seen.append((ready.settings.prompt, ready.settings.kind))
    )
    type_in(settings, "a knight")
    assert seen[-1] == ("a knight", "character")
    assert ("a knight", "scene") not in seen
    ready.undo_stack.undo()
    assert (ready.settings.prompt, ready.settings.kind) == ("", "scene")
    ready.undo_stack.redo()
    assert (ready.settings.prompt, ready.settings.kind) == ("a knight", "character")


def test_what_the_artist_chose_stays_until_the_words_may_again(
    settings: SettingsPanel, ready: Studio
):
    type_in(settings, "a knight")
    choose(settings.kind, "isolated")
    assert not settings.guessed.isVisible()
    type_in(settings, "red bricks")
    assert ready.settings.kind == "isolated"
    choose(settings.kind, None)
    assert settings.kind.currentData() == ready.settings.kind == "texture"
    assert settings.guessed.isVisible()


def test_edges_that_the_artist_set_stay(settings: SettingsPanel, ready: Studio):
    type_in(settings, "a knight")
    QTest.mouseClick(settings.tile_x, Qt.MouseButton.LeftButton)
    assert ready.settings.tile == (True, False)
    type_in(settings, "red bricks")
    assert ready.settings.kind == "texture"
    assert ready.settings.tile == (True, False)


def test_nothing_moves_when_a_kind_is_chosen(settings: SettingsPanel):
    type_in(settings, "a knight")
    before = settings.size_box.y()
    choose(settings.kind, "isolated")
    QTest.qWait(0)
    assert settings.size_box.y() == before
