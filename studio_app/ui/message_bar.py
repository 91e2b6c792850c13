"""What went wrong or is worth knowing, over the lower edge of the window's middle; it never moves anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio_app.core.errors import StudioError
from studio_app.session.notices import Notice
from studio_app.ui import icons, theme

NOTICE_MS = 6000
"""A notice goes by itself after this time, but for one that stays until it is closed; an error stays until then too, or
until what failed succeeds."""
MOST_WIDTH = 560
ABOVE_EDGE = 56
"""Pixels between its lower edge and the host's: the room of the canvas's own bar."""


@dataclass(frozen=True)
class Offer:
    """A button of the bar: its text, and what it does."""

    text: str
    act: Callable[[], None]


class MessageBar(QFrame):
    """Floats over `host`. `show_message` takes a StudioError or a Notice, and what to offer with it.

    Of what stays, and is about different things, the newest is shown; once it is over, the one before comes up again.
    """

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._offer: Offer | None = None
        self._shown: StudioError | Notice | None = None
        self._staying: list[tuple[StudioError | Notice, Offer | None]] = []
        theme.set_role(self, "message")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = QLabel()
        self._title = QLabel()
        self._title.setStyleSheet("font-weight: 600;")
        self._text = QLabel()
        for label in (self._title, self._text):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.action = QPushButton(self.tr("More"))
        self.close_button = icons.icon_button("x", self.tr("Close this message (Escape)"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, theme.UNIT, theme.UNIT, theme.UNIT)
        layout.setSpacing(theme.UNIT)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        layout.setAlignment(words, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.action)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NOTICE_MS)
        self._timer.timeout.connect(self.hide)
        self.action.clicked.connect(self._act)
        self.close_button.clicked.connect(self.dismiss)
        host.installEventFilter(self)
        self.hide()

    @property
    def shown(self) -> StudioError | Notice | None:
        """What it says now, or None while it is hidden."""
        return self._shown if self.isVisibleTo(self._host) else None

    def staying(self, about: str) -> StudioError | Notice | None:
        """What is still said about that, on top or under something newer."""
        return next((said for said, _ in self._staying if _about(said) == about), None)

    def show_message(self, said: StudioError | Notice, offer: Offer | None = None) -> None:
        if _stays(said):
            self._staying = [(s, o) for s, o in self._staying if not _replaces(said, s)]
            self._staying.append((said, offer))
        elif _stays(self.shown):
            return  # what goes by itself does not push away what stays
        self._show(said, offer)

    def settle(self, about: str) -> None:
        """That has succeeded: errors about it are over, and what a Notice of that key said until now."""
        if about:
            self._staying = [(s, o) for s, o in self._staying if _about(s) != about]
            if _about(self.shown) == about:
                self._next()

    def dismiss(self) -> None:
        """The artist has read it."""
        self._staying = [(s, o) for s, o in self._staying if s is not self._shown]
        self._next()

    def _next(self) -> None:
        if self._staying:
            self._show(*self._staying[-1])
        else:
            self.hide()

    def _show(self, said: StudioError | Notice, offer: Offer | None) -> None:
        error = isinstance(said, StudioError)
        self._shown, self._offer = said, offer
        detail = (
            " ".join(part for part in (_sentence(said.detail), _sentence(said.hint)) if part)
            if error
            else said.detail
        )
        self._title.setText(said.title)
        self._text.setText(detail)
        self._text.setVisible(bool(detail))
        layout = self.layout()
        assert layout is not None
        flags = Qt.AlignmentFlag
        for side in (
            self._icon,
            self.close_button,
        ):  # beside one line in its middle, else at the first
            layout.setAlignment(side, flags.AlignTop if detail else flags.AlignVCenter)
        self.action.setVisible(offer is not None)
        if offer is not None:
            self.action.setText(offer.text)
        name, token = ("triangle-alert", "danger") if error else ("info", "text_muted")
        self._icon.setPixmap(icons.pixmap(name, 16, token, self.devicePixelRatioF()))
        theme.set_role(self, "message", level="error" if error else "notice")
        self.setAccessibleName(said.title)
        self.setAccessibleDescription(detail)
        self._timer.stop()
        if not _stays(said):
            self._timer.start()
        self.show()
        self.raise_()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _act(self) -> None:
        offer = self._offer
        self.dismiss()
        if offer is not None:
            offer.act()

    def _place(self) -> None:
        width = min(MOST_WIDTH, self._host.width() - 2 * theme.UNIT)
        self.setFixedWidth(max(width, 200))
        layout = self.layout()
        assert layout is not None
        layout.activate()
        height = max(layout.totalHeightForWidth(self.width()), 40)
        self.setFixedSize(QSize(self.width(), height))
        left = (self._host.width() - self.width()) // 2
        self.move(left, self._host.height() - height - ABOVE_EDGE)


def _stays(said: StudioError | Notice | None) -> bool:
    return isinstance(said, StudioError) or (said is not None and said.stays)


def _about(said: StudioError | Notice | None) -> str:
    """What would have to succeed for it to be over."""
    if isinstance(said, StudioError):
        return said.about
    return "" if said is None else said.key


def _replaces(new: StudioError | Notice, old: StudioError | Notice) -> bool:
    """Whether they are about the same thing. Those that are about nothing that could succeed are so by their title."""
    return _about(new) == _about(old) and (bool(_about(new)) or new.title == old.title)


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "!", "?")) else text + "."
