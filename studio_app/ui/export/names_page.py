"""How files are named, with what comes of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from studio_app.session.exporting import Exporting
from studio_app.ui import theme


class NamesPage(QWidget):
    """The naming template: empty, it is the engine's custom."""

    def __init__(self, exporting: Exporting) -> None:
        super().__init__()
        self._exporting = exporting
        tr = self.tr
        self.template = QLineEdit()
        self.template.setAccessibleName(tr("Naming template"))
        self.template.setMaxLength(200)
        self.template.textEdited.connect(lambda text: exporting.choose(template=text.strip()))
        self.template.setToolTip(tr("Empty: as the engine's users name their files."))
        self.result = QLabel()
        self.result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.result.setTextFormat(Qt.TextFormat.PlainText)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT)
        grid.setColumnMinimumWidth(0, 72)
        grid.setColumnStretch(1, 2)
        grid.setColumnStretch(2, 3)
        label = QLabel(tr("Template"))
        label.setBuddy(self.template)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.template, 0, 1)
        grid.addWidget(self.result, 0, 2)
        tokens = (
            ("{name}", tr("The asset's name, in the engine's spelling.")),
            ("{version}", tr("_v2, _v3 … where a new version is written; of the first, nothing.")),
            ("{role}", tr("Which map it is, as the engine's users mark it: _N, _normal.")),
        )
        for row, (token, why) in enumerate(tokens, start=1):
            for column, (text, role) in enumerate(((token, "value"), (why, "caption"))):
                said = QLabel(text)
                theme.set_role(said, role)
                grid.addWidget(said, row, column, 1, 1 + column)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(grid)
        rows.addStretch(1)

    def show_names(self) -> None:
        exporting = self._exporting
        settings, project, plan = exporting.settings, exporting.project, exporting.plan
        usual = project.target.template if project is not None else "{name}{version}{role}"
        self.template.setPlaceholderText(usual)
        if not self.template.hasFocus():
            self.template.setText(settings.template)
        names: list[str] = []
        if plan is not None:
            names = [change.path.name for change in plan.changes if change.group == "files"]
        more = self.tr("{names} and {count} others") if len(names) > 3 else "{names}"
        said = more.format(names=", ".join(names[:3]), count=len(names) - 3)
        self.result.setText(said if names else "")
        self.result.setToolTip("\n".join(names))
