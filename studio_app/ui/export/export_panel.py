"""The export panel: a picture, what becomes of it, where it goes, and every file of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio_app.core.errors import StudioError
from studio_app.document.results import Picture
from studio_app.session.studio import Studio
from studio_app.ui import asking, theme
from studio_app.ui.export.file_list import FileList
from studio_app.ui.export.frame_list import FrameList
from studio_app.ui.export.manners import Manners
from studio_app.ui.export.names_page import NamesPage
from studio_app.ui.export.options import Options
from studio_app.ui.export.place_form import PlaceForm
from studio_app.ui.export.preview_side import PreviewSide
from studio_app.ui.export.question_box import QuestionBox
from studio_app.ui.export.signature_page import SignaturePage
from studio_app.ui.giving_way import GivingWay
from studio_app.ui.popups import fit_beside
from studio_app.ui.shown import shown_of

REMEMBERED = "project"
"""Of `asking.folders`: where the last project was."""
SIZE = (976, 712)
LEAST = 160
"""Logical pixels of the upper half that are seen where the screen is low."""


class ExportPanel(QDialog):
    """Follows the shown picture while it is open. Enter exports, Escape cancels what is drawn or written, else closes.

    What is used most has a letter: Alt and the letter that is underlined.
    """

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._exporting = exporting = studio.exporting
        self._shown = shown_of(studio)
        self._several = False
        self.setWindowTitle(self.tr("Export"))
        self.place = PlaceForm(exporting)
        self.options = Options(exporting)
        self.side = PreviewSide(exporting)
        self.manners = Manners(exporting)
        self.list = FileList()
        self.naming = NamesPage(exporting)
        self.signature = SignaturePage(exporting)
        self.frames = FrameList(exporting)
        self.frames.row_changed.connect(self.side.preview.look_at)
        self.question = QuestionBox()
        self.question.answered.connect(exporting.answer)
        self.pages = QStackedWidget()
        for page in (self.list, self.naming, self.signature, self.frames):
            self.pages.addWidget(page)
        self.pages.setMinimumHeight(104)
        self.manners.page_chosen.connect(self.pages.setCurrentIndex)
        form = QVBoxLayout()
        form.setSpacing(theme.UNIT)
        form.addWidget(self.place)
        form.addWidget(self.options, 1)
        upper = QWidget()
        top = QHBoxLayout(upper)
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(2 * theme.UNIT)
        top.addWidget(self.side)
        top.addLayout(form, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(2 * theme.UNIT,) * 4)
        rows.setSpacing(theme.UNIT)
        rows.addWidget(
            GivingWay(upper, LEAST)
        )  # as high as its largest page: what lies below stays where it is
        rows.addSpacing(theme.UNIT // 2)
        rows.addWidget(self.manners)
        rows.addWidget(self.pages, 1)
        rows.addWidget(self.question)
        rows.addLayout(self._make_foot())
        self.resize(*SIZE)
        self.project, self.title = self.place.project, self.place.title
        self.name, self.folder = self.place.name, self.place.folder
        self.kinds = self.options.kinds
        self.place.opened.connect(self._to_name)
        exporting.changed.connect(self._show_if_open)
        exporting.progressed.connect(self._show_progress)
        exporting.finished.connect(self.hide)
        self._shown.exportable_changed.connect(self._follow)
        for signal in (studio.edited, studio.model_changed):
            signal.connect(self._follow_desk)

    def open_refused(self) -> None:
        """Shows what stood in the way of an export that was asked for."""
        if not self.isVisible():
            self.open_panel(look=False)

    def open_panel(self, *, look: bool = True, several: Sequence[Picture] = ()) -> None:
        """Shows it, on the shown picture and the last project. look: whether at the project as it is by now. several:
        of the history, for a sheet."""
        exporting = self._exporting
        self._several = len(several) > 1
        if self._several:
            exporting.frames.choose(several)
        self.place.begin()
        self.signature.take_known()
        self.show()
        self.raise_()
        self.activateWindow()
        self._follow()
        last = asking.folders.get(REMEMBERED, "")
        if exporting.project is None and last and exporting.stage != "opening":
            exporting.open_project(last)
        elif look and exporting.project is not None and exporting.stage == "":
            exporting.look_again()
        self._choose_sheet()
        self._show()
        if exporting.project is None and not last:
            self.project.setFocus()
        else:
            self._to_name()

    def export_again(self, picture: Picture | None) -> None:
        """A picture, or the sheet, as the last one; opens where that can't be."""
        self.signature.take_known()
        if picture is None and not self._exporting.is_sheet:
            self.open_panel()
        else:
            self._exporting.export_again(picture, asking.folders.get(REMEMBERED, ""))

    def give_focus_back(self) -> None:
        """After a number was typed: to what comes of it. A list that was closed keeps the keys."""
        if not isinstance(self.focusWidget(), QComboBox):
            self.export_button.setFocus()

    # ---- building ----

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

    def _to_name(self) -> None:
        self.name.setFocus()
        self.name.selectAll()

    def _stop(self) -> None:
        busy = self._is_busy
        self._exporting.cancel()
        if not busy:
            self.hide()

    @property
    def _is_busy(self) -> bool:
        """Whether anything is under way that can be cancelled."""
        return self._exporting.stage in ("writing", "drawing")

    # ---- showing ----

    def _choose_sheet(self) -> None:
        """Of several pictures, whatever was exported last; once the project has said what that was."""
        if self._several and self._exporting.stage != "opening":
            self._several = False
            source = self._exporting.settings.source.model_dump(mode="json")
            self._exporting.choose(kind="sheet", source={**source, "of": "chosen"}, format="png")

    def _follow(self) -> None:
        if self.isVisible():
            self._exporting.show(self._shown.exportable)
            self._follow_desk()

    def _follow_desk(self) -> None:
        if self.isVisible():
            self._exporting.follow_desk()

    def _show_if_open(self) -> None:
        project = self._exporting.project
        if project is not None:
            asking.folders[REMEMBERED] = str(project.root)
        if self.isVisible():
            self._choose_sheet()
            self._show()

    def _show(self) -> None:
        exporting = self._exporting
        self.place.show_place()
        self.options.show_export()
        self.side.show_export(exporting)
        self.manners.show_manners()
        plan = exporting.plan
        self.question.show_questions(plan.questions if plan is not None else ())
        self.list.show_plan(plan, exporting.records)
        if exporting.is_sheet:
            self.frames.show_frames()
        self.naming.show_names()
        self.signature.show_signature()
        self._show_status()

    def _show_status(self) -> None:
        exporting = self._exporting
        error = exporting.error
        if exporting.stage:
            said = self._busy_text()
        elif error is not None:
            said = str(error)
        elif exporting.picture is None and not exporting.is_sheet:
            said = self._why_no_picture()
        elif exporting.project is None:
            said = self.tr("Choose the project that it goes into.")
        elif exporting.plan is not None or exporting.is_sheet:
            said = ". ".join([self._summary(), *exporting.notes])
        else:
            said = ""
        failed = error is not None and not exporting.stage and not self._nothing_chosen(error)
        level = "error" if failed else ""
        theme.set_role(self.status, "caption", level=level)
        self.status.setText(said)
        self.status.setToolTip(said)
        series = exporting.frames.series
        if exporting.stage == "drawing":
            self.progress.setRange(0, series.of)
            self.progress.setValue(series.done)
        self.progress.setVisible(self._is_busy)
        self.close_button.setText(self.tr("Cancel") if self._is_busy else self.tr("Close"))
        self.export_button.setEnabled(exporting.ready)

    def _nothing_chosen(self, error: StudioError) -> bool:
        """A sheet that nobody has chosen pictures for yet is no failure."""
        frames = self._exporting.frames
        return (
            error is frames.error and not frames.slots and frames.source.of in ("chosen", "starred")
        )

    def _busy_text(self) -> str:
        exporting = self._exporting
        series = exporting.frames.series
        if exporting.stage == "drawing":
            said = self.tr("Drawing frame {number} of {count}…")
            return said.format(number=series.done + 1, count=series.of)
        if exporting.stage == "maps" and exporting.is_sheet:
            done, of = exporting.cut
            return self.tr("Cutting out frame {number} of {count}…").format(
                number=done + 1, count=of
            )
        return {
            "opening": self.tr("Opening the project…"),
            "maps": self.tr("Waiting for the model's maps…"),
            "looking": self.tr("Looking at what would be written…"),
            "writing": self.tr("Writing…"),
        }.get(exporting.stage, "")

    def _summary(self) -> str:
        exporting, plan = self._exporting, self._exporting.plan
        missing = len(exporting.frames.missing) if exporting.is_sheet else 0
        if missing:
            return self.tr("{count} frames are drawn first").format(count=missing)
        if plan is None:
            return ""
        if plan.nothing_new:
            return self.tr("The project has all of it already")
        count = len(plan.writes) + len(exporting.records)
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
        if self._is_busy:
            event.ignore()
            self._exporting.cancel()
        else:
            super().closeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        parent = self.parentWidget()
        if parent is not None:
            room = parent.window().geometry()
            fit_beside(self, SIZE)
            place = self.geometry()
            place.moveCenter(room.center())
            self.move(place.topLeft())
