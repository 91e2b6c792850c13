"""In the status bar while something takes long: what it is, how far, and a cross that ends it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from studio_app.ui import icons, theme

LONG_MS = 400
"""What is done sooner is not worth a look."""


class Progress(QWidget):
    """Shown once it has taken long, as long as `busy` says that it goes on."""

    def __init__(
        self, named: str, stop: str, cancel: Callable[[], object], busy: Callable[[], bool]
    ) -> None:
        """named: what the bar is for, and stop: what the cross does, for who can't see them."""
        super().__init__()
        self._busy = busy
        self.said = QLabel()
        self.said.hide()
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(120, 8)
        self.bar.setAccessibleName(named)
        self.cancel = icons.icon_button("x", stop)
        self.cancel.clicked.connect(cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT // 2)
        for part in (self.said, self.bar, self.cancel):
            row.addWidget(part)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(LONG_MS)
        self._late.timeout.connect(lambda: self.setVisible(self._busy()))
        self.hide()

    def show_share(self, share: float, text: str = "") -> None:
        """share: 0..1."""
        self.bar.setValue(round(share * 100))
        self.said.setText(text)
        self.said.setVisible(bool(text))
        if not self._busy():
            self._late.stop()
            self.hide()
        elif not self.isVisible() and not self._late.isActive():
            self._late.start()
