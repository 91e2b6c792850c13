"""While other work is on its way, nothing is drawn or typed: it would be in the one drawing or the other, by chance."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QInputMethodEvent, QKeyEvent, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QWidget,
)

from studio_app.session.studio import Studio
from studio_app.ui import theme

LATE_MS = 250
"""What is there sooner is not worth a look."""
MOST_WIDTH = 420
"""Pixels of what is said."""
_SHADE = 0.55
_KINDS = QEvent.Type
_HELD = frozenset((
    _KINDS.MouseButtonPress, _KINDS.MouseButtonDblClick, _KINDS.MouseMove, _KINDS.Wheel,
    _KINDS.TabletPress, _KINDS.TabletMove, _KINDS.TouchBegin, _KINDS.TouchUpdate, _KINDS.NativeGesture,
    _KINDS.ContextMenu, _KINDS.DragEnter, _KINDS.DragMove, _KINDS.Drop, _KINDS.Shortcut,
))  # fmt: skip
"""What ends something, a button or a key that goes up, is heard by whoever heard it begin."""


class Hold(QWidget):
    """Over the whole window from the moment that other work is asked for until it is there, or does not come; seen once
    that has taken long. Holds up every window of the studio. Escape and its button give the other work up.

    What is typed into a field meanwhile is kept: it is typed into the work that comes.
    """

    def __init__(self, window: QMainWindow, studio: Studio) -> None:
        super().__init__(window)
        self._window, self._studio = window, studio
        self._kept: list[tuple[QWidget, QEvent]] = []
        self._came = self.holding = False
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)  # names come from files
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedSize(120, theme.UNIT)
        bar.setAccessibleName(self.tr("It is on its way"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cancel.setToolTip(self.tr("The drawing of now stays (Escape)"))
        self.cancel.clicked.connect(studio.files.give_up)
        self.card = QFrame(self)
        theme.set_role(self.card, "message", level="notice")
        row = QHBoxLayout(self.card)
        row.setContentsMargins(2 * theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        row.setSpacing(2 * theme.UNIT)
        for part in (self.said, bar, self.cancel):
            row.addWidget(part)
        self.card.hide()
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(LATE_MS)
        self._late.timeout.connect(self._show_card)
        studio.changing.connect(self._on_changing)
        studio.work_changed.connect(self._on_work)
        self.setCursor(Qt.CursorShape.BusyCursor)
        self.hide()

    # ---- inside ----

    def _on_changing(self, text: str) -> None:
        if text:
            self._begin(text)
        elif self.holding:
            self._end()

    def _begin(self, text: str) -> None:
        self._came, self.holding = False, True
        middle = Qt.TextElideMode.ElideMiddle
        self.said.setText(self.fontMetrics().elidedText(f"{text}…", middle, MOST_WIDTH))
        self.setAccessibleName(text)
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
        self._late.start()
        _application().installEventFilter(self)

    def _end(self) -> None:
        self.holding = False
        _application().removeEventFilter(self)
        self._late.stop()
        self.card.hide()
        self.hide()
        kept, self._kept = self._kept, []
        for field, event in kept if self._came else ():
            QApplication.sendEvent(field, event)

    def _on_work(self) -> None:
        self._came = True

    def _show_card(self) -> None:
        self.card.adjustSize()
        self.card.show()
        self._place_card()
        self.update()

    def _place_card(self) -> None:
        self.card.move(self.rect().center() - self.card.rect().center())

    def _key(self, receiver: QObject, event: QEvent) -> None:
        """Escape, or what is meant for a field."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._studio.files.give_up()
        elif isinstance(receiver, QWidget) and receiver.testAttribute(
            Qt.WidgetAttribute.WA_InputMethodEnabled
        ):
            self._kept.append((receiver, cast("QKeyEvent | QInputMethodEvent", event).clone()))

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == _KINDS.Resize and watched is self._window:
            self.setGeometry(self._window.rect())
            self._place_card()
        if kind in (_KINDS.KeyPress, _KINDS.InputMethod) and isinstance(watched, QWidget):
            self._key(watched, event)
            return True
        if kind not in _HELD or not isinstance(watched, QWidget | QAction | QShortcut):
            return False
        own = isinstance(watched, QWidget) and (watched is self or self.isAncestorOf(watched))
        return not own

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.card.isVisible():
            with QPainter(self) as painter:
                shade = theme.colour("pasteboard")
                shade.setAlphaF(_SHADE)
                painter.fillRect(event.rect(), shade)


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application
