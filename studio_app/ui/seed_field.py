"""The seed as a number, a die that throws another one, and a lock."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression, QSignalBlocker, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from studio_app.core.request import MAX_SEED
from studio_app.ui import icons, theme
from studio_app.ui.focus import hand_back


class SeedField(QWidget):
    """The seed as a number, a die that throws another one, and a lock."""

    seed_changed = Signal(object)  # a Python int: seeds need 63 bits
    lock_changed = Signal(bool)
    dice_thrown = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = QLineEdit()
        self.edit.setValidator(
            QRegularExpressionValidator(QRegularExpression(r"\d{1,19}"), self.edit)
        )
        self.edit.setAccessibleName(self.tr("Seed"))
        self.edit.setToolTip(
            self.tr("Which noise the picture starts from. The same seed gives the same picture.")
        )
        self.dice = icons.icon_button("dices", self.tr("Throws another seed."))
        self.lock = icons.icon_button(
            "lock-open",
            self.tr("Lock the seed: Generate once keeps it instead of throwing another."),
        )
        self.lock.setCheckable(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addWidget(self.edit, 1)
        layout.addWidget(self.dice)
        layout.addWidget(self.lock)
        self.edit.editingFinished.connect(self._on_edited)
        self.edit.returnPressed.connect(lambda: hand_back(self))
        self.dice.clicked.connect(lambda: self.dice_thrown.emit())
        self.lock.clicked.connect(lambda on: self.lock_changed.emit(on))

    def show_seed(self, seed: int, locked: bool) -> None:
        if self.edit.text() != str(seed):
            self.edit.setText(str(seed))
        with QSignalBlocker(self.lock):
            self.lock.setChecked(locked)
        icons.set_icon(self.lock, "lock" if locked else "lock-open")

    def _on_edited(self) -> None:
        self.seed_changed.emit(min(int(self.edit.text() or "0"), MAX_SEED))
