"""From a fresh document into a Godot, a Unity and an Unreal project, in few moves, and again by one key.

On the checkpoint that the studio ships: the potion has to be cut out, and the bricks to have maps.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from studio_app.cli import main
from studio_app.document.newcomers import pose_names
from studio_app.export.ledger import verify
from studio_app.ui import asking
from studio_app.ui.export.sheet_page import SheetPage
from tests.export_desk import ALT, CONTROL, SHIFT, Desk, tree

MODEL = "underpaint-256"
MOST_MOVES = 9
"""Keys and clicks, from the picture to the files in the project."""


@pytest.fixture
def hands(
    open_desk: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, Any], str], Desk]:
    """`hands(knobs, words)`: a fresh document with these, whose picture is there."""
    monkeypatch.setattr(asking, "folders", {})

    def sit_down(knobs: dict[str, Any], words: str) -> Desk:
        opened = open_desk(model=MODEL)
        opened.studio.set_settings({**knobs, "seed": 3, "seed_locked": True})
        opened.finished(lambda: opened.type(words))
        opened.calm()
        return Desk(opened.qtbot, opened.studio, opened.window, None, tmp_path)

    return sit_down


def exported(desk: Desk, action: Callable[[], object]) -> None:
    with desk.qtbot.waitSignal(desk.studio.exporting.finished, timeout=240_000):
        action()
    desk.ready()


def again_changes_nothing(desk: Desk, root: Path) -> None:
    was = tree(root)
    desk.to_window()
    exported(desk, lambda: desk.press(Qt.Key.Key_E, CONTROL | SHIFT))
    assert tree(root) == was
    checked = verify(root)
    assert not checked.problems and not checked.changed


def reported(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["ledger", "report", str(root)]) == 0
    return capsys.readouterr().out.replace("\\", "")  # Markdown's own escapes


def test_a_potion_lies_with_clean_alpha_in_a_godot_project(
    hands: Callable[..., Desk], capsys: pytest.CaptureFixture[str]
):
    desk = hands({"kind": "isolated"}, "a red glass potion")
    desk.open_panel()
    root = desk.open_project("godot")
    desk.press(Qt.Key.Key_S, ALT)
    desk.ready()
    exported(desk, lambda: desk.press(Qt.Key.Key_Return))
    assert desk.moves <= MOST_MOVES
    place = root / "art/sprites/a_red_glass_potion.png"
    with Image.open(place) as picture:
        rgba = np.asarray(picture)
    alpha = rgba[..., 3]
    border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    assert border.max() == 0 and (alpha == 255).mean() > 0.2
    assert ((alpha > 0) & (alpha < 255)).mean() < 0.15
    solid = rgba[alpha == 255][:, :3].mean(0)
    assert solid[0] > 1.5 * max(solid[1], solid[2])  # it is red, and not the grey behind it
    assert place.with_name(place.name + ".import").exists()
    again_changes_nothing(desk, root)
    assert "a_red_glass_potion" in reported(root, capsys)


def test_bricks_lie_as_a_texture_set_in_a_unity_project(
    hands: Callable[..., Desk], capsys: pytest.CaptureFixture[str]
):
    desk = hands({"kind": "texture", "tile": (True, True)}, "old red bricks")
    desk.open_panel()
    root = desk.open_project("unity")
    desk.press(Qt.Key.Key_T, ALT)
    desk.ready()
    assert "none is seen" in desk.panel.side.check.text()
    exported(desk, lambda: desk.press(Qt.Key.Key_Return))
    assert desk.moves <= MOST_MOVES
    folder = root / "Assets/Art/Textures"
    for name in ("Albedo", "Normal", "Height", "Occlusion", "MaskMap"):
        assert (folder / f"OldRedBricks_{name}.png").exists()
        assert (folder / f"OldRedBricks_{name}.png.meta").exists()
    with Image.open(folder / "OldRedBricks_Normal.png") as picture:
        blue = np.asarray(picture)[..., 2]
    assert blue.mean() > 180
    again_changes_nothing(desk, root)
    assert "OldRedBricks" in reported(root, capsys)


def test_a_sheet_of_eight_poses_lies_in_an_unreal_project(
    hands: Callable[..., Desk], capsys: pytest.CaptureFixture[str]
):
    desk = hands({"kind": "isolated"}, "a knight")
    desk.open_panel()
    root = desk.open_project("unreal")
    desk.press(Qt.Key.Key_H, ALT)
    desk.ready()
    desk.press(Qt.Key.Key_O, ALT)
    page = desk.panel.options.pages["sheet"]
    assert isinstance(page, SheetPage) and page.source.picker is not None
    desk.click_item(page.source.picker.list, 1)
    desk.click_item(page.source.picker.list, 8, SHIFT)
    desk.press(Qt.Key.Key_Return)
    desk.ready()
    exported(desk, lambda: desk.press(Qt.Key.Key_Return))
    assert desk.moves <= MOST_MOVES
    sheet = json.loads((root / "SourceArt/Sprites/AKnight.paper2dsprites").read_text())
    assert list(sheet["frames"]) == [f"{pose}_0" for pose in pose_names()[1:9]]
    with Image.open(root / "SourceArt/Sprites/T_AKnight_D.png") as picture:
        assert picture.size == (sheet["meta"]["size"]["w"], sheet["meta"]["size"]["h"])
        cells = [
            np.asarray(picture)[f["y"] : f["y"] + f["h"], f["x"] : f["x"] + f["w"]]
            for f in (frame["frame"] for frame in sheet["frames"].values())
        ]
    assert all((cell[..., 3] == 255).mean() > 0.1 for cell in cells)
    # The poses are others: none of the cells is another one.
    assert len({(cell.shape, cell.tobytes()) for cell in cells}) == 8
    assert (root / "SourceArt/Sprites/import_AKnight.py").exists()
    again_changes_nothing(desk, root)
    assert "AKnight" in reported(root, capsys)
