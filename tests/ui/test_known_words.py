"""Words that a model does not know: found, marked, and what it knows instead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QTextCharFormat
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from studio_app.core.capabilities import Capabilities
from studio_app.core.lexicon import Lexicon
from studio_app.core.request import MAX_PROMPT
from studio_app.scene.forms import acting_words
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.known_words import KnownWords
from studio_app.ui.prompt_panel import PromptEdit, PromptPanel

TAUGHT = {"thing": ["mushroom", "chest"], "material": ["wooden"], "texture": ["scales"]}


WORDS = Lexicon(
    {"trunk": ("castle", "chest"), "toadstool": ("mushroom",)},
    frozenset(["a", "an", "the", "in", "on", "it", "its", "with", "two"]),
)


def strangers(text: str) -> list[tuple[str, str | None]]:
    return [(s.word, s.nearest) for s in KnownWords(TAUGHT, WORDS).strangers(text)]


@pytest.mark.parametrize(
    "text",
    [
        "a wooden chest",
        "Two CHESTS with the mushroom's scale on it",
        "(mushrooms:1.2), [chest] 4",
        "",
    ],
)
def test_what_was_taught_and_what_joins_it_is_no_stranger(text: str):
    assert strangers(text) == []


def test_where_things_are_is_no_stranger_and_the_word_alone_is():
    said = "a chest in front of a mushroom, next to the chest on the Left of it"
    assert strangers(said) == []
    assert [word for word, _ in strangers("the front, a left mushroom")] == ["front", "left"]


def test_a_stranger_is_found_with_what_is_spelt_alike():
    assert strangers("a muchroom, an owl") == [("muchroom", "mushroom"), ("owl", None)]
    found = KnownWords(TAUGHT, WORDS).strangers("an (owl:1.3)")[0]
    assert (found.begin, found.end) == (4, 7)


def test_what_is_nearest_is_looked_for_only_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
):
    asked: list[str] = []

    def nearest(self: Lexicon, word: str, among: object = None) -> str | None:
        asked.append(word)
        return None

    monkeypatch.setattr(Lexicon, "nearest", nearest)
    page = " ".join(f"{letter}uchroom" for letter in "abcdefghijkl") + " " + "x" * 4000
    found = KnownWords(TAUGHT, WORDS).strangers(page)
    assert len(found) == 13 and not asked
    assert found[0].nearest == "mushroom" and asked == ["auchroom"]
    assert found[-1].nearest is None and len(asked) == 1  # too long to be any word


def test_the_lexicon_names_what_this_model_knows():
    said = [("toadstool", "mushroom"), ("trunks", "chest")]
    assert strangers("a Toadstool in the trunks".lower()) == said


def test_words_that_name_things_and_poses_are_no_strangers_where_they_act():
    said = KnownWords(TAUGHT, WORDS, acting=acting_words()).strangers
    text = "a chest kneels with its hand on the hips, it knots, two chairs"
    assert [s.word for s in said(text)] == ["knots"]
    assert [word for word, _ in strangers("a chair kneels")] == ["chair", "kneels"]


def test_a_model_that_tells_no_words_marks_none():
    assert KnownWords({}, WORDS).strangers("an owl") == []


@pytest.fixture
def panel(qtbot: Any, ready: Studio, capabilities: Capabilities) -> PromptPanel:
    """Of a model that was taught a few words."""
    ready._live.capabilities = replace(capabilities, thing_words=TAUGHT)
    panel = PromptPanel(ready)
    qtbot.addWidget(panel)
    panel.resize(400, 200)
    panel.show()
    panel.prompt.setFocus()
    return panel


@pytest.fixture
def prompt(panel: PromptPanel) -> PromptEdit:
    return panel.prompt


def marked(prompt: PromptEdit) -> list[str]:
    """The words that have a wave under them."""
    block = prompt.document().firstBlock()
    wave = QTextCharFormat.UnderlineStyle.WaveUnderline
    return [
        block.text()[part.start : part.start + part.length]
        for part in block.layout().formats()
        if part.format.underlineStyle() == wave
    ]


def place_of(prompt: PromptEdit, position: int) -> QPoint:
    cursor = prompt.textCursor()
    cursor.setPosition(position)
    return prompt.cursorRect(cursor).center()


def test_waves_under_words_are_not_typed(prompt: PromptEdit):
    prompt.show_text("a wooden owl, a muchroom ")
    told: list[str] = []
    prompt.typed.connect(lambda text, merge: told.append(text))
    prompt.marks.set_words(KnownWords(TAUGHT, WORDS))
    prompt.marks.set_words(KnownWords(None))
    assert told == []
    prompt.insertPlainText("now, ")
    assert told == ["now, a wooden owl, a muchroom "]


def test_a_stranger_is_underlined_once_it_is_written(qtbot: Any, prompt: PromptEdit):
    qtbot.keyClicks(prompt, "a wooden ow")
    assert marked(prompt) == []
    qtbot.keyClicks(prompt, "l")
    assert marked(prompt) == []
    qtbot.keyClicks(prompt, " ")
    assert marked(prompt) == ["owl"]
    qtbot.keyClicks(prompt, "muchroom")
    assert marked(prompt) == ["owl"]
    qtbot.keyClick(prompt, Qt.Key.Key_Home)
    assert marked(prompt) == ["owl", "muchroom"]


def test_another_model_knows_other_words(qtbot: Any, ready: Studio, prompt: PromptEdit):
    qtbot.keyClicks(prompt, "an owl ")
    assert marked(prompt) == ["owl"]
    can = ready.capabilities
    assert can is not None
    ready._live.capabilities = replace(can, thing_words={"thing": ["owl"]})
    ready.model_changed.emit()
    assert marked(prompt) == []


def test_hovering_and_the_menu_say_the_nearest_and_put_it_in(
    qtbot: Any, ready: Studio, prompt: PromptEdit
):
    qtbot.keyClicks(prompt, "a muchroom ")
    place = place_of(prompt, 5)
    help_event = QHelpEvent(QEvent.Type.ToolTip, place, prompt.mapToGlobal(place))
    QApplication.sendEvent(prompt.viewport(), help_event)
    assert "muchroom" in QToolTip.text()
    assert "mushroom" in QToolTip.text()
    QToolTip.hideText()
    steps = ready.undo_stack.count()
    menu = prompt.strange_menu(place)
    texts = [action.text() for action in menu.actions()]
    assert "muchroom" in texts[0]
    menu.actions()[1].trigger()
    menu.deleteLater()
    assert prompt.toPlainText() == "a mushroom "
    assert ready.settings.prompt == "a mushroom "
    assert ready.undo_stack.count() == steps + 1
    ready.undo_stack.undo()
    assert prompt.toPlainText() == "a muchroom "


def test_a_page_that_is_too_long_is_cut_and_says_so(studio: Studio, qtbot: QtBot):
    panel = PromptPanel(studio)
    qtbot.addWidget(panel)
    said: list[object] = []
    studio.message.connect(said.append)
    panel.prompt.setPlainText("x" * MAX_PROMPT)
    assert not said
    panel.prompt.setPlainText("fox " * MAX_PROMPT)
    assert len(studio.settings.prompt) == MAX_PROMPT == len(panel.prompt.toPlainText())
    (notice,) = said
    assert isinstance(notice, Notice) and str(MAX_PROMPT) in notice.title
