"""The export panel, with the keys alone and with the mouse, into copies of the sample projects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio_app.core.errors import StudioError
from studio_app.document.recipes import Intermediate
from studio_app.export.ledger import NAME, read_ledger
from studio_app.export.origin import Licence
from studio_app.export.provenance.taken import read_any_recipe
from studio_app.ui import asking
from studio_app.ui.export.export_panel import REMEMBERED
from studio_app.ui.knobs import CalmComboBox
from tests.export_desk import ALT, CONTROL, SHIFT, Desk, tree, window_of_fakes
from tests.fake_pictures import record_of
from tests.ui.conftest import fields


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(asking, "folders", {})
    with window_of_fakes(qtbot, tmp_path) as made:
        yield made


def test_a_potion_lies_cut_out_in_godot_by_the_keys_alone_and_again_by_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.draw()
    desk.open_panel()
    root = desk.open_project("godot")
    assert "Lanternfall (Godot" in desk.panel.title.text()
    assert desk.panel.name.hasFocus() and desk.panel.name.text() == "a_red_potion"
    desk.press(Qt.Key.Key_S, ALT)
    desk.ready()
    assert desk.paths()[:2] == [
        "art/sprites/a_red_potion.png",
        "art/sprites/a_red_potion.png.import",
    ]
    assert NAME in desk.paths()
    assert "empty" in desk.panel.side.check.text()
    assert not (root / "art").exists()
    with desk.qtbot.waitSignal(desk.studio.exporting.finished):
        desk.press(Qt.Key.Key_Return)
    assert desk.moves <= 10
    assert not desk.panel.isVisible()
    with Image.open(root / "art/sprites/a_red_potion.png") as picture:
        assert picture.getchannel("A").getextrema() == (0, 255)
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    desk.click(desk.window.message_bar.action)
    assert opened == [str(root / "art/sprites")]
    was = tree(root)
    desk.ready()
    desk.to_window()
    with desk.qtbot.waitSignal(desk.studio.exporting.finished):
        desk.press(Qt.Key.Key_E, CONTROL | SHIFT)
        assert desk.window.statusBar().currentMessage() == "Exporting…"
    assert tree(root) == was
    desk.ready()
    assert desk.window.statusBar().currentMessage() == ""


def test_what_is_typed_is_where_it_goes_and_a_sidecar_shows_its_change(desk: Desk):
    desk.draw()
    desk.open_panel()
    root = desk.open_project("godot")
    panel = desk.panel
    desk.press(Qt.Key.Key_N, ALT)
    desk.qtbot.keyClicks(QApplication.focusWidget(), "Elixir of Life")
    desk.press(Qt.Key.Key_F, ALT)
    assert panel.folder.hasFocus()
    panel.folder.selectAll()
    desk.qtbot.keyClicks(QApplication.focusWidget(), "ui/icons")
    desk.ready()
    assert desk.paths()[0] == "ui/icons/elixir_of_life.png"
    files = panel.list.files
    files.setFocus()
    desk.press(Qt.Key.Key_Home)
    desk.press(Qt.Key.Key_Down)
    assert '+importer="texture"' in panel.list.text.toPlainText()
    desk.click(panel.export_button)
    desk.qtbot.waitUntil(lambda: not panel.isVisible())
    assert (root / "ui/icons/elixir_of_life.png").exists()
    desk.ready()
    # The next time it is there as it was left; for other words the name is theirs.
    desk.open_panel()
    desk.ready()
    assert panel.name.text() == "Elixir of Life" and panel.folder.text() == "ui/icons"
    assert "all of it already" in panel.status.text()
    desk.draw("a blue crystal")
    desk.ready()
    desk.qtbot.waitUntil(lambda: panel.name.text() == "a_blue_crystal")
    desk.press(Qt.Key.Key_Escape)
    assert not panel.isVisible()


def test_bricks_lie_in_unity_as_a_set_after_a_look_at_their_seams(desk: Desk):
    desk.draw("old bricks", kind="texture")
    desk.open_panel()
    root = desk.open_project("unity")
    desk.click(desk.panel.kinds["texture"])
    desk.ready()
    assert "seams" in desk.panel.side.check.text()
    desk.click(desk.panel.side.tiled)
    assert desk.panel.side.preview.tiled
    with desk.qtbot.waitSignal(desk.studio.exporting.finished):
        desk.click(desk.panel.export_button)
    assert desk.moves <= 10
    names = {path.name for path in (root / "Assets").rglob("*")}
    assert "OldBricks_Normal.png" in names and "OldBricks_Normal.png.meta" in names


def test_bricks_that_were_not_drawn_seamless_are_made_so(desk: Desk):
    desk.draw("old bricks", kind="texture", tile=(False, False))
    desk.open_panel()
    desk.open_project("unity")
    desk.click(desk.panel.kinds["texture"])
    desk.ready()
    assert "not drawn seamless" in desk.panel.side.check.text()
    desk.click(desk.panel.options.pages["texture"].fields["seamless"])
    desk.ready()
    desk.qtbot.waitUntil(lambda: "→" in desk.panel.side.check.text())
    assert desk.studio.exporting.settings.seamless


def test_a_failing_write_leaves_the_project_alone_and_is_said_where_one_looks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.draw()
    desk.open_panel()
    root = desk.open_project("godot")
    was = tree(root)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", "a_red_potion.png")

    monkeypatch.setattr("studio_app.export.transaction.replace_file", full)
    desk.press(Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: any(isinstance(said, StudioError) for said in desk.said))
    assert tree(root) == was
    assert desk.panel.isVisible() and "No space left" in desk.panel.status.text()
    assert "Nothing was changed" in desk.panel.status.text()
    assert desk.window.message_bar.isVisible()


def test_escape_cancels_what_is_being_written(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    from studio_app.export import transaction

    desk.draw()
    desk.open_panel()
    root = desk.open_project("godot")
    was = tree(root)
    stage: Callable[..., None] = transaction._stage
    exporting = desk.studio.exporting
    turn = exporting._writing._turn

    def staged(step: Any, data: bytes) -> None:
        stage(step, data)
        while not exporting._writing._turn.over:  # until the key has come
            QTest.qSleep(2)

    monkeypatch.setattr(transaction, "_stage", staged)
    desk.press(Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: exporting.stage == "writing")
    assert exporting._writing._turn is not turn and desk.panel.close_button.text() == "Cancel"
    desk.press(Qt.Key.Key_Escape)
    desk.qtbot.waitUntil(lambda: any(getattr(s, "key", "") == "cancelled" for s in desk.said))
    assert tree(root) == was and desk.panel.isVisible()
    desk.ready()


def test_a_licence_that_forbids_is_asked_about_once_and_the_answer_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    licence = Licence("x-noncommercial", False)
    monkeypatch.setattr("studio_app.session.export_jobs.licence_for", lambda model: licence)
    desk.draw()
    desk.open_panel()
    root = desk.open_project("godot")
    panel = desk.panel
    assert panel.question.isVisible() and not panel.export_button.isEnabled()
    desk.press(Qt.Key.Key_Return)
    assert not (root / NAME).exists()
    panel.question.answers["fake: x-noncommercial", "not commercial"].setFocus()
    desk.press(Qt.Key.Key_Space)
    with desk.qtbot.waitSignal(desk.studio.exporting.finished):
        desk.press(Qt.Key.Key_Return)
    assert read_ledger(root).answer("licence", "fake: x-noncommercial") == "not commercial"
    desk.ready()
    assert not desk.studio.exporting.questions


def test_a_sheet_of_two_models_asks_about_both(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    licence = Licence("x-noncommercial", False)
    monkeypatch.setattr("studio_app.session.export_jobs.licence_for", lambda model: licence)
    for number, model in enumerate(("one", "two")):
        record = record_of(seed=number)
        desk.studio._shelf.add(replace(record, request=replace(record.request, model=model)))
    desk.open_panel()
    root = desk.open_project("godot")
    exporting, box = desk.studio.exporting, desk.panel.question
    exporting.frames.choose(list(desk.studio.gallery))
    exporting.choose(kind="sheet")
    desk.ready()
    models = ("one: x-noncommercial", "two: x-noncommercial")
    assert {about for about, _ in box.answers} == set(models)
    for about, answer in zip(models, ("own agreement", "not commercial"), strict=True):
        assert not desk.panel.export_button.isEnabled()
        box.answers[about, answer].click()
    with desk.qtbot.waitSignal(exporting.finished):
        desk.panel.export_button.click()
    said = [read_ledger(root).answer("licence", about) for about in models]
    assert said == ["own agreement", "not commercial"]


def test_formats_that_an_engine_does_not_import_can_not_be_chosen_for_it(desk: Desk):
    desk.draw()
    desk.open_panel()
    exporting = desk.studio.exporting
    for engine, taken in (("godot", True), ("unity", False), ("unreal", False)):
        exporting.open_project(str(desk.project(engine)))
        desk.ready()
        for kind in ("picture", "sprite", "sheet", "texture"):
            exporting.choose(kind=kind)
            box = desk.panel.options.pages[kind].fields["format"]
            assert isinstance(box, CalmComboBox)
            row = box.findData("webp")
            item = box.model().index(row, 0)
            assert bool(item.flags() & Qt.ItemFlag.ItemIsEnabled) == taken
            assert bool(box.itemData(row, Qt.ItemDataRole.ToolTipRole)) != taken
            box.setFocus()
            box.setCurrentIndex(row - 1)
            desk.press(Qt.Key.Key_Down)
            assert (box.currentData() == "webp") == taken
            desk.ready()


def test_again_with_nothing_to_repeat_opens_the_panel_and_the_last_project_is_the_next(desk: Desk):
    desk.draw()
    desk.to_window()
    desk.press(Qt.Key.Key_E, CONTROL | SHIFT)
    desk.qtbot.waitUntil(desk.panel.isVisible)
    desk.panel.hide()
    root = desk.project("godot")
    asking.folders[REMEMBERED] = str(root)
    desk.open_panel()
    desk.ready()
    assert desk.panel.project.text() == str(root)
    assert desk.panel.name.hasFocus() and desk.panel.export_button.isEnabled()


def test_a_folder_that_is_not_there_is_told(desk: Desk):
    desk.open_panel()
    assert "no picture yet" in desk.panel.status.text()
    assert not desk.panel.export_button.isEnabled()
    desk.draw()
    desk.qtbot.keyClicks(desk.panel.project, "/nowhere/at all")
    desk.press(Qt.Key.Key_Return)
    desk.ready()
    assert "no such folder" in desk.panel.status.text()
    assert not desk.panel.export_button.isEnabled()


def test_a_step_on_the_way_is_exported_as_what_it_is(desk: Desk):
    desk.engine.faults["decode"] = StudioError("not yet")
    record = record_of(seed=8)
    first = record.steps[0]
    request = replace(record.request, steps=2)
    record = desk.studio._shelf.add(
        replace(record, request=request, steps=(first, replace(first, i=1)))
    )
    desk.open_panel()
    root = desk.open_project("godot")
    desk.panel.hide()
    desk.window.viewer.shown.look_at_step(record, first)
    desk.open_panel()
    desk.ready()
    assert "has to decode it first" in desk.panel.status.text()
    assert not desk.panel.export_button.isEnabled()
    del desk.engine.faults["decode"]
    desk.studio.decode_step(record, first)
    desk.qtbot.waitUntil(lambda: desk.panel.export_button.isEnabled())
    assert desk.panel.name.text() == "a_red_potion_step_1"
    with desk.qtbot.waitSignal(desk.studio.exporting.finished):
        desk.press(Qt.Key.Key_Return)
    [file] = root.rglob("a_red_potion_step_1.png")
    taken = read_any_recipe(file)
    assert taken.shows == Intermediate(1, "x_0") and taken.request == record.request
    [entry] = read_ledger(root).entries
    assert entry.fields["request"]["shows"] == {"step": 1, "latent": "x_0"}
    # x_t is a picture too, of another name, and nothing can be cut out of it.
    desk.ready()
    desk.to_window()
    desk.window.viewer.model.set_look("xt")
    with desk.qtbot.waitSignal(desk.studio.exporting.finished):
        desk.press(Qt.Key.Key_E, CONTROL | SHIFT)
    [file] = root.rglob("a_red_potion_step_1_noisy.png")
    assert read_any_recipe(file).shows == Intermediate(1, "x_t")
    desk.ready()
    desk.open_panel()
    desk.click(desk.panel.kinds["sprite"])
    desk.ready()
    assert "noise and picture" in desk.panel.status.text()
    desk.window.viewer.model.set_look("x0")
    desk.ready()
    assert desk.panel.export_button.isEnabled(), desk.panel.status.text()
    assert desk.studio.exporting.picture is not None
    assert desk.studio.exporting.picture.shows == Intermediate(1, "x_0")


def test_everything_in_it_can_be_told_by_name(desk: Desk):
    unnamed = [
        field for field in fields(desk.panel)  # pyright: ignore[reportArgumentType]
        if not (field.accessibleName() or getattr(field, "text", str)() or field.toolTip())
    ]  # fmt: skip
    assert not unnamed
