"""Signing what is exported, with a certificate of one's own (C2PA)."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.export.provenance.signing import is_installed
from studio_app.session.exporting import Exporting
from studio_app.ui import asking, icons, theme
from studio_app.ui.export.fields import beside

CERTIFICATE, KEY = "certificate", "key"
"""Of `asking.folders`: the files of this machine, which no project is told of."""


class SignaturePage(QWidget):
    """Whether, and with what. Where the library is missing, one sentence says what to install."""

    def __init__(self, exporting: Exporting) -> None:
        super().__init__()
        self._exporting = exporting
        self._installed: bool | None = None
        tr = self.tr
        self.sign = QCheckBox(tr("Sign the pictures (C2PA)"))
        self.sign.setToolTip(
            tr("A signed manifest says that a model made them, and whoever has the key says so.")
        )
        self.sign.toggled.connect(lambda on: exporting.choose(sign=on))
        self.certificate, self.browse_certificate = self._file(
            CERTIFICATE, tr("Certificate"), tr("A PEM file of the whole chain, your own first.")
        )
        self.key, self.browse_key = self._file(
            KEY, tr("Key"), tr("A PEM file of the certificate's private key.")
        )
        self.said = QLabel()
        self.said.setWordWrap(True)
        theme.set_role(self.said, "caption")
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT)
        grid.setColumnMinimumWidth(0, 72)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(2, 72)
        grid.setColumnStretch(3, 1)
        grid.addWidget(self.sign, 0, 0, 1, 4, Qt.AlignmentFlag.AlignLeft)
        files = (
            (tr("Certificate"), self.certificate, self.browse_certificate),
            (tr("Key"), self.key, self.browse_key),
        )
        for column, (text, field, browse) in enumerate(files):
            label = QLabel(text)
            label.setBuddy(field)
            grid.addWidget(label, 1, 2 * column)
            grid.addWidget(beside(field, browse), 1, 2 * column + 1)
        grid.addWidget(self.said, 2, 0, 1, 4)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(grid)
        rows.addStretch(1)

    def take_known(self) -> None:
        """The files that were chosen on this machine before."""
        known = [asking.folders.get(what, "") for what in (CERTIFICATE, KEY)]
        self._exporting.sign_with(*known)
        for field, path in zip((self.certificate, self.key), known, strict=True):
            if not field.hasFocus():
                field.setText(path)

    def show_signature(self) -> None:
        if self._installed is None:
            self._installed = is_installed()
        settings = self._exporting.settings
        with QSignalBlocker(self.sign):
            self.sign.setChecked(settings.sign)
        able = self._installed
        self.sign.setEnabled(able or settings.sign)
        for field in (self.certificate, self.browse_certificate, self.key, self.browse_key):
            field.setEnabled(able)
        if able:
            said = self.tr(
                "PNG, JPEG and WebP hold a signature. Certificate and key stay on this machine: a project never "
                "learns where they lie."
            )
        else:
            said = self.tr("To sign, install one more package: pip install 'underpaint[c2pa]'")
        self.said.setText(said)

    def _file(self, what: str, title: str, why: str) -> tuple[QLineEdit, QToolButton]:
        field = QLineEdit()
        field.setAccessibleName(title)
        field.setToolTip(why)
        field.setPlaceholderText(self.tr("A PEM file"))
        field.editingFinished.connect(lambda: self._take(what, field.text().strip()))
        browse = icons.icon_button(
            "folder-open", self.tr("Choose a file: {what}…").format(what=title)
        )
        kinds = self.tr("PEM files (*.pem *.crt *.cer *.key)")

        def taken(path: str) -> None:
            field.setText(path)
            self._take(what, path)

        browse.clicked.connect(lambda: asking.ask_open(self, title, kinds, taken))
        return field, browse

    def _take(self, what: str, path: str) -> None:
        if path != asking.folders.get(what, ""):
            asking.folders[what] = path
            self.take_known()
