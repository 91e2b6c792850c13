"""The icons exist, take the theme's colour, and their buttons have names."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtGui import QIcon
from pytestqt.qtbot import QtBot

from studio_app import ui
from studio_app.core.resources import resources_dir
from studio_app.ui import icons, theme


def test_an_icon_has_the_colour_of_the_theme(qtbot: QtBot):
    button = icons.icon_button("x", "Close")
    qtbot.addWidget(button)
    seen = set()
    for name in theme.THEMES:
        theme.apply(name)
        icons.refresh(button)
        icons.set_icon(button, "x")
        image = button.icon().pixmap(32, 32).toImage()
        colours = {image.pixelColor(x, y).name() for x in range(32) for y in range(32)
                   if image.pixelColor(x, y).alpha() == 255}  # fmt: skip
        assert theme.colour("text").name() in colours
        seen.add(frozenset(colours))
    assert len(seen) == 2
    theme.apply("dark")


def test_refresh_finds_buttons_and_actions_below(qtbot: QtBot):
    theme.apply("dark")
    button = icons.icon_button("lock", "Lock")
    qtbot.addWidget(button)
    before = button.icon().cacheKey()
    parent = icons.icon_button("x", "Parent")
    qtbot.addWidget(parent)
    button.setParent(parent)
    theme.apply("light")
    icons.refresh(parent)
    assert button.icon().cacheKey() != before
    theme.apply("dark")


def test_a_disabled_icon_is_fainter(qtbot: QtBot):
    theme.apply("dark")
    made = icons.icon("lock")
    normal, faint = (
        made.pixmap(32, mode).toImage().pixelColor(16, 13).lightness()
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled)
    )
    assert faint <= normal


def test_an_icon_button_says_what_it_is(qtbot: QtBot):
    button = icons.icon_button("dices", "Throw another seed")
    qtbot.addWidget(button)
    assert button.accessibleName() == button.toolTip() == "Throw another seed"


def test_all_icons_are_drawn_in_the_current_colour():
    folder = resources_dir() / "icons"
    assert (folder / "LICENSE").is_file()
    for path in folder.glob("*.svg"):
        assert "currentColor" in path.read_text(encoding="utf-8"), path.name


def test_every_icon_is_shown_somewhere():
    texts = [path.read_text(encoding="utf-8") for path in Path(ui.__path__[0]).rglob("*.py")]
    texts.append((resources_dir() / "theme" / "studio.qss").read_text(encoding="utf-8"))
    shown = set(re.findall(r'["/]([a-z0-9-]+)(?:\.svg)?"', "".join(texts)))
    assert {path.stem for path in (resources_dir() / "icons").glob("*.svg")} <= shown
