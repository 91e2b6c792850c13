"""The pivot of a sprite and of a sheet, drawn in the preview."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from studio_app.export.settings import read_remembered
from studio_app.ui import asking, theme
from studio_app.ui.export.preview import SIDE
from studio_app.ui.export.sheet_preview import SheetPreview
from tests.export_desk import CONTROL, LEFT, PLAIN, Desk, window_of_fakes
from tests.fake_pictures import SIDE as PICTURE


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(asking, "folders", {})
    with window_of_fakes(qtbot, tmp_path) as made:
        yield made


def field(desk: Desk) -> QComboBox:
    found = desk.panel.options.pages[desk.studio.exporting.settings.kind].fields["pivot"]
    assert isinstance(found, QComboBox)
    return found


def choose(desk: Desk, data: str) -> None:
    """As with the keys in the closed field."""
    combo = field(desk)
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Home)
    for _ in range(combo.findData(data)):
        QTest.keyClick(combo, Qt.Key.Key_Down)
    desk.ready()
    assert combo.currentData() == data


def drawn(desk: Desk) -> tuple[float, float]:
    pivot = desk.studio.exporting.settings.pivot
    assert isinstance(pivot, tuple)
    return pivot


def accent_at(desk: Desk, at: QPoint, ground: str) -> int:
    """How many pixels around a place have the colour of the cross."""
    preview = desk.panel.side.preview
    desk.click(desk.panel.side.grounds[ground])  # pyright: ignore[reportArgumentType]
    image = preview.grab().toImage()
    ratio = image.width() / preview.width()
    accent = theme.colour("accent").name()
    around = [(at.x() + dx, at.y() + dy) for dx in range(-6, 7) for dy in range(-6, 7)]
    return sum(
        image.pixelColor(round(x * ratio), round(y * ratio)).name() == accent for x, y in around
    )


def test_a_pivot_is_drawn_over_any_ground_nudged_kept_and_given_up(desk: Desk):
    desk.draw()
    desk.open_panel()
    root = desk.open_project("unity")
    panel, exporting = desk.panel, desk.studio.exporting
    desk.click(panel.kinds["sprite"])
    desk.ready()
    preview = panel.side.preview
    assert preview.focusPolicy() == Qt.FocusPolicy.NoFocus
    QTest.mouseClick(preview, LEFT, PLAIN, QPoint(40, 50))
    desk.ready()
    assert exporting.settings.pivot == "centre"  # nothing is drawn unless one says so
    choose(desk, "drawn")
    # It begins where it was: the middle of the disc.
    assert drawn(desk) == pytest.approx((32.5 / PICTURE, 34.5 / PICTURE), abs=0.02)
    place = preview._place()
    foot = QPoint(round(place.center().x()), round(place.top() + 0.75 * place.height()))
    QTest.mouseClick(preview, LEFT, PLAIN, foot)
    desk.ready()
    made = exporting.made
    assert made is not None and made.asset.pivot[1] == pytest.approx(0.75, abs=0.5 / made.size[1])
    x, y = drawn(desk)
    assert y * PICTURE == pytest.approx(round(y * PICTURE), abs=1e-3)  # on a whole pixel
    assert field(desk).currentText() == f"{x:.3g},{y:.3g}"
    corner = QPoint(round(place.x()) + 20, round(place.y()) + 20)
    grounds = ("black", "white", "checker")
    assert [accent_at(desk, corner, ground) for ground in grounds] == [0, 0, 0]
    QTest.mouseClick(preview, LEFT, PLAIN, corner)
    desk.ready()
    assert all(accent_at(desk, corner, ground) > 10 for ground in grounds)
    QTest.mouseClick(preview, LEFT, PLAIN, foot)
    desk.ready()
    # The arrows move it by a pixel of the picture; Enter exports all the same.
    preview.setFocus()
    desk.press(Qt.Key.Key_Left)
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Down)
    desk.ready()
    assert drawn(desk) == pytest.approx((x - 1 / PICTURE, y + 2 / PICTURE), abs=1e-4)
    # A drag goes along, and stays in the picture.
    QTest.mousePress(preview, LEFT, PLAIN, foot)
    QTest.mouseMove(preview, QPoint(SIDE // 2, SIDE + 200))
    assert drawn(desk)[1] == 1.0
    QTest.mouseMove(preview, foot)
    QTest.mouseRelease(preview, LEFT, PLAIN, foot)
    desk.ready()
    assert drawn(desk) == pytest.approx((x, y), abs=1e-4)
    with desk.qtbot.waitSignal(exporting.finished):
        desk.press(Qt.Key.Key_Return)
    last = read_remembered(root).last
    assert last is not None and last.pivot == pytest.approx((x, y), abs=1e-4)
    kept = json.loads((root / ".underpaint/last.json").read_text())["pivot"]
    assert kept == list(last.pivot)
    meta = next(root.rglob("*otion*.png.meta")).read_text()
    pivot = made.asset.pivot
    written = re.search(r"spritePivot: {x: ([\d.]+), y: ([\d.]+)}", meta)
    assert written is not None and "alignment: 9" in meta
    assert [float(part) for part in written.groups()] == pytest.approx(
        [pivot[0], 1 - pivot[1]], abs=1e-3
    )
    # Another choice undoes it, and the preview takes no hands then.
    desk.ready()
    desk.open_panel()
    desk.ready()
    choose(desk, "bottom")
    assert exporting.settings.pivot == "bottom" and field(desk).itemText(2) == "Drawn"
    QTest.mouseClick(preview, LEFT, PLAIN, foot)
    assert exporting.settings.pivot == "bottom"


def test_the_pivot_of_a_sheet_is_drawn_in_any_of_its_cells_for_all(desk: Desk):
    for seed in (1, 2, 3):
        desk.draw(seed=seed)
    desk.to_window()
    strip = desk.window.filmstrip
    desk.click_item(strip, 0)
    for row in (1, 2):
        desk.click_item(strip, row, CONTROL)
    desk.open_panel()
    root = desk.open_project("godot")
    exporting, preview = desk.studio.exporting, desk.panel.side.preview
    desk.click(desk.panel.options.pages["sheet"].fields["texts.texturepacker"])
    desk.ready()
    choose(desk, "drawn")
    made = exporting.made
    assert isinstance(preview, SheetPreview) and made is not None
    cell, place = made.cells[-1], preview._place()
    scale = place.width() / made.size[0]
    at = QPoint(
        round(place.x() + (cell.x + 0.25 * cell.width) * scale),
        round(place.y() + (cell.y + cell.height) * scale),
    )
    QTest.mouseClick(preview, LEFT, PLAIN, at)
    desk.ready()
    made = exporting.made
    assert made is not None and len(made.cells) == 3
    for cell in made.cells:
        assert cell.pivot == pytest.approx((0.25, 1.0), abs=1.5 / cell.width)
        assert cell.in_picture(cell.pivot) == pytest.approx(drawn(desk), abs=1e-4)
    # While it plays every frame stands on it: it can't be drawn then.
    was = drawn(desk)
    desk.click(desk.panel.side.play)
    QTest.mouseClick(preview, LEFT, PLAIN, QPoint(SIDE // 2, 20))
    desk.click(desk.panel.side.play)
    assert drawn(desk) == was
    with desk.qtbot.waitSignal(exporting.finished):
        desk.click(desk.panel.export_button)
    atlas = json.loads((root / "art/sprites/a_red_potion.json").read_text())
    pivots = [frame["pivot"] for frame in atlas["frames"].values()]
    assert len(pivots) == 3 and all(pivot == pivots[0] for pivot in pivots)
