"""Dark and light: the tokens of resources/theme as a palette, one stylesheet and one font.

The grey is neutral, without tint, so that nothing beside a picture changes how its colours look; one accent.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cache
from string import Template
from typing import Literal

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_object
from studio_app.core.resources import font_file, resources_dir

ThemeName = Literal["dark", "light"]
THEMES: tuple[ThemeName, ...] = ("dark", "light")
UNIT = 8
"""Pixels of the grid that every margin and gap is a multiple (or half) of."""
SMALL, NORMAL, LARGE = 11, 13, 16
"""The three font sizes, in pixels."""

_FONTS = ("Inter-Regular", "Inter-SemiBold")
_DRESSED = "dressed"
"""Property of an application that has style and font already."""


@dataclass(frozen=True)
class Theme:
    """name: "dark" or "light". colours: token -> "#rrggbb"."""

    name: ThemeName
    colours: dict[str, str]

    def colour(self, token: str) -> QColor:
        return QColor(self.colours[token])


class _Current:
    theme: Theme | None = None


def current() -> Theme:
    """The theme that was applied last; dark before any was."""
    if _Current.theme is None:
        _Current.theme = load("dark")
    return _Current.theme


def colour(token: str) -> QColor:
    """A colour of the current theme, by its token ("pasteboard", "accent", ...)."""
    return current().colour(token)


@cache
def load(name: ThemeName) -> Theme:
    """The tokens of a theme. Raises StudioError if its file is gone or broken."""
    path = resources_dir() / "theme" / f"{name}.json"
    try:
        colours = read_object(path)["colours"]
    except (StudioError, KeyError) as error:
        raise StudioError("The theme is missing", str(error), "Install Underpaint again.") from None
    return Theme(name, {str(key): str(value) for key, value in colours.items()})


def apply(name: ThemeName) -> None:
    """Makes `name` the look of the whole application."""
    theme = load(name)
    _Current.theme = theme
    folder = (resources_dir() / "theme" / name).as_posix()
    text = (resources_dir() / "theme" / "studio.qss").read_text(encoding="utf-8")
    sheet = Template(text).substitute(theme.colours, icons=folder)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    if application.styleSheet() == sheet and application.palette() == palette(theme):
        return  # every widget there is would be polished again, four times
    if not application.property(_DRESSED):  # each of them polishes every widget again
        QApplication.setStyle("Fusion")
        QApplication.setFont(_font())
        application.setProperty(_DRESSED, True)
    QApplication.setPalette(palette(theme))
    application.setStyleSheet(sheet)


def palette(theme: Theme) -> QPalette:
    """All roles of a theme, for what the stylesheet leaves to Fusion."""
    made = QPalette()
    roles = QPalette.ColorRole
    tokens = {
        roles.Window: "window",
        roles.WindowText: "text",
        roles.Base: "field",
        roles.AlternateBase: "panel",
        roles.Text: "text",
        roles.PlaceholderText: "text_disabled",
        roles.Button: "raised",
        roles.ButtonText: "text",
        roles.BrightText: "danger",
        roles.ToolTipBase: "raised",
        roles.ToolTipText: "text",
        roles.Light: "hover",
        roles.Midlight: "raised",
        roles.Mid: "line",
        roles.Dark: "field",
        roles.Shadow: "pasteboard",
        roles.Highlight: "accent",
        roles.HighlightedText: "accent_text",
        roles.Accent: "accent",
        roles.Link: "accent",
        roles.LinkVisited: "accent",
    }
    for role, token in tokens.items():
        made.setColor(role, theme.colour(token))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, theme.colour("text_disabled"))
    return made


def set_role(widget: QWidget, role: str, **properties: str) -> None:
    """Marks a widget for the stylesheet (`role`, and other properties), and has it drawn anew."""
    for name, value in {"role": role, **properties}.items():
        if widget.property(name) == value:
            continue
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def _font() -> QFont:
    # The same shapes on every machine; a missing file leaves the system's own font.
    for name in _FONTS:
        if name not in _loaded_fonts:
            _loaded_fonts.add(name)
            with contextlib.suppress(StudioError):
                QFontDatabase.addApplicationFontFromData(font_file(name).getvalue())
    font = QFont("Inter")
    font.setPixelSize(NORMAL)
    font.setFeature(QFont.Tag("tnum"), 1)  # digits of one width: numbers don't dance
    return font


_loaded_fonts: set[str] = set()
