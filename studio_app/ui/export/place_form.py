"""Where an export goes: the project, the name of the asset, and its folder."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from studio_app.session.exporting import Exporting
from studio_app.ui import asking, icons, theme
from studio_app.ui.export.preset_bar import PresetBar
from studio_app.ui.export.project_field import ProjectField


class PlaceForm(QWidget):
    """A name that is typed holds for the words that it was typed for."""

    opened = Signal()
    """A project was asked for."""

    def __init__(self, exporting: Exporting) -> None:
        super().__init__()
        self._exporting = exporting
        self._typed_for: object = None
        tr = self.tr
        self.project = ProjectField()
        self.project.setPlaceholderText(tr("A Godot, Unity or Unreal project, or any folder"))
        self.project.setAccessibleName(tr("Project"))
        self.project.entered.connect(self.open_project)
        self.browse = icons.icon_button("folder-open", tr("Choose the project…"))
        title = tr("Choose the project")
        self.browse.clicked.connect(
            lambda: asking.ask_folder(self, title, self.open_project, "projects")
        )
        self.title = QLabel()
        theme.set_role(self.title, "caption")
        self.presets = PresetBar(exporting)
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name"))
        self.name.setMaxLength(200)
        self.name.textEdited.connect(self._on_name)
        self.folder = QLineEdit()
        self.folder.setAccessibleName(tr("Folder"))
        self.folder.setToolTip(tr("Inside the project."))
        self.folder.textEdited.connect(self._on_folder)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT)
        grid.setColumnMinimumWidth(0, 72)
        grid.setColumnStretch(1, 1)
        where = QHBoxLayout()
        where.setSpacing(theme.UNIT // 2)
        where.addWidget(self.project, 1)
        where.addWidget(self.browse)
        known = QHBoxLayout()
        known.setSpacing(theme.UNIT)
        known.addWidget(self.title, 1)
        known.addWidget(self.presets)
        names = QHBoxLayout()
        names.setSpacing(theme.UNIT)
        names.addWidget(self.name, 1)
        names.addWidget(_label(tr("&Folder"), self.folder))
        names.addWidget(self.folder, 1)
        grid.addWidget(_label(tr("Pro&ject"), self.project), 0, 0)
        grid.addLayout(where, 0, 1)
        grid.addLayout(known, 1, 1)
        grid.addWidget(_label(tr("&Name"), self.name), 2, 0)
        grid.addLayout(names, 2, 1)

    def begin(self) -> None:
        """A new look at it: nothing is typed yet."""
        self._typed_for = None

    def open_project(self, path: str) -> None:
        self._exporting.open_project(path)
        self.opened.emit()

    def show_place(self) -> None:
        exporting, settings, project = (
            self._exporting,
            self._exporting.settings,
            self._exporting.project,
        )
        if project is not None and not self.project.hasFocus():
            self.project.setText(str(project.root))
        self.project.known = str(project.root) if project is not None else ""
        self.title.setText(project.title if project is not None else self.tr("No project yet"))
        typed = self._typed_for is not None and self._typed_for == self._words()
        _set_text(self.name, settings.name or exporting.own_name, keep=typed)
        folder = exporting.own_folder if settings.folder is None else settings.folder
        _set_text(self.folder, folder, keep=self.folder.hasFocus())
        self.presets.show_presets()

    def _words(self) -> str:
        """What the name that is typed is a name of."""
        return self._exporting.own_name

    def _on_name(self, text: str) -> None:
        self._typed_for = self._words()
        name = " ".join(text.split())
        self._exporting.choose(name="" if name == self._exporting.own_name else name)

    def _on_folder(self, text: str) -> None:
        folder = text.strip()
        self._exporting.choose(folder=None if folder == self._exporting.own_folder else folder)


def _label(text: str, buddy: QWidget) -> QLabel:
    label = QLabel(text)
    label.setBuddy(buddy)
    label.setMinimumWidth(72)
    return label


def _set_text(field: QLineEdit, text: str, *, keep: bool) -> None:
    """Without moving the cursor of somebody who types."""
    if field.text() != text and not (keep and field.hasFocus()):
        field.setText(text)
        field.setCursorPosition(0)  # a name is known by its beginning
