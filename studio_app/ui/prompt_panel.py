"""The two boxes for words: what the picture shows, and what it should not."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from studio_app.core.request import MAX_PROMPT
from studio_app.scene.forms import acting_words
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.focus import hand_back
from studio_app.ui.known_words import KnownWords, Stranger
from studio_app.ui.negative import negative_badge
from studio_app.ui.prompt_marks import StrangerMarks
from studio_app.ui.prompt_text import STEP, PromptHistory, change_weight

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PromptEdit(QPlainTextEdit):
    """A text box whose undo is the studio's. `typed(text, merge)` tells of the artist's changes alone.

    Words that the model does not know have a wave under them; hovering and the menu say what it knows instead.
    """

    typed = Signal(str, bool)
    generate_asked = Signal()

    def __init__(
        self, name: str, placeholder: str, lines: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.history = PromptHistory()
        self.marks = StrangerMarks(self.document())
        self._replacing = False
        self._known = ""
        """The text that was shown or told last: Qt speaks of a change where only waves under words are others."""
        self.setUndoRedoEnabled(False)  # one stack for strokes, knobs and words: the studio's
        self.setTabChangesFocus(True)
        # Lines are wrapped, but Qt shows a bar over the last of them when a long text comes at once.
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name)
        self.document().setDocumentMargin(2)
        height = self.fontMetrics().lineSpacing() * lines + 16
        self.setFixedHeight(height)
        self.textChanged.connect(self._on_text)
        self.cursorPositionChanged.connect(self._on_cursor)

    def show_text(self, text: str) -> None:
        """Shows a text that came from elsewhere, the cursor kept where it was."""
        if text == self.toPlainText():
            self._known = text
            return
        at = self.textCursor().position()
        with QSignalBlocker(self):
            self.setPlainText(text)
        self._known = self.toPlainText()
        cursor = self.textCursor()
        cursor.setPosition(min(at, len(text)))
        self.setTextCursor(cursor)

    def replace_text(self, text: str) -> None:
        """Another text as one step of undo, the cursor at its end."""
        self._replacing = True
        self.setPlainText(text)
        self._replacing = False
        self.moveCursor(QTextCursor.MoveOperation.End)

    def strange_menu(self, place: QPoint) -> QMenu:
        """The menu over a place of the viewport: Qt's own, and before it what to say instead of a stranger."""
        menu = self.createStandardContextMenu()
        stranger = self._stranger_under(place)
        if stranger is not None:
            first = menu.actions()[0]
            action = QAction(self._said_of(stranger), menu)
            action.setEnabled(False)
            menu.insertAction(first, action)
            if stranger.nearest:
                said = self.tr("Say “{word}” instead").format(word=stranger.nearest)
                action = QAction(said, menu)
                action.triggered.connect(lambda: self.exchange(stranger))
                menu.insertAction(first, action)
            menu.insertSeparator(first)
        return menu

    def exchange(self, stranger: Stranger) -> None:
        """Puts the nearest known word in the place of a stranger."""
        if stranger.nearest:
            text = self.toPlainText()
            self.replace_text(text[: stranger.begin] + stranger.nearest + text[stranger.end :])

    def _stranger_under(self, place: QPoint) -> Stranger | None:
        return self.marks.stranger_at(self.cursorForPosition(place).position())

    def _said_of(self, stranger: Stranger) -> str:
        if stranger.nearest:
            said = self.tr("The model doesn't know “{word}”. The nearest it knows is “{nearest}”.")
            return said.format(word=stranger.word, nearest=stranger.nearest)
        return self.tr("The model doesn't know “{word}”.").format(word=stranger.word)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo = event.matches(QKeySequence.StandardKey.Undo)
            if undo or event.matches(QKeySequence.StandardKey.Redo):
                event.ignore()  # so that the window's own action gets it
                return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            stranger = self._stranger_under(event.pos())
            if stranger is not None:
                QToolTip.showText(event.globalPos(), self._said_of(stranger), self.viewport())
                return True
        return super().viewportEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.strange_menu(event.pos())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.marks.set_typing_at(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        alt = (
            event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            == Qt.KeyboardModifier.AltModifier
        )
        up = event.key() == Qt.Key.Key_Up
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and control:
            self._change_weight(STEP if up else -STEP)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and alt:
            self._walk_history(older=up)
        elif event.key() in _ENTER and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.generate_asked.emit()
        elif event.key() == Qt.Key.Key_Escape:
            hand_back(self)
        else:
            super().keyPressEvent(event)

    def _on_text(self) -> None:
        if self.toPlainText() == self._known:
            return
        self._known = self.toPlainText()
        if not self._replacing:
            self.history.leave()
            self.marks.set_typing_at(self.textCursor().position())
        self.typed.emit(self._known, not self._replacing)

    def _on_cursor(self) -> None:
        """The cursor went on: whatever was being typed is done."""
        if self.textCursor().position() != self.marks.typing_at:
            self.marks.set_typing_at(-1)

    def _change_weight(self, by: float) -> None:
        cursor = self.textCursor()
        text, begin, end = change_weight(
            self.toPlainText(), cursor.selectionStart(), cursor.selectionEnd(), by
        )
        if text != self.toPlainText():
            self.setPlainText(text)
        cursor = self.textCursor()
        cursor.setPosition(begin)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _walk_history(self, *, older: bool) -> None:
        text = self.history.older(self.toPlainText()) if older else self.history.newer()
        if text is not None:
            self.replace_text(text)


class PromptPanel(QWidget):
    """Prompt and negative prompt, with the badge that says what the latter does."""

    generate_asked = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.prompt = PromptEdit(self.tr("Prompt"), self.tr("What the picture shows"), 3)
        self.negative = PromptEdit(
            self.tr("Negative prompt"), self.tr("What it should not show"), 2
        )
        self.prompt.setToolTip(
            self.tr(
                "What the picture shows. Ctrl+Up and Ctrl+Down weigh a word, "
                "Alt+Up and Alt+Down recall earlier prompts, Escape goes back to the canvas."
            )
        )
        self.badge = QLabel()
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        policy = self.badge.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing moves when a model comes
        self.badge.setSizePolicy(policy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addWidget(heading(self.tr("Prompt"), self.prompt))
        layout.addWidget(self.prompt)
        layout.addSpacing(theme.UNIT // 2)
        row = QHBoxLayout()
        row.addWidget(heading(self.tr("Negative prompt"), self.negative))
        row.addStretch(1)
        row.addWidget(self.badge)
        layout.addLayout(row)
        layout.addWidget(self.negative)
        for edit, name in ((self.prompt, "prompt"), (self.negative, "negative_prompt")):
            edit.typed.connect(partial(self._on_typed, name))
            edit.generate_asked.connect(self.generate_asked)
        studio.settings_changed.connect(self._show_settings)
        studio.model_changed.connect(self._show_settings)
        studio.model_changed.connect(self._show_words)
        studio.run_finished.connect(self._remember)
        self._show_settings()
        self._show_words()

    def _on_typed(self, name: str, text: str, merge: bool) -> None:
        if len(text) > MAX_PROMPT:
            said = self.tr("The words end after {count} characters")
            why = self.tr("That is as many as a picture's recipe holds; the rest was left out.")
            self._studio.message.emit(Notice(said.format(count=MAX_PROMPT), why, "words"))
        self._studio.set_setting(name, text, merge=merge)

    def _show_words(self) -> None:
        """Another model knows other words."""
        can = self._studio.capabilities
        acting = acting_words() if can is not None and can.forms else frozenset[str]()
        words = KnownWords(can.thing_words if can is not None else None, acting=acting)
        for edit in (self.prompt, self.negative):
            edit.marks.set_words(words)

    def _show_settings(self) -> None:
        settings = self._studio.document.settings
        self.prompt.show_text(settings.prompt)
        self.negative.show_text(settings.negative_prompt)
        badge = negative_badge(self._studio.capabilities, settings)
        self.badge.setText(badge.text)
        self.badge.setVisible(bool(badge.text))
        self.badge.setToolTip(badge.why)
        self.negative.setToolTip(badge.why)
        self.negative.setAccessibleDescription(badge.why)
        theme.set_role(self.badge, "badge", state=badge.state)

    def _remember(self, record: object) -> None:
        request = getattr(record, "request", None)
        if request is not None and getattr(record, "final", None) is not None:
            self.prompt.history.remember(request.prompt)
            self.negative.history.remember(request.negative_prompt)


def heading(text: str, buddy: QWidget | None = None) -> QLabel:
    """A small heading over a field; its mnemonic and its click go to `buddy`."""
    label = QLabel(text)
    theme.set_role(label, "heading")
    if buddy is not None:
        label.setBuddy(buddy)
    return label


def caption(text: str) -> QLabel:
    """A sentence in small letters, as many lines as it needs."""
    label = QLabel(text)
    label.setWordWrap(True)
    theme.set_role(label, "caption")
    return label
