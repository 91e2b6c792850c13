"""The export presets of the project."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio_app.session.exporting import Exporting
from studio_app.ui import icons, theme
from studio_app.ui.asking import ask_text
from studio_app.ui.knobs import CalmComboBox


class PresetBar(QWidget):
    """Chooses one, saves the settings of now as one, removes the chosen one."""

    def __init__(self, exporting: Exporting) -> None:
        super().__init__()
        self._exporting = exporting
        tr = self.tr
        self.list = CalmComboBox(
            tr("Preset"),
            tr("Export settings that this project keeps, for everybody who works on it."),
        )
        self.list.setPlaceholderText(tr("No preset"))
        self.list.setMinimumWidth(160)
        self.list.activated.connect(lambda _: exporting.presets.use(self.list.currentData()))
        self.save = icons.icon_button("bookmark-plus", tr("Save these settings as a preset…"))
        self.save.clicked.connect(self._ask)
        self.remove = icons.icon_button("trash-2", tr("Remove the chosen preset"))
        self.remove.clicked.connect(lambda: exporting.presets.remove(exporting.presets.current))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT // 2)
        row.addWidget(self.list, 1)
        row.addWidget(self.save)
        row.addWidget(self.remove)

    def show_presets(self) -> None:
        presets = self._exporting.presets
        known = [self.list.itemData(i) for i in range(self.list.count())]
        if known != list(presets.names):
            self.list.fill([(name, name) for name in presets.names])
        self.list.show_data(presets.current)
        there = self._exporting.project is not None
        self.list.setEnabled(there and bool(presets.names))
        self.save.setEnabled(there)
        self.remove.setEnabled(there and bool(presets.current))

    def _ask(self) -> None:
        title, label = self.tr("Save a preset"), self.tr("These settings, under the name")
        ask_text(self, title, label, self._exporting.presets.save)
