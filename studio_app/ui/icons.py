"""Lucide icons (ISC, resources/icons) in the colours of the theme."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QToolButton, QWidget

from studio_app.core.resources import resources_dir
from studio_app.ui import theme

SIZE = 16
"""Logical pixels of an icon in a button."""
_SIDES = (16, 32)  # the second for screens of twice the density
_NAME, _TINT = "icon_name", "icon_tint"


@cache
def _icon(name: str, tint: str, theme_name: str) -> QIcon:
    svg = _svg(name)
    made = QIcon()
    for mode, state, colour in (
        (QIcon.Mode.Normal, QIcon.State.Off, tint),
        (QIcon.Mode.Normal, QIcon.State.On, "accent" if tint == "text" else tint),
        (QIcon.Mode.Disabled, QIcon.State.Off, "text_disabled"),
    ):
        for side in _SIDES:
            made.addPixmap(_drawn(svg, theme.colour(colour), side), mode, state)
    return made


def icon(name: str, tint: str = "text") -> QIcon:
    """The icon `name` (a file of resources/icons, without .svg), in the colour `tint` of the theme."""
    return _icon(name, tint, theme.current().name)


def pixmap(name: str, side: int, tint: str = "text", ratio: float = 1.0) -> QPixmap:
    """One icon as a pixmap of `side` logical pixels at the device pixel ratio `ratio`."""
    drawn = _drawn(_svg(name), theme.colour(tint), round(side * ratio))
    drawn.setDevicePixelRatio(ratio)
    return drawn


def set_icon(target: QAction | QAbstractButton, name: str, tint: str = "text") -> None:
    """Gives an action or a button its icon, and remembers which, for `refresh`."""
    target.setProperty(_NAME, name)
    target.setProperty(_TINT, tint)
    target.setIcon(icon(name, tint))
    if isinstance(target, QAbstractButton):
        target.setIconSize(QSize(SIZE, SIZE))


def refresh(root: QObject) -> None:
    """Draws all icons under `root` in the colours of the theme as it is now."""
    for kind in (QAction, QAbstractButton):
        for target in root.findChildren(kind):
            name = target.property(_NAME)
            if name:
                target.setIcon(icon(name, target.property(_TINT)))


def icon_button(name: str, text: str, parent: QWidget | None = None) -> QToolButton:
    """A flat button that shows an icon only; `text` is its tooltip and its name for a screen reader."""
    button = QToolButton(parent)
    set_icon(button, name)
    button.setAutoRaise(True)
    button.setText(text)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setToolTip(text)
    button.setAccessibleName(text)
    return button


def _svg(name: str) -> str:
    return (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def _drawn(svg: str, colour: QColor, side: int) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", colour.name()).encode()))
    drawn = QPixmap(side, side)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return drawn
