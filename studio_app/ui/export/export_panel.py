"""The export panel: a picture, what becomes of it, where it goes, and every file of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio_app.document.results import Picture
from studio_app.export.pieces import AssetKind
from studio_app.session.studio import Studio
from studio_app.ui import asking, icons, theme
from studio_app.ui.export.choice_button import ChoiceButton
from studio_app.ui.export.file_list import FileList
from studio_app.ui.export.options import FORMATS, Options
from studio_app.ui.export.preview import PreviewSide
from studio_app.ui.export.project_field import ProjectField
from studio_app.ui.export.question_box import QuestionBox
from studio_app.ui.knobs import CalmComboBox
from studio_app.ui.shown import shown_of

REMEMBERED = "project"
"""Of `asking.folders`: where the last project was."""


class ExportPanel(QDialog):
    """Follows the shown picture while it is open. Enter exports, Escape cancels what is written, else closes.

    Every field has a letter: Alt and the letter that is underlined.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._exporting = exporting = studio.exporting
        self._shown = shown_of(studio)
        self._typed_for: Picture | None = None
        self.setWindowTitle(self.tr("Export"))
        self.kinds: dict[AssetKind, QPushButton] = {}
        self.options = Options(exporting)
        self.list = FileList()
        self.question = QuestionBox()
        self.question.answered.connect(exporting.answer)
        self.side = PreviewSide()
        top = QHBoxLayout()
        top.setSpacing(2 * theme.UNIT)
        top.addWidget(self.side)
        top.addLayout(self._make_form(), 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(2 * theme.UNIT,) * 4)
        rows.setSpacing(theme.UNIT)
        rows.addLayout(top)
        rows.addWidget(self.list, 1)
        rows.addWidget(self.question)
        rows.addLayout(self._make_foot())
        self.resize(880, 600)
        exporting.changed.connect(self._show_if_open)
        exporting.progressed.connect(self._show_progress)
        exporting.finished.connect(self.hide)
        self._shown.exportable_changed.connect(self._follow)

    def open_refused(self) -> None:
        """Shows what stood in the way of an export that was asked for."""
        if not self.isVisible():
            self.open_panel(look=False)

    def open_panel(self, *, look: bool = True) -> None:
        """Shows it, on the shown picture and the last project. look: whether at the project as it is by now."""
        exporting = self._exporting
        self._typed_for = None
        self.show()
        self.raise_()
        self.activateWindow()
        self._follow()
        last = asking.folders.get(REMEMBERED, "")
        if exporting.project is None and last and exporting.stage != "opening":
            exporting.open_project(last)
        elif look and exporting.project is not None and exporting.stage == "":
            exporting.look_again()
        self._show()
        if exporting.project is None and not last:
            self.project.setFocus()
        else:
            self.name.setFocus()
            self.name.selectAll()

    def give_focus_back(self) -> None:
        """After a number was typed: to what comes of it. A list that was closed keeps the keys."""
        if not isinstance(self.focusWidget(), QComboBox):
            self.export_button.setFocus()

    # ---- building ----

    def _make_form(self) -> QGridLayout:
        tr = self.tr
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT)
        grid.setColumnMinimumWidth(0, 72)
        grid.setColumnStretch(1, 1)
        self.project = ProjectField()
        self.project.setPlaceholderText(tr("A Godot, Unity or Unreal project, or any folder"))
        self.project.setAccessibleName(tr("Project"))
        self.project.entered.connect(self._open_project)
        browse = icons.icon_button("folder-open", tr("Choose the project…"))
        browse.clicked.connect(
            lambda: asking.ask_folder(
                self, tr("Choose the project"), self._open_project, "projects"
            )
        )
        self.browse = browse
        self.title = QLabel()
        theme.set_role(self.title, "caption")
        where = QHBoxLayout()
        where.setSpacing(theme.UNIT // 2)
        where.addWidget(self.project, 1)
        where.addWidget(browse)
        _row(grid, 0, tr("Pro&ject"), self.project, where)
        grid.addWidget(self.title, 1, 1)
        grid.addLayout(self._make_kinds(), 2, 0, 1, 2)
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name"))
        self.name.setMaxLength(200)
        self.name.textEdited.connect(self._on_name)
        self.folder = QLineEdit()
        self.folder.setAccessibleName(tr("Folder"))
        self.folder.setToolTip(tr("Inside the project."))
        self.folder.textEdited.connect(self._on_folder)
        names = QHBoxLayout()
        names.setSpacing(theme.UNIT)
        folder_label = QLabel(tr("&Folder"))
        folder_label.setBuddy(self.folder)
        folder_label.setMinimumWidth(72)
        names.addWidget(self.name, 1)
        names.addWidget(folder_label)
        names.addWidget(self.folder, 1)
        _row(grid, 3, tr("&Name"), self.name, names)
        grid.addWidget(self.options, 4, 0, 1, 2)
        grid.addLayout(self._make_manners(), 5, 0, 1, 2)
        grid.setRowStretch(6, 1)
        return grid

    def _make_kinds(self) -> QHBoxLayout:
        tr = self.tr
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT // 2)
        group = QButtonGroup(self)
        kinds: tuple[tuple[AssetKind, str, str], ...] = (
            ("picture", tr("&Picture"), tr("The picture as it is.")),
            ("sprite", tr("&Sprite"), tr("The thing in it, cut out.")),
            ("texture", tr("&Texture set"), tr("A surface with its maps.")),
            ("control", tr("&Control maps"), tr("The drawing that it was made from.")),
        )
        for kind, text, why in kinds:
            button = self._kind_button(kind, text, why)
            group.addButton(button)
            row.addWidget(button, 1)
            self.kinds[kind] = button
        return row

    def _kind_button(self, kind: AssetKind, text: str, why: str) -> QPushButton:
        button = ChoiceButton(text, why)
        button.clicked.connect(lambda: self._on_kind(kind))
        return button

    def _make_manners(self) -> QHBoxLayout:
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
        self.collision.currentIndexChanged.connect(
            lambda _: self._exporting.choose(collision=self.collision.currentData())
        )
        label = QLabel(tr("If t&here"))
        label.setBuddy(self.collision)
        label.setMinimumWidth(72)
        self.sidecars = QCheckBox(tr("En&gine files"))
        self.sidecars.setToolTip(tr("Import settings and resources beside the pictures."))
        self.sidecars.toggled.connect(lambda on: self._exporting.choose(sidecars=on))
        self.stripped = QCheckBox(tr("Strip recipe"))
        self.stripped.setToolTip(
            tr(
                "Leaves the words and the seed out of the files; the mark of a model's work stays in."
            )
        )
        self.stripped.toggled.connect(lambda on: self._exporting.choose(stripped=on))
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(label)
        row.addWidget(self.collision, 1)
        row.addWidget(self.sidecars)
        row.addWidget(self.stripped)
        return row

    def _make_foot(self) -> QHBoxLayout:
        tr = self.tr
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setMinimumHeight(32)
        self.status.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(96)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.progress.hide()
        self.close_button = QPushButton(tr("Close"))
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self._stop)
        self.export_button = QPushButton(tr("&Export"))
        self.export_button.setDefault(True)
        theme.set_role(self.export_button, "primary")
        self.export_button.clicked.connect(self._exporting.export)
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self.status, 1)
        row.addWidget(self.progress)
        row.addWidget(self.close_button)
        row.addWidget(self.export_button)
        return row

    # ---- what the artist does ----

    def _open_project(self, path: str) -> None:
        self._exporting.open_project(path)
        self.name.setFocus()
        self.name.selectAll()

    def _on_kind(self, kind: AssetKind) -> None:
        known = [name for _, name in FORMATS[kind]]
        format = self._exporting.settings.format
        self._exporting.choose(kind=kind, format=format if format in known else "png")

    def _on_name(self, text: str) -> None:
        self._typed_for = self._exporting.picture
        name = " ".join(text.split())
        self._exporting.choose(name="" if name == self._exporting.own_name else name)

    def _on_folder(self, text: str) -> None:
        folder = text.strip()
        self._exporting.choose(folder=None if folder == self._exporting.own_folder else folder)

    def _stop(self) -> None:
        if self._exporting.stage == "writing":
            self._exporting.cancel()
        else:
            self._exporting.cancel()
            self.hide()

    # ---- showing ----

    def _follow(self) -> None:
        if self.isVisible():
            self._exporting.show(self._shown.exportable)

    def _show_if_open(self) -> None:
        project = self._exporting.project
        if project is not None:
            asking.folders[REMEMBERED] = str(project.root)
        if self.isVisible():
            self._show()

    def _show(self) -> None:
        exporting, settings = self._exporting, self._exporting.settings
        project = exporting.project
        if project is not None and not self.project.hasFocus():
            self.project.setText(str(project.root))
        self.project.known = str(project.root) if project is not None else ""
        self.title.setText(project.title if project is not None else self.tr("No project yet"))
        if settings.kind in self.kinds:
            self.kinds[settings.kind].setChecked(True)
        _set_text(
            self.name, settings.name or exporting.own_name, self._typed_for is exporting.picture
        )
        folder = exporting.own_folder if settings.folder is None else settings.folder
        _set_text(self.folder, folder, self.folder.hasFocus())
        for field, on in ((self.sidecars, settings.sidecars), (self.stripped, settings.stripped)):
            with QSignalBlocker(field):
                field.setChecked(on)
        self.collision.show_data(settings.collision)
        self.options.show_settings(settings, project)
        self.side.show_export(exporting)
        plan = exporting.plan
        self.question.show_questions(plan.questions if plan is not None else ())
        self.list.show_plan(exporting.plan, exporting.records)
        self._show_status()

    def _show_status(self) -> None:
        exporting = self._exporting
        busy = {
            "opening": self.tr("Opening the project…"),
            "maps": self.tr("Waiting for the model's maps…"),
            "looking": self.tr("Looking at what would be written…"),
            "writing": self.tr("Writing…"),
        }
        error = exporting.error
        if exporting.stage:
            said = busy[exporting.stage]
        elif exporting.picture is None:
            said = self._why_no_picture()
        elif error is not None:
            said = str(error)
        elif exporting.plan is not None:
            said = ". ".join([self._summary(), *exporting.notes])
        else:
            said = self.tr("Choose the project that it goes into.")
        level = "error" if error is not None and not exporting.stage else ""
        theme.set_role(self.status, "caption", level=level)
        self.status.setText(said)
        self.status.setToolTip(said)
        writing = exporting.stage == "writing"
        self.progress.setVisible(writing)
        self.close_button.setText(self.tr("Cancel") if writing else self.tr("Close"))
        self.export_button.setEnabled(exporting.ready)

    def _summary(self) -> str:
        plan = self._exporting.plan
        assert plan is not None
        if plan.nothing_new:
            return self.tr("The project has all of it already")
        count = len(plan.writes) + len(self._exporting.records)
        return self.tr("{count} files are written, all or nothing").format(count=count)

    def _why_no_picture(self) -> str:
        if self._shown.step is not None:
            return self.tr("The model that drew this step has to decode it first.")
        return self.tr("There is no picture yet: draw one.")

    def _show_progress(self, done: int, of: int, what: str) -> None:
        self.progress.setRange(0, of)
        self.progress.setValue(done)
        if what:
            self.status.setText(self.tr("Writing {name}…").format(name=what))

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._stop()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._exporting.stage == "writing":
            event.ignore()
            self._exporting.cancel()
        else:
            super().closeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        parent = self.parentWidget()
        if parent is not None:
            room = parent.window().geometry()
            self.resize(min(880, room.width() - 32), min(600, room.height() - 32))
            place = self.geometry()
            place.moveCenter(room.center())
            self.move(place.topLeft())


def _row(grid: QGridLayout, row: int, text: str, field: QWidget, content: Any) -> None:
    label = QLabel(text)
    label.setBuddy(field)
    grid.addWidget(label, row, 0)
    grid.addLayout(content, row, 1)


def _set_text(field: QLineEdit, text: str, keep: bool) -> None:
    """Without moving the cursor of somebody who types."""
    if field.text() != text and not (keep and field.hasFocus()):
        field.setText(text)
