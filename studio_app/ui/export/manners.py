"""What happens to files that are there, what is written beside the pictures, and what the lower half shows."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QHBoxLayout, QLabel, QWidget

from studio_app.session.exporting import Exporting
from studio_app.ui import theme
from studio_app.ui.export.choice_button import ChoiceButton
from studio_app.ui.knobs import CalmComboBox

FILES, FRAMES = 0, 3
"""Pages of the lower half, by their place."""


class Manners(QWidget):
    """`page_chosen(i)`: files, names, signature or, of a sheet, its frames, which a sheet begins with."""

    page_chosen = Signal(int)

    def __init__(self, exporting: Exporting) -> None:
        super().__init__()
        self._exporting = exporting
        tr = self.tr
        self.collision = CalmComboBox(
            tr("If it is there"), tr("What happens where a file of that name lies already.")
        )
        self.collision.fill(
            [
                (tr("Replace what was exported"), "replace"),
                (tr("A new version"), "version"),
                (tr("Stop"), "refuse"),
                (tr("Overwrite anything"), "overwrite"),
            ]
        )
        self.collision.setMinimumContentsLength(22)
        self.collision.currentIndexChanged.connect(
            lambda _: exporting.choose(collision=self.collision.currentData())
        )
        label = QLabel(tr("If there"))
        label.setBuddy(self.collision)
        label.setMinimumWidth(72)
        self.sidecars = QCheckBox(tr("En&gine files"))
        self.sidecars.setToolTip(tr("Import settings and resources beside the pictures."))
        self.sidecars.toggled.connect(lambda on: exporting.choose(sidecars=on))
        self.stripped = QCheckBox(tr("Strip recipe"))
        self.stripped.setToolTip(
            tr(
                "Leaves the words and the seed out of the files; the mark of a model's work stays in."
            )
        )
        self.stripped.toggled.connect(lambda on: exporting.choose(stripped=on))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT)
        row.addWidget(label)
        row.addWidget(self.collision)
        row.addSpacing(theme.UNIT)
        row.addWidget(self.sidecars)
        row.addWidget(self.stripped)
        row.addStretch(1)
        self.pages: list[ChoiceButton] = []
        group = QButtonGroup(self)
        for text, why in (
            (tr("Files"), tr("Every file that would be written, and what changes in it.")),
            (tr("Naming"), tr("How files are named.")),
            (tr("Signature"), tr("Signing the pictures with a certificate.")),
            (tr("Frames"), self._why_frames(is_sheet=False)),
        ):
            button = self._page(len(self.pages), text, why)
            group.addButton(button)
            row.addWidget(button)
            self.pages.append(button)
        self.pages[FILES].setChecked(True)
        self.pages[FRAMES].setEnabled(False)

    def show_manners(self) -> None:
        settings = self._exporting.settings
        for field, on in ((self.sidecars, settings.sidecars), (self.stripped, settings.stripped)):
            with QSignalBlocker(field):
                field.setChecked(on)
        self.collision.show_data(settings.collision)
        self._offer_frames(settings.kind == "sheet")

    def _offer_frames(self, is_sheet: bool) -> None:
        """A kind that was chosen just now brings up what one looks at first: frames of a sheet, else files."""
        frames = self.pages[FRAMES]
        if is_sheet == frames.isEnabled():
            return
        frames.setEnabled(is_sheet)
        frames.explain(self._why_frames(is_sheet=is_sheet))
        if is_sheet or frames.isChecked():
            self.pages[FRAMES if is_sheet else FILES].click()

    def _why_frames(self, *, is_sheet: bool) -> str:
        if is_sheet:
            return self.tr("The frames of the sheet, in their order: to move and to take out.")
        return self.tr("Only a sheet has frames.")

    def _page(self, page: int, text: str, why: str) -> ChoiceButton:
        button = ChoiceButton(text, why)
        button.setMinimumWidth(80)
        button.clicked.connect(lambda: self.page_chosen.emit(page))
        return button
