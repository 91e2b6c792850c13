"""When it is our fault: what happened, a report to copy, and the choice to go on."""

from __future__ import annotations

import platform
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio_app import __version__
from studio_app.core.hardware import describe
from studio_app.ui import theme


def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    """The text to send: version, system, traceback. Nothing of the artist's work is in it."""
    lines = [
        f"Underpaint {__version__}, Python {platform.python_version()}, Qt {qVersion()}",
        f"{platform.platform()}; {describe()}",
        "",
        *(part.rstrip() for part in traceback.format_exception(kind, error, trace)),
    ]
    return "\n".join(lines)


class CrashReporter(QObject):
    """Shows the dialog once per distinct fault: a broken paint would come at every repaint.

    `handle` fits `sys.excepthook`. `quit_asked` when the artist chose to leave.
    """

    quit_asked = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._seen: set[str] = set()
        self.dialog: CrashDialog | None = None

    def handle(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        frames = traceback.extract_tb(trace)
        where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        fault = f"{kind.__name__} {where}"
        if fault in self._seen or self.dialog is not None:
            return
        self._seen.add(fault)
        self.dialog = CrashDialog(report(kind, error, trace), self._window)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.open()

    def _on_finished(self, result: int) -> None:
        self.dialog = None
        if result == QDialog.DialogCode.Rejected:
            return
        self.quit_asked.emit()


class CrashDialog(QDialog):
    """Accepted: quit. Rejected (also Escape): go on."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something broke"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = QLabel(self.tr("Something in Underpaint broke"))
        theme.set_role(title, "title")
        said = QLabel(
            self.tr(
                "This is our fault, not yours. What you did is saved already, unless the window says that it is not. "
                "You can go on; if it happens again, quit and start anew. "
                "Nothing is sent: copy the report and give it to whoever looks after the program."
            )
        )
        said.setWordWrap(True)
        self.report = QPlainTextEdit(text)
        self.report.setReadOnly(True)
        self.report.setAccessibleName(self.tr("Report"))
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.copy_button = QPushButton(self.tr("Copy the report"))
        self.quit_button = QPushButton(self.tr("Quit"))
        self.go_on_button = QPushButton(self.tr("Go on"))
        theme.set_role(self.go_on_button, "primary")
        self.go_on_button.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        buttons.addWidget(self.quit_button)
        buttons.addWidget(self.go_on_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(theme.UNIT)
        layout.addWidget(title)
        layout.addWidget(said)
        layout.addWidget(self.report, 1)
        layout.addLayout(buttons)
        self.resize(640, 420)
        self.copy_button.clicked.connect(self._copy)
        self.quit_button.clicked.connect(self.accept)
        self.go_on_button.clicked.connect(self.reject)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())
        self.copy_button.setText(self.tr("Copied"))
