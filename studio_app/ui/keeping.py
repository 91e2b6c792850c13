"""What the window says and asks about the safety of the work: a standing warning, copies, other work, the end."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QToolBar,
)

from studio_app.core.errors import StudioError
from studio_app.document.store.slots import Waiting
from studio_app.session.studio import Studio
from studio_app.ui import icons, theme
from studio_app.ui.actions import ActionTable
from studio_app.ui.asking import ask_folder, warning
from studio_app.ui.elided_label import ElidedLabel
from studio_app.ui.listing_menu import Listed, ListingMenu

MOST_PROMPT = 40
"""Letters of a prompt in the menu of earlier work."""


class SavingStrip(QToolBar):
    """A row over the whole window for as long as the work can't be saved. It can't be closed: it says what is so."""

    def __init__(self, window: QMainWindow, studio: Studio, save_copy: QAction) -> None:
        super().__init__(window)
        self._studio = studio
        self.setObjectName("saving_strip")
        self.setWindowTitle(self.tr("Warning about saving"))
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.toggleViewAction().setVisible(False)
        frame = QFrame()
        theme.set_role(frame, "warning")
        sign = QLabel()
        sign.setPixmap(icons.pixmap("triangle-alert", 16, "danger", self.devicePixelRatioF()))
        self.said = ElidedLabel()
        self.button = QPushButton(self.tr("Save a copy elsewhere…"))
        self.button.setToolTip(save_copy.toolTip())
        self.button.clicked.connect(save_copy.trigger)
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 6, theme.UNIT, 6)
        row.setSpacing(theme.UNIT)
        row.addWidget(sign)
        row.addWidget(self.said, 1)
        row.addWidget(self.button)
        frame.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.addWidget(frame)
        studio.saving_changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """As it is now."""
        problem = self._studio.saving.problem
        self.setVisible(problem is not None)
        if problem is not None:
            said = self.tr("Your work is not being saved. {why}").format(why=_sentences(problem))
            self.said.setText(said)
            self.setAccessibleName(said)


class Keeper(QObject):
    """The window's commands about files of work, and its questions when they can't be written."""

    def __init__(self, window: QMainWindow, studio: Studio, command: ActionTable) -> None:
        super().__init__(window)
        self._window = window
        self._studio = studio
        self._leaving = False
        self.question: QMessageBox | None = None
        why = self.tr("Opens the work of another window that is not there any more.")
        self.earlier = ListingMenu(
            self.tr("&Earlier work"), why, studio, studio.waiting_work, self._work,
            self.tr("There is none"), window,
        )  # fmt: skip
        self.strip = SavingStrip(window, studio, command["save_copy"])
        window.addToolBarBreak()
        window.addToolBar(self.strip)
        self.strip.show_state()
        command["save_copy"].triggered.connect(self.ask_copy)
        command["open_work"].triggered.connect(self._ask_work)
        studio.copied.connect(self._on_copied)
        studio.message.connect(self._on_message)
        studio.close_refused.connect(self.ask_about_closing)
        studio.closed.connect(self._end_question)

    def ask_copy(self) -> None:
        """Asks for a folder, and saves a copy of all of the work into it."""
        self._ask_copy_to(self._studio.save_copy)

    def _ask_copy_to(self, take: Callable[[str], object]) -> None:
        ask_folder(self._window, self.tr("Save a copy of your work in"), take, "work")

    def ask_about_closing(self, error: StudioError) -> None:
        """The work can't be saved: whether to stay, to save it elsewhere, or to leave it."""
        self._end_question()
        box = warning(self._window, self.tr("Your work can't be saved"), _sentences(error))
        roles = QMessageBox.ButtonRole
        stay = box.addButton(self.tr("Keep working"), roles.RejectRole)
        elsewhere = box.addButton(self.tr("Save a copy elsewhere…"), roles.AcceptRole)
        leave = box.addButton(self.tr("Leave without saving"), roles.DestructiveRole)
        box.setDefaultButton(elsewhere)
        box.setEscapeButton(stay)
        self.question = box

        def answered() -> None:
            chosen, self.question = box.clickedButton(), None
            if chosen is leave:
                self._studio.leave()
                return
            self._stay()
            if chosen is elsewhere:
                self._ask_copy_to(self._copy_and_go)

        box.finished.connect(answered)
        self._window.statusBar().clearMessage()
        self._window.setEnabled(True)  # a dialog of a disabled window could not be answered
        box.open()

    def _stay(self) -> None:
        self._studio.stay()
        self._window.setEnabled(True)
        self._window.statusBar().clearMessage()

    def _copy_and_go(self, folder: str) -> None:
        self._leaving = True
        self._studio.save_copy(folder)

    def _on_copied(self, _: object) -> None:
        if self._leaving:
            self._leaving = False
            self._window.setEnabled(False)
            self._studio.leave()

    def _on_message(self, said: object) -> None:
        if isinstance(said, StudioError):
            self._leaving = False  # the copy may have failed: nobody is to leave then

    def _end_question(self) -> None:
        if self.question is not None:
            box, self.question = self.question, None
            box.blockSignals(True)
            box.close()

    def _ask_work(self) -> None:
        title = self.tr("Open a copy of your work")
        ask_folder(self._window, title, lambda f: self._studio.open_work(f), "work")

    def _work(self, work: Waiting) -> Listed:
        return Listed(
            self._named(work), str(work.folder), lambda: self._studio.open_work(work.folder)
        )

    def _named(self, work: Waiting) -> str:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(work.changed))
        words = " ".join(work.prompt.split())
        if len(words) > MOST_PROMPT:
            words = words[: MOST_PROMPT - 1] + "…"
        said = f"{when}   {words}" if words else when
        if work.pictures == 1:
            said += self.tr("   (1 picture)")
        elif work.pictures:
            said += self.tr("   ({count} pictures)").format(count=work.pictures)
        if work.unclean:
            said += self.tr("   ended unexpectedly")
        return said


def _sentences(error: StudioError) -> str:
    parts = [part.strip() for part in (error.title, error.detail, error.hint) if part.strip()]
    full = (part if part.endswith((".", "!", "?", "…")) else f"{part}." for part in parts)
    return " ".join(part[:1].upper() + part[1:] for part in full)
