"""Sheets, presets, naming and signatures in the export panel, by mouse and keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog
from pytestqt.qtbot import QtBot

from studio_app.document.newcomers import pose_names
from studio_app.export.provenance import signing
from studio_app.export.provenance.inspecting import inspect_file
from studio_app.export.settings import read_remembered
from studio_app.ui import asking
from studio_app.ui.export.manners import FRAMES
from studio_app.ui.export.sheet_page import SheetPage
from studio_app.ui.export.sheet_preview import SheetPreview
from tests.export_desk import ALT, CONTROL, SHIFT, Desk, tree, window_of_fakes
from tests.signers import made_signer
from tests.ui.conftest import fields


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(asking, "folders", {})
    with window_of_fakes(qtbot, tmp_path) as made:
        yield made


def page(desk: Desk) -> SheetPage:
    found = desk.panel.options.pages["sheet"]
    assert isinstance(found, SheetPage)
    return found


def words(desk: Desk) -> None:
    desk.studio.set_settings(
        {"prompt": "a knight", "kind": "isolated", "width": 64, "height": 64, "steps": 1}
    )


def choose_poses(desk: Desk, first: int, last: int) -> None:
    picker = page(desk).source.picker
    assert picker is not None and picker.isVisible()
    desk.click_item(picker.list, first)
    desk.click_item(picker.list, last, SHIFT)
    assert picker.add.text() == f"Add {last - first + 1} poses"
    desk.press(Qt.Key.Key_Return)
    desk.ready()


def test_pictures_that_are_selected_in_the_filmstrip_are_a_sheet(desk: Desk):
    for seed in (1, 2, 3, 4):
        desk.draw(seed=seed)
    desk.to_window()
    strip = desk.window.filmstrip
    desk.click_item(strip, 3)
    desk.click_item(strip, 0, CONTROL)
    desk.click_item(strip, 1, CONTROL)
    assert len(strip.several) == 3
    # The picture of the last click is looked at, and the others stay selected.
    assert desk.window.viewer.shown.picture is desk.studio.gallery[1]
    desk.moves = 0
    desk.open_panel()
    root = desk.open_project("godot")
    panel = desk.panel
    assert panel.kinds["sheet"].isChecked() and page(desk).source.buttons["chosen"].isChecked()
    frames = panel.frames
    assert frames.isVisible() and panel.manners.pages[FRAMES].isChecked()
    assert frames.heading.text() == "3 frames" and frames.list.count() == 3
    shown = [take.picture for take in desk.studio.exporting.frames.takes]
    assert shown == [desk.studio.gallery[i] for i in (0, 1, 3)]
    # Another order, by the keys; and one of them out.
    frames.list.setFocus()
    frames.list.setCurrentRow(2)
    desk.press(Qt.Key.Key_Left, ALT)
    desk.ready()
    assert [t.picture for t in desk.studio.exporting.frames.takes][1] is desk.studio.gallery[3]
    desk.press(Qt.Key.Key_Delete)
    desk.ready()
    assert frames.heading.text() == "2 frames"
    with desk.qtbot.waitSignal(desk.studio.exporting.finished):
        desk.click(panel.export_button)
    text = (root / "art/sprites/a_red_potion_frames.tres").read_text()
    assert text.count("SubResource(") == 2
    # A click on one is one again.
    desk.to_window()
    desk.click_item(strip, 2)
    assert len(strip.several) == 1
    desk.click_item(strip, 0, SHIFT)
    desk.press(Qt.Key.Key_Escape)
    assert not strip.several and desk.window.viewer.shown.is_live


def test_eight_poses_are_drawn_with_progress_packed_and_played(desk: Desk):
    words(desk)
    desk.open_panel()
    root = desk.open_project("unreal")
    panel, exporting = desk.panel, desk.studio.exporting
    desk.press(Qt.Key.Key_H, ALT)
    desk.ready()
    assert "No pictures are chosen" in panel.status.text()
    desk.press(Qt.Key.Key_O, ALT)  # poses, and the library at once
    choose_poses(desk, 1, 8)
    assert "8 frames are drawn first" in panel.status.text()
    assert page(desk).source.draw.text().replace("&", "") == "Draw 8"
    said: list[str] = []
    exporting.changed.connect(lambda: said.append(panel.status.text()))
    with desk.qtbot.waitSignal(exporting.finished):
        desk.press(Qt.Key.Key_Return)
    assert desk.moves <= 9
    assert any(text.startswith("Drawing frame 3 of 8") for text in said)
    sheet = json.loads((root / "SourceArt/Sprites/AKnight.paper2dsprites").read_text())
    assert list(sheet["frames"]) == [f"{pose}_0" for pose in pose_names()[1:9]]
    # Again: nothing is drawn anew, and no byte is another.
    was, drawn = tree(root), len(desk.engine.requests)
    desk.ready()
    desk.to_window()
    with desk.qtbot.waitSignal(exporting.finished):
        desk.press(Qt.Key.Key_E, CONTROL | SHIFT)
    assert tree(root) == was and len(desk.engine.requests) == drawn
    # And played, each frame as long as the sheet says.
    desk.ready()
    desk.open_panel()
    desk.ready()
    desk.click(page(desk).source.in_rows)
    desk.ready()
    preview = panel.side.preview
    assert isinstance(preview, SheetPreview) and len(preview.cells) == 8
    desk.click(panel.side.play)
    seen: set[int] = set()

    def all_seen() -> bool:
        seen.add(preview.current)
        return len(seen) >= 5

    desk.qtbot.waitUntil(all_seen)
    panel.hide()
    assert not preview._timer.isActive()


def test_a_kind_that_cannot_be_cut_out_is_refused_before_it_is_drawn(desk: Desk):
    words(desk)
    desk.studio.set_setting("kind", "scene")
    desk.open_panel()
    desk.open_project("godot")
    desk.press(Qt.Key.Key_H, ALT)
    desk.press(Qt.Key.Key_O, ALT)
    choose_poses(desk, 0, 2)
    panel, source = desk.panel, page(desk).source
    assert "Nothing can be cut out of a picture of the kind scene" in panel.status.text()
    assert not panel.export_button.isEnabled() and not source.draw.isEnabled()
    desk.studio.set_setting("kind", "isolated")
    desk.ready()
    assert source.draw.text().replace("&", "") == "Draw 3" and source.draw.isEnabled()
    assert not desk.engine.requests


def test_escape_cancels_the_drawing_and_the_panel_stays(desk: Desk):
    words(desk)
    desk.open_panel()
    root = desk.open_project("godot")
    was = tree(root)
    exporting = desk.studio.exporting
    desk.press(Qt.Key.Key_H, ALT)
    desk.press(Qt.Key.Key_O, ALT)
    choose_poses(desk, 0, 20)
    released: list[bool] = []

    def slowly(count: int) -> None:
        while len(desk.engine.requests) >= 3 and not released:
            QTest.qSleep(2)

    desk.engine.at_frame = slowly
    desk.press(Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: len(desk.engine.requests) == 3)
    assert desk.panel.close_button.text() == "Cancel" and desk.panel.progress.isVisible()
    desk.press(Qt.Key.Key_Escape)
    released.append(True)
    desk.ready()
    assert desk.panel.isVisible() and tree(root) == was
    assert not exporting.under_way and desk.panel.close_button.text() == "Close"
    assert "frames are drawn first" in desk.panel.status.text()
    desk.press(Qt.Key.Key_Escape)
    assert not desk.panel.isVisible()


def test_a_range_of_seeds_columns_and_names_are_typed(desk: Desk):
    words(desk)
    desk.open_panel()
    root = desk.open_project("godot")
    desk.click(desk.panel.kinds["sheet"])
    source = page(desk).source
    desk.click(source.buttons["seeds"])
    desk.ready()
    for field, text in (
        (source.first, "7"),
        (source.count, "3"),
        (page(desk).fields["columns"], "2"),
        (page(desk).fields["fps"], "12"),
    ):
        field.setFocus()
        field.selectAll()  # pyright: ignore[reportAttributeAccessIssue]
        desk.qtbot.keyClicks(field, text)
        desk.press(Qt.Key.Key_Return)
    for name, text in (("animation", "idle"), ("frame_names", "f{seed}")):
        page(desk).fields[name].setFocus()
        desk.qtbot.keyClicks(page(desk).fields[name], text)
    desk.click(page(desk).fields["loop"])
    desk.click(page(desk).fields["texts.aseprite"])
    desk.click(page(desk).fields["texts.texturepacker"])
    desk.ready()
    with desk.qtbot.waitSignal(desk.studio.exporting.finished):
        desk.click(desk.panel.export_button)
    assert [request.seed for request in desk.engine.requests] == [7, 8, 9]
    for name in ("a_knight.json", "a_knight_aseprite.json"):
        assert (root / "art/sprites" / name).exists()
    text = (root / "art/sprites/a_knight_frames.tres").read_text()
    assert '&"idle"' in text and '"speed": 12.0' in text and '"loop": 0' in text
    desk.ready()
    desk.open_panel()
    desk.ready()
    # A template that would call all frames by one name is refused where one looks.
    field = page(desk).fields["frame_names"]
    field.setFocus()
    field.selectAll()  # pyright: ignore[reportAttributeAccessIssue]
    desk.qtbot.keyClicks(field, "frame")
    desk.ready()
    assert "share a name" in desk.panel.status.text()
    assert not desk.panel.export_button.isEnabled()


def test_a_preset_is_saved_chosen_and_removed_in_the_panel(desk: Desk):
    desk.draw()
    desk.open_panel()
    root = desk.open_project("godot")
    panel, bar = desk.panel, desk.panel.place.presets
    desk.click(panel.kinds["sprite"])
    desk.ready()
    assert not bar.list.isEnabled() and not bar.remove.isEnabled()
    desk.click(bar.save)
    dialog = bar.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue("Small things")
    with desk.qtbot.waitSignal(desk.studio.exporting.presets.changed):
        dialog.accept()
    assert bar.list.currentText() == "Small things" and bar.remove.isEnabled()
    desk.click(panel.kinds["picture"])
    desk.ready()
    assert bar.list.currentText() == ""
    QTest.keyClick(bar.list, Qt.Key.Key_Down)
    desk.ready()
    assert panel.kinds["sprite"].isChecked()
    with desk.qtbot.waitSignal(desk.studio.exporting.presets.changed):
        desk.click(bar.remove)
    assert not read_remembered(root).presets and bar.list.count() == 0
    message = desk.window.message_bar
    assert message._title.text() == "Removed the export preset Small things"
    with desk.qtbot.waitSignal(desk.studio.exporting.presets.changed):
        desk.click(message.action)
    assert bar.list.itemText(0) == "Small things"


def test_a_template_shows_what_comes_of_it_and_what_is_wrong_with_it(desk: Desk):
    desk.draw()
    desk.open_panel()
    root = desk.open_project("unreal")
    panel = desk.panel
    desk.click(panel.manners.pages[1])
    naming = panel.naming
    assert naming.isVisible() and naming.template.placeholderText() == "T_{name}{version}{role}"
    assert naming.result.text() == "T_ARedPotion_D.png"
    naming.template.setFocus()
    desk.qtbot.keyClicks(naming.template, "tex_{name}{version}{role}")
    desk.ready()
    assert naming.result.text() == "tex_ARedPotion_D.png"
    naming.template.selectAll()
    desk.qtbot.keyClicks(naming.template, "{name}")
    desk.ready()
    assert "without {role} and {version}" in panel.status.text()
    naming.template.clear()
    desk.qtbot.keyClicks(naming.template, "{name}{version}{role}")
    desk.ready()
    with desk.qtbot.waitSignal(desk.studio.exporting.finished):
        desk.click(panel.export_button)
    assert (root / "SourceArt/Pictures/ARedPotion_D.png").exists()


def test_a_sprite_is_signed_with_a_certificate_of_this_machine(desk: Desk, tmp_path: Path):
    pytest.importorskip("c2pa", reason="underpaint[c2pa] is not installed")
    signer = made_signer()
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(signer.certificate)
    key.write_bytes(signer.key)
    desk.draw()
    desk.open_panel()
    root = desk.open_project("godot")
    panel, page = desk.panel, desk.panel.signature
    desk.click(panel.manners.pages[2])
    desk.click(page.sign)
    desk.ready()
    assert "no certificate" in panel.status.text() and not panel.export_button.isEnabled()
    assert panel.side.check.text()  # what would be written is shown all the same
    for field, path in ((page.certificate, certificate), (page.key, key)):
        field.setFocus()
        desk.qtbot.keyClicks(field, str(path))
        desk.press(Qt.Key.Key_Tab)
    desk.ready()
    assert "all or nothing" in panel.status.text()
    with desk.qtbot.waitSignal(desk.studio.exporting.finished):
        desk.click(panel.export_button)
    shipped = root / "art/pictures/a_red_potion.png"
    assert inspect_file(shipped).c2pa
    assert str(tmp_path / "key.pem") not in (root / ".underpaint/last.json").read_text()
    was = tree(root)
    desk.ready()
    desk.to_window()
    with desk.qtbot.waitSignal(desk.studio.exporting.finished):
        desk.press(Qt.Key.Key_E, CONTROL | SHIFT)
    assert tree(root) == was


def test_without_the_library_one_sentence_says_what_to_install(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("studio_app.ui.export.signature_page.is_installed", lambda: False)
    desk.draw()
    desk.open_panel()
    desk.open_project("godot")
    page = desk.panel.signature
    desk.click(desk.panel.manners.pages[2])
    assert page.said.text() == "To sign, install one more package: pip install 'underpaint[c2pa]'"
    assert not page.sign.isEnabled() and not page.certificate.isEnabled()
    assert desk.panel.export_button.isEnabled()
    assert signing.is_installed() in (True, False)


def test_nothing_in_the_panel_moves_when_another_kind_is_chosen(desk: Desk):
    desk.draw()
    desk.open_panel()
    desk.open_project("godot")
    places = set()
    for button in desk.panel.kinds.values():
        desk.click(button)
        desk.ready()
        QApplication.processEvents()
        places.add(
            (desk.panel.manners.y(), desk.panel.size().toTuple(), button.mapTo(desk.panel, button.rect().topLeft()).y())
        )  # fmt: skip
    assert len(places) == 1, places


def test_a_small_window_shows_nine_files_and_frames_are_offered_to_a_sheet_alone(desk: Desk):
    desk.draw()
    desk.window.resize(1024, 700)
    desk.open_panel()
    desk.open_project("godot")
    panel, frames = desk.panel, desk.panel.manners.pages[FRAMES]
    desk.click(panel.kinds["texture"])
    desk.ready()
    QApplication.processEvents()
    assert not frames.isEnabled() and frames.toolTip() == "Only a sheet has frames."
    files = panel.list.files
    item = files.topLevelItem(0)
    assert item is not None
    row = files.visualItemRect(item).height()
    assert files.viewport().height() >= 9 * row
    foot = panel.side.preview.geometry().bottom()
    assert panel.side.grounds["checker"].y() > foot
    desk.click(panel.kinds["sheet"])
    desk.ready()
    assert panel.frames.isVisible() and not panel.list.isVisible()
    assert "No pictures are chosen" in panel.status.text()
    assert not panel.status.property("level")  # nothing has failed yet
    desk.click(panel.kinds["sprite"])
    desk.ready()
    assert panel.list.isVisible() and not panel.frames.isVisible()


def test_everything_of_a_sheet_can_be_told_by_name(desk: Desk):
    desk.open_panel()
    desk.open_project("godot")
    for of in page(desk).source.buttons:
        desk.studio.exporting.choose(kind="sheet", source={"of": of})
        desk.ready()
    unnamed = [
        field for field in fields(desk.panel)  # pyright: ignore[reportArgumentType]
        if not (field.accessibleName() or getattr(field, "text", str)() or field.toolTip())
    ]  # fmt: skip
    assert not unnamed
