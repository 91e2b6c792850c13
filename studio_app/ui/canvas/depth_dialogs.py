"""Levels and smoothing of a depth layer, tried on the drawing itself while one turns the knobs."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import (
    QShowEvent,
)
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from studio_app.document.altering import Change
from studio_app.document.contents.content import Content
from studio_app.document.contents.depth import Depth
from studio_app.document.depths import (
    MAX_SMOOTHING,
    SMOOTHING,
    Levels,
    histogram_of,
    levels_change,
    range_of,
    smoothing_change,
)
from studio_app.document.document import Document
from studio_app.document.edits import AlterEdit, OpenEdit
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.abstract import AbstractQt
from studio_app.ui.canvas.histogram import Histogram
from studio_app.ui.canvas.tools.tool import LIVE
from studio_app.ui.knobs import Knob, Scale

SLOW_MS = 150
"""After the last move of a knob a large canvas is drawn anew."""


class AlterDialog(AbstractQt, QDialog):
    """One change of the depth layer, on the canvas and in the picture at once: kept by OK, as one step of undo, and
    taken back by Cancel. The canvas can be looked at meanwhile; who draws on it keeps the change."""

    text = ""

    def __init__(self, studio: Studio, target: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self._studio = studio
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        width, height = studio.document.canvas
        self._large = width * height > LIVE
        self._soon.setInterval(SLOW_MS if self._large else 0)
        self._asked = 0
        """Number of the newest change that is being made in the background; 0: none."""
        self._leaving = False
        self._soon.timeout.connect(self._try)
        self.edit: AlterEdit | None = None
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(*(2 * theme.UNIT,) * 4)
        self.rows.setSpacing(theme.UNIT)
        self._target = target
        self._open()
        studio.document_changed.connect(self._on_document)
        studio.work_changed.connect(self.reject)

    @abstractmethod
    def change(self) -> Change:
        """What the knobs say."""

    @property
    def drawn(self) -> Depth:
        """As it was."""
        assert self.edit is not None
        assert isinstance(self.edit.before, Depth)
        return self.edit.before

    def retry(self) -> None:
        """The knobs say something else."""
        self._soon.start()

    # ---- inside ----

    def _open(self) -> None:
        def made(document: Document, id: str) -> OpenEdit:
            self.edit = AlterEdit(document, id)
            return self.edit

        if not self._studio.begin_edit(self._target, made, self.tr(self.text), held=False):
            self.edit = None

    def _try(self) -> None:
        self._soon.stop()
        before = self.edit
        if before is not None and not self._studio.holds(before):
            self._open()  # a command that changed nothing here has ended it before its first step
        edit = self.edit
        if edit is None or (before is not None and edit.before is not before.before):
            return
        change = self.change()
        if not self._large:
            self._studio.stroke_to(change)
            return
        self._asked += 1
        number = self._asked
        self._studio.read_later(
            lambda: edit.tried(change),
            lambda made: self._on_made(number, edit, made),
            self._studio.message.emit,
        )

    def _on_made(self, number: int, edit: AlterEdit, made: Content) -> None:
        """A large one comes from the background; the newest counts."""
        if number != self._asked or self.edit is not edit or not self._studio.holds(edit):
            return
        self._asked = 0
        self._studio.stroke_to(made)
        if self._leaving:
            self.accept()

    def _on_document(self) -> None:
        edit = self.edit
        if edit is not None and not self._studio.holds(edit) and edit.dirty[2] > 0:
            self.edit = None  # whatever came next has kept it
            super().reject()

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        """At the left of the window: what it changes is to be seen."""
        super().showEvent(event)
        panel = self.parentWidget()
        if panel is not None:
            left = panel.window().mapToGlobal(QPoint(theme.UNIT, 0)).x()
            self.move(left, panel.mapToGlobal(QPoint(0, theme.UNIT)).y())

    def done(self, result: int) -> None:
        if result == QDialog.DialogCode.Accepted and self._soon.isActive():
            self._try()
        self._soon.stop()
        if result == QDialog.DialogCode.Accepted and self._asked:
            self._leaving = True  # until what is wanted is there
            self.setEnabled(False)
            return
        self._asked = 0
        edit, self.edit = self.edit, None
        if edit is not None and self._studio.holds(edit):
            if result == QDialog.DialogCode.Accepted:
                self._studio.end_stroke()
            else:
                self._studio.cancel_stroke()
        super().done(result)


class LevelsDialog(AlterDialog):
    """Which depths become which."""

    text = "Levels"

    def __init__(self, studio: Studio, target: str, parent: QWidget | None = None) -> None:
        super().__init__(studio, target, parent)
        tr = self.tr
        self.setWindowTitle(tr("Levels of the depth"))
        self.histogram = Histogram()
        self.histogram.setToolTip(tr("How much lies at each depth: the far at the left."))
        self.histogram.setAccessibleName(tr("Histogram of the depth"))
        whole = Scale(0, 100, 0, 0.5, 1), Scale(0, 100, 100, 0.5, 1)
        self.low = Knob(tr("From far"), tr("The depth that becomes the far end."), whole[0])
        self.high = Knob(tr("From near"), tr("The depth that becomes the near end."), whole[1])
        self.far = Knob(
            tr("To far"), tr("Where the far end comes to lie; 0 is background."), whole[0]
        )
        self.near = Knob(
            tr("To near"), tr("Where the near end comes to lie; 100 is nearest."), whole[1]
        )
        self.knobs = (self.low, self.high, self.far, self.near)
        grid = QGridLayout()
        grid.setHorizontalSpacing(3 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT)
        for place, knob in enumerate(self.knobs):
            knob.setMinimumWidth(170)
            grid.addWidget(knob, place // 2, place % 2)
            knob.changed.connect(partial(self._on_knob, knob))
        self.auto = self.buttons.addButton(
            tr("Use the whole range"), QDialogButtonBox.ButtonRole.ResetRole
        )
        self.auto.setToolTip(tr("From the farthest to the nearest that there is, to all of it."))
        self.auto.clicked.connect(self._on_auto)
        self.histogram.moved.connect(self._on_handle)
        self.rows.addWidget(self.histogram)
        self.rows.addLayout(grid)
        self.rows.addStretch(1)
        self.rows.addWidget(self.buttons)
        self._begin()

    @property
    def levels(self) -> Levels:
        return Levels(*(knob.value / 100 for knob in self.knobs))

    def change(self) -> Change:
        return levels_change(self.levels)

    def _begin(self) -> None:
        """With the range that there is, which changes nothing: on a large canvas it is looked for in the background,
        and until then there is nothing to turn."""
        self._found = (0.0, 1.0)
        edit = self.edit
        if edit is None:
            return
        drawn, chosen = self.drawn, edit.selection

        def look() -> tuple[tuple[float, float], NDArray[np.float64]]:
            return range_of(drawn, chosen) or (0.0, 1.0), histogram_of(drawn, chosen)

        if not self._large:
            self._on_looked(edit, look())
            return
        for part in (*self.knobs, self.auto, self.histogram):
            part.setEnabled(False)
        self._studio.work_out(look, lambda found: self._on_looked(edit, found))

    def _on_looked(
        self, edit: AlterEdit, found: tuple[tuple[float, float], NDArray[np.float64]]
    ) -> None:
        if self.edit is not edit:
            return
        self._found, counts = found
        self.histogram.show_counts(counts)
        low, high = self._found
        for knob, value in zip(self.knobs, (low, high, low, high), strict=True):
            knob.show_value(value * 100)
        for part in (*self.knobs, self.auto, self.histogram):
            part.setEnabled(True)
        self._show()

    def _on_knob(self, knob: Knob, value: float, merge: bool) -> None:
        """The near end is never farther than the far one."""
        if knob is self.low and value > self.high.value:
            self.high.show_value(value)
        elif knob is self.high and value < self.low.value:
            self.low.show_value(value)
        self._show()
        self.retry()

    def _on_handle(self, end: int, value: float) -> None:
        knob = (self.low, self.high)[end]
        knob.show_value(value * 100)
        self._on_knob(knob, knob.value, merge=True)

    def _on_auto(self) -> None:
        low, high = self._found
        for knob, value in zip(self.knobs, (low, high, 0.0, 1.0), strict=True):
            knob.show_value(value * 100)
        self._show()
        self.retry()

    def _show(self) -> None:
        self.histogram.show_levels(self.levels)


class SmoothDialog(AlterDialog):
    """Over how many pixels."""

    text = "Smooth"

    def __init__(self, studio: Studio, target: str, parent: QWidget | None = None) -> None:
        super().__init__(studio, target, parent)
        tr = self.tr
        self.setWindowTitle(tr("Smooth the depth"))
        self.radius = Knob(
            tr("Radius"), tr("Pixels of the canvas that it goes over. Edges of the paint stay."),
            Scale(1, MAX_SMOOTHING, SMOOTHING),
        )  # fmt: skip
        self.radius.setMinimumWidth(280)
        self.radius.show_value(SMOOTHING)
        self.radius.changed.connect(lambda _value, _merge: self.retry())
        said = QLabel(tr("The smooth brush does the same where you stroke."))
        theme.set_role(said, "caption")
        self.rows.addWidget(self.radius)
        self.rows.addWidget(said)
        self.rows.addStretch(1)
        self.rows.addWidget(self.buttons)
        self.retry()

    def change(self) -> Change:
        return smoothing_change(self.radius.value)
