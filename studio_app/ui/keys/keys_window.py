"""All commands with their keys, and what hands do: to look up, to find, and to change."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio_app.ui import theme
from studio_app.ui.keys.by_hand import gestures
from studio_app.ui.keys.key_table import Command, KeyTable, is_taken, native, portable
from studio_app.ui.keys.keymaps import keymaps
from studio_app.ui.popups import fit_beside

SIZE = (840, 600)
WIDTHS = (232, 248)
"""Of the columns beside the command, in pixels."""
_COMMAND = Qt.ItemDataRole.UserRole


class KeysWindow(QDialog):
    """Choose a command, press its new key, Enter. Whoever had that key is named before it is taken away."""

    def __init__(self, table: KeyTable, parent: QWidget) -> None:
        super().__init__(parent)
        self._table = table
        tr = self.tr
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter by command, place or key"))
        self.filter.setAccessibleName(tr("Filter the commands"))
        self.list = _made_list(tr("Commands and keys"), [tr("Command"), tr("Where"), tr("Key")])
        self.field = KeyField()
        self.field.setAccessibleName(tr("New key"))
        self.use = _button(tr("&Use"), tr("Gives the chosen command this key."))
        self.none = _button(tr("&No key"), tr("Takes the key away from the chosen command."))
        self.made = _button(tr("As &made"), tr("Gives the chosen command the key it began with."))
        self.all_made = _button(
            tr("&All as made"), tr("Gives every command the keys it began with.")
        )
        self.others = _button(tr("Keys &of"), tr("Gives every command the key that hands know."))
        menu = QMenu(self.others)
        for keymap in keymaps():
            menu.addAction(keymap.title, partial(table.wear, keymap.keys))
        self.others.setMenu(menu)
        self.close_button = _button(tr("Close"), "")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(32)
        theme.set_role(self.said, "caption")
        self._lay_out()
        fit_beside(self, SIZE)
        self.filter.textChanged.connect(self._fill)
        self.list.currentItemChanged.connect(self._show)
        self.list.itemActivated.connect(lambda *_: self.field.setFocus())
        self.field.keySequenceChanged.connect(self._show_use)
        self.field.entered.connect(self._use)
        self.use.clicked.connect(self._use)
        self.none.clicked.connect(self._take_away)
        self.made.clicked.connect(self._give_back)
        self.all_made.clicked.connect(lambda: table.give_back(table.commands))
        self.close_button.clicked.connect(self.reject)
        table.changed.connect(self._fill)
        self._fill()
        self.filter.setFocus()

    @property
    def command(self) -> Command | None:
        """The chosen one; None where nothing is, or what hands do."""
        item = self.list.currentItem()
        return None if item is None else item.data(0, _COMMAND)

    # ---- building ----

    def _lay_out(self) -> None:
        tr = self.tr
        label = QLabel(tr("New &key"))
        label.setBuddy(self.field)
        change = QHBoxLayout()
        change.setSpacing(theme.UNIT)
        change.addWidget(label)
        change.addWidget(self.field, 1)
        for button in (self.use, self.none, self.made):
            change.addWidget(button)
        foot = QHBoxLayout()
        foot.setSpacing(theme.UNIT)
        foot.addWidget(self.said, 1)
        foot.addWidget(self.others)
        foot.addWidget(self.all_made)
        foot.addWidget(self.close_button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(2 * theme.UNIT,) * 4)
        rows.setSpacing(theme.UNIT)
        rows.addWidget(self.filter)
        rows.addWidget(self.list, 1)
        rows.addLayout(change)
        rows.addLayout(foot)

    # ---- showing ----

    def _fill(self) -> None:
        chosen = self.command
        words = self.filter.text().casefold().split()
        self.list.clear()
        rows = [(one.text, one.where, native(one.keys), one) for one in self._table.commands]
        for text, where, keys, command in (*rows, *((*row, None) for row in gestures())):
            if not all(word in f"{text} {where} {keys}".casefold() for word in words):
                continue
            item = QTreeWidgetItem(self.list, [text, where, keys])
            item.setData(0, _COMMAND, command)
            for column in range(3):
                item.setToolTip(column, item.text(column))  # where it is cut
            if command is None or command.keys == command.made:
                item.setForeground(2, theme.colour("text_muted"))
            if command is not None and command is chosen:
                self.list.setCurrentItem(item)
        first = self.list.topLevelItem(0)
        if self.list.currentItem() is None and first is not None:
            self.list.setCurrentItem(first)
        self._show()
        if first is None:
            self._say(self.tr("No command answers these words."))

    def _show(self) -> None:
        command = self.command
        self.field.setEnabled(command is not None)
        self.field.setKeySequence(QKeySequence())
        self.none.setEnabled(command is not None and bool(command.keys))
        self.made.setEnabled(command is not None and command.keys != command.made)
        self.all_made.setEnabled(bool(self._table.chosen))
        self._show_use()

    def _show_use(self) -> None:
        """Whether the typed key can be used, and whom it would be taken from."""
        command, key = self.command, self._typed()
        usable = command is not None and bool(key) and not is_taken(key)
        self.use.setEnabled(usable and command is not None and command.keys != (key,))
        if command is None:
            item = self.list.currentItem()
            self._say("" if item is None else self.tr("What hands do stays as it is."))
        elif not key:
            self._say(self.tr("Press the new key in the field, then Enter."))
        elif not usable:
            needed = self.tr("{key} is needed elsewhere; with Ctrl or Alt it is free.")
            self._say(needed.format(key=native([key])))
        else:
            rivals = ", ".join(f"“{rival.text}”" for rival in self._table.rivals(command, key))
            lost = self.tr("{key} is that of {command}, which then has it no more.")
            self._say(lost.format(key=native([key]), command=rivals) if rivals else "")

    def _say(self, text: str) -> None:
        self.said.setText(text)

    def _typed(self) -> str:
        return portable(self.field.keySequence().toString(QKeySequence.SequenceFormat.PortableText))

    # ---- what the artist does ----

    def _use(self) -> None:
        command = self.command
        if command is not None and self.use.isEnabled():
            self._table.give(command, self._typed())
            self.list.setFocus()

    def _take_away(self) -> None:
        command = self.command
        if command is not None:
            self._table.give(command, "")

    def _give_back(self) -> None:
        command = self.command
        if command is not None:
            self._table.give_back([command])

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows walk the list while one types, as in the list of commands."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.filter.hasFocus():
            self.list.setFocus()
            self.list.keyPressEvent(event)
        else:
            super().keyPressEvent(event)


class KeyField(QKeySequenceEdit):
    """Takes one key. Enter is for what was typed, Escape for the window, Tab for the next field. `entered`: Enter."""

    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMaximumSequenceLength(1)
        self.setClearButtonEnabled(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        elif event.key() == Qt.Key.Key_Backspace:
            self.clear()
        else:
            super().keyPressEvent(event)


def _made_list(name: str, headings: list[str]) -> QTreeWidget:
    made = QTreeWidget()
    made.setAccessibleName(name)
    made.setColumnCount(len(headings))
    made.setHeaderLabels(headings)
    made.setRootIsDecorated(False)
    made.setUniformRowHeights(True)
    made.setAllColumnsShowFocus(True)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    header = made.header()
    header.setStretchLastSection(False)
    header.setSectionsMovable(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column, width in enumerate(WIDTHS, start=1):
        made.setColumnWidth(column, width)
    theme.set_role(made, "table")
    return made


def _button(text: str, why: str) -> QPushButton:
    made = QPushButton(text)
    made.setAutoDefault(False)
    made.setToolTip(why)
    made.setAccessibleDescription(why)
    return made
