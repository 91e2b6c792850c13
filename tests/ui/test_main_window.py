"""The whole window without an engine: names, keys, undo, presets, theme, what it remembers."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction, QKeySequence
from PySide6.QtWidgets import (
    QFileDialog,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.document.recipes import read_recipe
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.actions import ActionFinder
from studio_app.ui.main_window import MainWindow
from tests.ui.conftest import fields

ROOT = Path(__file__).resolve().parents[2]


def test_the_window_is_imported_without_torch():
    code = (
        "import sys, studio_app.ui.main_window as m;"
        "assert m.MainWindow;"
        "print(sorted({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_every_control_has_a_name(window: MainWindow):
    nameless = []
    for field in fields(window):
        interface = QAccessible.queryAccessibleInterface(field)
        if not interface.text(QAccessible.Text.Name).strip():
            nameless.append(f"{type(field).__name__} in {type(field.parent()).__name__}")
    assert nameless == []


def test_every_control_is_reached_by_keyboard(window: MainWindow):
    """By Tab, or because an action with the same name is in the menus."""
    commands = {a.text().replace("&", "") for a in window.findChildren(QAction) if a.text()}
    unreachable = [
        f"{type(field).__name__} {field.accessibleName()}"
        for field in fields(window)
        if not field.focusPolicy() & Qt.FocusPolicy.TabFocus
        and getattr(field, "text", str)().replace("&", "") not in commands
    ]
    assert [name for name in unreachable if "Close" not in name and "Float" not in name] == []


def test_no_key_means_two_things(window: MainWindow):
    keys: Counter[str] = Counter()
    for action in window.findChildren(QAction):
        if action.shortcutContext() == Qt.ShortcutContext.WindowShortcut:
            keys.update(key.toString() for key in action.shortcuts())
    assert [key for key, count in keys.items() if key and count > 1] == []


def test_all_menus_have_something_to_say(window: MainWindow):
    menus = [m for action in window.menuBar().actions() if isinstance(m := action.menu(), QMenu)]
    assert len(menus) == 9
    for menu in menus:
        texts = [action.text() for action in menu.actions() if not action.isSeparator()]
        assert texts and all(texts)


def test_the_menus_hold_every_action_of_canvas_and_viewer_and_fit_on_a_small_screen(
    window: MainWindow,
):
    held: set[QAction] = set()
    for top in window.menuBar().actions():
        menu = top.menu()
        assert isinstance(menu, QMenu)
        assert menu.sizeHint().height() <= 700
        texts = [action.text() for action in menu.actions() if not action.isSeparator()]
        assert len(set(texts)) == len(texts)
        held |= all_in(menu)
    assert set(window.canvas.actions()) | set(window.viewer.actions()) <= held


def all_in(menu: QMenu) -> set[QAction]:
    """What a menu and the menus in it do."""
    found: set[QAction] = set()
    for action in menu.actions():
        inner = action.menu()
        found |= all_in(inner) if isinstance(inner, QMenu) else {action}
    return found


def finish_picture(studio: Studio, seed: int) -> None:
    """As if the engine had just finished one."""
    pixels = np.full((64, 64, 4), seed, np.uint8)
    pixels.flags.writeable = False
    request = GenerationRequest("a red owl", seed=seed, width=64, height=64)
    studio.gallery.add(pixels, request)
    studio.gallery_changed.emit()


@pytest.mark.parametrize("asked", ["save", "strip"])
def test_the_picture_that_was_asked_about_is_saved_though_others_came_meanwhile(
    window: MainWindow, ready: Studio, qtbot: QtBot, tmp_path: Path, asked: str
):
    ready.gallery.max_pictures = 2
    finish_picture(ready, 1)
    if asked == "save":
        window.viewer.acts.save.trigger()
    else:
        finish_picture(ready, 9)
        window.filmstrip.chosen.emit(ready.gallery[0])
        window.viewer.acts.save.trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    for seed in (2, 3, 4):  # the one that is meant is forgotten before the answer comes
        finish_picture(ready, seed)
    path = tmp_path / "owl.png"
    ready._saver.start()
    dialog.fileSelected.emit(str(path))
    qtbot.waitUntil(path.exists)
    ready._saver.finish()
    assert ready._saver.wait(10_000)
    assert read_recipe(path).seed == 1
    dialog.close()


def test_knobs_words_and_undo_share_one_stack(window: MainWindow, ready: Studio, qtbot: QtBot):
    panel = window.settings_panel
    qtbot.keyClicks(panel.prompts.prompt, "a tower")
    panel.guidance.slider.setFocus()
    qtbot.keyClick(panel.guidance.slider, Qt.Key.Key_Right)
    assert ready.settings.prompt == "a tower"
    raised = ready.settings.guidance_scale
    window.command["undo"].trigger()
    assert panel.guidance.value == pytest.approx(raised - 0.1)
    assert panel.prompts.prompt.toPlainText() == "a tower"
    window.command["undo"].trigger()
    assert panel.prompts.prompt.toPlainText() == ""
    window.command["redo"].trigger()
    assert panel.prompts.prompt.toPlainText() == "a tower"


def test_ctrl_z_in_the_prompt_is_the_windows_undo(window: MainWindow, ready: Studio, qtbot: QtBot):
    prompt = window.settings_panel.prompts.prompt
    prompt.setFocus()
    qtbot.keyClicks(prompt, "owl")
    qtbot.keyClick(prompt, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ready.settings.prompt == ""


def test_weights_and_history_by_key(window: MainWindow, ready: Studio, qtbot: QtBot):
    prompt = window.settings_panel.prompts.prompt
    qtbot.keyClicks(prompt, "red owl")
    qtbot.keyClick(prompt, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert ready.settings.prompt == "red (owl:1.1)"
    prompt.history.remember("an earlier one")
    qtbot.keyClick(prompt, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert ready.settings.prompt == "an earlier one"
    qtbot.keyClick(prompt, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert ready.settings.prompt == "red (owl:1.1)"


def test_the_panel_offers_what_the_model_knows(window: MainWindow, ready: Studio):
    panel = window.settings_panel
    kinds = [panel.kind.itemData(i) for i in range(panel.kind.count())]
    assert ready.capabilities is not None
    assert kinds == [*ready.capabilities.kinds, None]  # the last one: guess again
    assert panel.steps.scale.maximum == 8
    ready.set_setting("sampler", "ddim")
    assert panel.steps.scale.maximum == 100
    assert panel.steps.scale.default == 20
    assert panel.prompts.badge.text().endswith("twice as long")


def test_the_die_and_the_lock(window: MainWindow, ready: Studio, qtbot: QtBot):
    seed = window.settings_panel.seed
    before = ready.settings.seed
    qtbot.mouseClick(seed.dice, Qt.MouseButton.LeftButton)
    assert ready.settings.seed != before
    assert seed.edit.text() == str(ready.settings.seed)
    qtbot.mouseClick(seed.lock, Qt.MouseButton.LeftButton)
    assert ready.settings.seed_locked
    seed.edit.setText("99999999999999999999")
    seed.edit.setText("9223372036854775807")
    qtbot.keyClick(seed.edit, Qt.Key.Key_Return)
    assert ready.settings.seed == 2**63 - 1


def test_a_preset_sets_the_knobs_and_the_look_and_is_left_by_a_change(
    window: MainWindow, ready: Studio
):
    bar = window.top_bar
    texture = next(p for p in bar.presets if p.id.endswith("texture"))
    window.use_preset(texture)
    assert ready.settings.kind == "texture"
    assert ready.settings.tile == (True, True)
    assert window.viewer.model.tiled
    assert bar.preset.currentData() == texture.id
    ready.set_setting("guidance_scale", 5.0)
    assert bar.preset.currentIndex() == -1


def test_the_artists_own_preset_comes_back_and_goes(window: MainWindow, ready: Studio):
    ready.set_settings({"steps": 2, "guidance_scale": 1.5})
    window.preset_acts.save("My glazes")
    assert window.top_bar.preset.currentText() == "My glazes"
    ready.set_settings({"steps": 5})
    mine = next(p for p in window.top_bar.presets if p.title == "My glazes")
    window.use_preset(mine)
    assert ready.settings.steps == 2
    assert window.command["remove_preset"].isEnabled()
    window.command["remove_preset"].trigger()
    assert "My glazes" not in [p.title for p in window.top_bar.presets]
    assert window.message_bar._title.text() == "Removed the preset My glazes"
    window.message_bar.action.click()
    assert mine in window.top_bar.presets
    ready.set_settings({"steps": 7})
    window.preset_acts.save("my glazes!")
    assert window.message_bar._title.text() == "Replaced the preset My glazes"
    window.message_bar.action.click()
    assert mine in window.top_bar.presets
    window.preset_acts.save("  ")
    assert isinstance(window.message_bar.shown, StudioError)


def test_both_themes_dress_the_whole_window(window: MainWindow):
    for name in ("light", "dark"):
        window.set_theme(name)
        assert theme.current().name == name
        assert window.command["light_theme"].isChecked() == (name == "light")
    window.command["light_theme"].trigger()
    assert theme.current().name == "light"
    window.set_theme("dark")


def test_live_is_one_key(window: MainWindow, ready: Studio):
    action = window.command["live"]
    assert action.isChecked()
    action.trigger()
    assert not ready.live
    assert "Paused" in window.working.text()
    ready.set_live(True)
    assert action.isChecked()
    assert QKeySequence("Ctrl+Space") in action.shortcuts()


def test_every_tooltip_is_a_name_or_a_sentence(window: MainWindow):
    """One or the other: a few words without a full stop, or with one (and the key after it)."""
    tips = {item.toolTip() for kind in (QWidget, QAction) for item in window.findChildren(kind)}
    said = [tip.splitlines()[-1] for tip in tips if tip]
    long = [tip for tip in said if len(re.sub(r"\(.*\)", "", tip).split()) > 6]
    assert len(long) > 20
    assert [tip for tip in long if not re.search(r"[.?](?: \(.+\))?$", tip)] == []


def test_a_knob_has_one_name(window: MainWindow, ready: Studio):
    """In the panel, in the undo menu, and wherever the canvas speaks of it."""
    panel = window.settings_panel
    for knob, name in (
        (panel.strength, "strength"), (panel.control_knobs["depth"], "depth"), (panel.steps, "steps"),
        (panel.control_knobs["pose"], "pose"), (panel.guidance, "guidance_scale"),
    ):  # fmt: skip
        if name in panel.control_knobs:
            ready.set_acting(name, {"strength": 0.5})
        else:
            ready.set_setting(
                name, 2 if name == "steps" else 1.5 if name == "guidance_scale" else 0.5
            )
        assert ready.undo_stack.undoText() == knob.label.text()


def test_the_menu_of_edits_has_the_clipboard(window: MainWindow):
    edits = next(a.menu() for a in window.menuBar().actions() if a.text() == "&Edit")
    assert isinstance(edits, QMenu)
    names = {action.objectName() for action in edits.actions()}
    assert {"canvas_cut", "canvas_copy_layer", "canvas_paste", "canvas_select_all"} <= names


def test_the_list_of_commands_brings_up_what_lies_on_the_disk(window: MainWindow, qtbot: QtBot):
    finder = ActionFinder(window)
    finder.open()
    qtbot.keyClicks(finder.edit, "earlier work")
    assert finder.list.count() == 1
    qtbot.keyClick(finder, Qt.Key.Key_Return)
    qtbot.waitUntil(window.keeper.earlier.isVisible)
    window.keeper.earlier.hide()
