"""Contrast, neutrality, and that every token the stylesheet asks for is there."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio_app.core.resources import resources_dir
from studio_app.ui import theme


def luminance(colour: QColor) -> float:
    """Relative luminance, WCAG 2.2."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(v) for v in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", theme.THEMES)
@pytest.mark.parametrize("ground", ["window", "panel", "field", "raised", "hover", "pasteboard"])
def test_text_can_be_read_on_every_ground(name: theme.ThemeName, ground: str):
    chosen = theme.load(name)
    assert contrast(chosen.colour("text"), chosen.colour(ground)) >= 7
    if ground != "hover":
        assert contrast(chosen.colour("text_muted"), chosen.colour(ground)) >= 4.5


@pytest.mark.parametrize("name", theme.THEMES)
def test_the_accent_can_be_told_from_the_grounds(name: theme.ThemeName):
    chosen = theme.load(name)
    for ground in ("window", "panel", "field", "raised"):
        assert contrast(chosen.colour("accent"), chosen.colour(ground)) >= 3
        assert contrast(chosen.colour("danger"), chosen.colour(ground)) >= 3
    assert contrast(chosen.colour("accent_text"), chosen.colour("accent")) >= 4.5


@pytest.mark.parametrize("name", theme.THEMES)
def test_the_greys_have_no_tint(name: theme.ThemeName):
    chosen = theme.load(name)
    for token in set(chosen.colours) - {"accent", "accent_text", "danger"}:
        assert chosen.colour(token).hslSaturation() == 0, token


def test_both_themes_have_the_same_tokens_and_the_stylesheet_asks_for_no_other():
    dark, light = (theme.load(name).colours for name in theme.THEMES)
    assert dark.keys() == light.keys()
    sheet = (resources_dir() / "theme" / "studio.qss").read_text(encoding="utf-8")
    assert set(re.findall(r"\$(\w+)", sheet)) <= {*dark, "icons"}
    for name in theme.THEMES:
        for file in re.findall(r"\$icons/([\w.-]+)", sheet):
            assert (resources_dir() / "theme" / name / file).is_file()


def test_applying_changes_the_palette_and_what_is_current(qtbot: QtBot):
    theme.apply("light")
    assert theme.current().name == "light"
    window = QApplication.palette().color(QPalette.ColorRole.Window)
    assert window == theme.colour("window")
    theme.apply("dark")
    assert QApplication.palette().color(QPalette.ColorRole.Window).lightness() < 80
    assert QApplication.font().family() == "Inter"
