"""Every file of an export, before any is written; and what would change in the one that is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from studio_app.export.plan import Change, Plan
from studio_app.ui import theme

_TEXT = Qt.ItemDataRole.UserRole
_ORDER = ("files", "sidecars", "record")


class FileList(QWidget):
    """`show_plan`: what happens to which file. Beside it the change of the chosen one, or else the notes."""

    def __init__(self) -> None:
        super().__init__()
        tr = self.tr
        self.files = QTreeWidget()
        self.files.setAccessibleName(tr("Files of the export"))
        self.files.setHeaderHidden(True)
        self.files.setColumnCount(2)
        self.files.setRootIsDecorated(False)
        self.files.setUniformRowHeights(True)
        self.files.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.files.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.files.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.files.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(tr("What changes in the chosen file"))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
        self.text.setStyleSheet(f'font-family: "{fixed}"; font-size: {theme.SMALL}px;')
        self.text.setPlaceholderText(tr("Choose a file to see what changes in it."))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        row.addWidget(self.files, 5)
        row.addWidget(self.text, 4)
        self._rows: list[tuple[str, str, str]] = []
        self.files.currentItemChanged.connect(self._on_current)

    def show_plan(self, plan: Plan | None, records: Sequence[str]) -> None:
        """records: what is written of the export itself, as paths inside the project."""
        rows: list[tuple[str, str, str]] = []
        if plan is not None:
            for change in sorted(plan.changes, key=lambda change: _ORDER.index(change.group)):
                rows.append((self._word(change), str(change.path), self._detail(change)))
            for path in records:
                word = self.tr("adds to") if path.endswith(".jsonl") else self.tr("writes")
                rows.append((word, path, self.tr("What the project knows of its exports.")))
        if rows == self._rows:
            return
        self._rows = rows
        current = self.files.currentItem()
        chosen = current.text(1) if current is not None else ""
        self.files.clear()
        for word, path, detail in rows:
            item = QTreeWidgetItem(self.files, [word, path])
            item.setData(0, _TEXT, detail)
            item.setToolTip(1, path)
            item.setForeground(0, theme.colour("text_muted"))
            if path == chosen:
                self.files.setCurrentItem(item)
        if self.files.currentItem() is None:
            self.text.clear()

    def _word(self, change: Change) -> str:
        return {
            "create": self.tr("new"),
            "replace": self.tr("changes"),
            "same": self.tr("same"),
            "keep": self.tr("stays"),
        }[change.action]

    def _detail(self, change: Change) -> str:
        if change.diff:
            return change.diff
        size = self.tr("{count:,} bytes").format(count=len(change.data))
        if change.action == "keep":
            why = change.why or self.tr("it is there already, and its settings are somebody's")
            return self.tr("Not touched: {why}.").format(why=why)
        if change.action == "same":
            return self.tr("{size}, as they are already.").format(size=size)
        return change.why or size

    def _on_current(self, item: QTreeWidgetItem | None) -> None:
        self.text.setPlainText("" if item is None else str(item.data(0, _TEXT)))
