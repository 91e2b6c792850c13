"""The options of an export by kind: a button and a page of fields for each."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio_app.export.pieces import AssetKind
from studio_app.export.settings import FORMATS
from studio_app.session.exporting import Exporting
from studio_app.ui import theme
from studio_app.ui.export.choice_button import ChoiceButton
from studio_app.ui.export.fields import Page
from studio_app.ui.export.kinds import KINDS


class Options(QWidget):
    """kinds: the buttons; pages: what they show."""

    def __init__(self, exporting: Exporting) -> None:
        super().__init__()
        self._exporting = exporting
        self.kinds: dict[AssetKind, ChoiceButton] = {}
        self.pages: dict[AssetKind, Page] = {}
        self._stack = QStackedWidget()
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.UNIT // 2)
        group = QButtonGroup(self)
        for make in KINDS:
            page = make(exporting)
            self.pages[page.kind] = page
            self._stack.addWidget(page)
            button = self._button(page)
            group.addButton(button)
            buttons.addWidget(button, 1)
            self.kinds[page.kind] = button
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.UNIT)
        rows.addLayout(buttons)
        rows.addWidget(self._stack)
        rows.addStretch(1)

    def show_export(self) -> None:
        settings, project = self._exporting.settings, self._exporting.project
        self.kinds[settings.kind].setChecked(True)
        page = self.pages[settings.kind]
        self._stack.setCurrentWidget(page)
        page.show_settings(settings, project)

    def _button(self, page: Page) -> ChoiceButton:
        button = ChoiceButton(page.text, page.why)
        button.clicked.connect(lambda: self._choose(page.kind))
        return button

    def _choose(self, kind: AssetKind) -> None:
        format = self._exporting.settings.format
        self._exporting.choose(kind=kind, format=format if format in FORMATS[kind] else "png")

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # A stack asks for other heights while a page is seen whose text wraps: what lies below stays where it is.
        self._stack.setFixedHeight(max(page.sizeHint().height() for page in self.pages.values()))
