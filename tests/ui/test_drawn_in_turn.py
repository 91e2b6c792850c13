"""Lists whose small pictures follow them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem
from pytestqt.qtbot import QtBot

from studio_app.ui import drawn_in_turn
from studio_app.ui.canvas.pose_picker import PosePicker
from studio_app.ui.canvas.scene_bar import ReadyPicker
from studio_app.ui.drawn_in_turn import draw_in_turn


def test_the_window_has_its_turn_between_two_pictures(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(drawn_in_turn, "TURN_S", 0.0)
    view = QListWidget()
    view.setIconSize(QSize(8, 8))
    qtbot.addWidget(view)
    drawn: list[int] = []

    def draw(row: int) -> QIcon:
        drawn.append(row)
        return QIcon(QPixmap(8, 8))

    items = [QListWidgetItem(str(row)) for row in range(4)]
    for item in items:
        view.addItem(item)
    draw_in_turn(view, [(item, lambda row=row: draw(row)) for row, item in enumerate(items)])
    assert drawn == [0]
    assert not any(item.icon().isNull() for item in items)  # their places are kept free
    view.takeItem(2)  # one that is removed meanwhile
    qtbot.waitUntil(lambda: drawn == [0, 1, 2, 3])


@pytest.mark.parametrize("picker", [PosePicker, ReadyPicker])
def test_poses_and_ready_scenes_are_listed_before_they_are_drawn(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, picker: type[PosePicker] | type[ReadyPicker]
):
    monkeypatch.setattr(drawn_in_turn, "TURN_S", 0.0)
    popup = picker()
    qtbot.addWidget(popup)
    side = popup.list.iconSize().width()

    def pictured() -> int:
        images = (popup.list.item(row).icon().pixmap(side).toImage() for row in range(names))
        return sum(
            any(image.pixelColor(x, side // 2).alpha() for x in range(side)) for image in images
        )

    names = popup.list.count()
    assert names >= 4
    assert pictured() == 1
    qtbot.waitUntil(lambda: pictured() == names)
