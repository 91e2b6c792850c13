"""The file that the window's work belongs to: its commands, the title, how far a save is, and the one question."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QMessageBox

from studio_app.core.errors import StudioError
from studio_app.document.store.saving import SUFFIX, Version
from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import allow, explain
from studio_app.ui.actions import ActionTable
from studio_app.ui.asking import ask_open, ask_save, warning
from studio_app.ui.canvas.gestures import dropped_file, take_copy
from studio_app.ui.listing_menu import Listed, ListingMenu
from studio_app.ui.menu_text import as_entry
from studio_app.ui.progress import Progress

SAID_MS = 4000
WHAT = "drawing"


class Filer(QObject):
    """`new_drawing`, `open_drawing`, `save_drawing` and `save_drawing_as` of the window's commands, and two menus."""

    def __init__(self, window: QMainWindow, studio: Studio, command: ActionTable) -> None:
        super().__init__(window)
        self._window, self._studio, self._files = window, studio, studio.files
        self._command = command
        self.question: QMessageBox | None = None
        self.progress = Progress(
            self.tr("How far the file is saved"),
            self.tr("Cancel saving"),
            self._files.cancel,
            lambda: self._files.saving,
        )
        self._files.progressed.connect(self.progress.show_share)
        window.statusBar().insertPermanentWidget(0, self.progress)
        self.recent = QMenu(self.tr("Open &recent"), window)
        explain(self.recent.menuAction(), self.tr("Drawings that were opened or saved last."))
        self.recent.setToolTipsVisible(True)
        self.recent.aboutToShow.connect(self._list_recent)
        why = self.tr("What the file was before each of its last five saves.")
        self.versions = ListingMenu(
            self.tr("Earlier &versions"), why, studio, self._files.versions, self._version,
            self.tr("There is none yet"), window,
        )  # fmt: skip
        command["new_drawing"].triggered.connect(self._files.new)
        command["open_drawing"].triggered.connect(self.ask_open)
        command["save_drawing"].triggered.connect(self.save)
        command["save_drawing_as"].triggered.connect(self.ask_save)
        self._files.changed.connect(self.show_state)
        self._files.overwriting.connect(self._ask_about)
        studio.edited.connect(self._show_modified)
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        self.show_state()

    def entries(self) -> list[QAction | None]:
        """Of the menu of files, from its top; None is a line."""
        command = self._command
        return [
            command["new_drawing"], command["open_drawing"], self.recent.menuAction(), None,
            command["save_drawing"], command["save_drawing_as"], self.versions.menuAction(), None,
        ]  # fmt: skip

    def show_state(self) -> None:
        """The title, and what can be done."""
        path = self._files.path
        name = path.name if path is not None else self.tr("Untitled")
        if self._files.read_only:
            name = self.tr("{name} (read-only)").format(name=name)
        self._window.setWindowTitle(self.tr("{name}[*] \u2013 Underpaint").format(name=name))
        tied = path is not None
        allow(self.versions.menuAction(), tied, self.tr("The drawing has no file yet."))
        known = bool(self._files.recent)
        allow(self.recent.menuAction(), known, self.tr("No drawing has a file yet."))
        self._show_modified()

    # ---- commands ----

    def save(self) -> None:
        """Into its file; where it has none that may be written, asks for one."""
        if self._files.path is None or self._files.read_only:
            self.ask_save()
        else:
            self._files.save()

    def ask_save(self) -> None:
        title, kinds = self.tr("Save the drawing"), self.tr("OpenRaster drawings (*.ora)")
        path = self._files.path
        name = self.tr("Untitled") if path is None else path.name.removesuffix(SUFFIX)
        ask_save(
            self._window, title, name, lambda p: self._files.save_as(Path(p)),
            ending=SUFFIX.removeprefix("."), kinds=kinds, what=WHAT, folder=path and path.parent,
        )  # fmt: skip

    def ask_open(self) -> None:
        title, kinds = self.tr("Open a drawing"), self.tr("OpenRaster drawings (*.ora)")
        ask_open(self._window, title, kinds, lambda p: self._files.open(Path(p)), WHAT)

    # ---- menus ----

    def _list_recent(self) -> None:
        self.recent.clear()
        for path in self._files.recent:
            action = self.recent.addAction(as_entry(path.name))
            action.setToolTip(str(path))
            action.triggered.connect(partial(self._open, path))
        self.recent.addSeparator()
        self.recent.addAction(self.tr("Clear the list")).triggered.connect(self._files.clear_recent)

    def _open(self, path: Path) -> None:
        self._files.open(path)

    def _version(self, version: Version) -> Listed:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(version.written))
        return Listed(when, version.path.name, lambda: self._files.open_version(version.path))

    # ---- showing and asking ----

    def _show_modified(self) -> None:
        self._window.setWindowModified(self._files.modified)

    def _ask_about(self, error: StudioError) -> None:
        """The file was written by somebody else."""
        if self.question is not None:
            return
        box = warning(self._window, error.title, f"{error.detail}. {error.hint}")
        roles = QMessageBox.ButtonRole
        replace = box.addButton(self.tr("Replace it"), roles.DestructiveRole)
        other = box.addButton(self.tr("Save as…"), roles.AcceptRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(other)
        box.setEscapeButton(cancel)
        self.question = box

        def answered() -> None:
            chosen, self.question = box.clickedButton(), None
            if chosen is replace:
                self._files.save_anyway()
            elif chosen is other:
                self.ask_save()

        box.finished.connect(answered)
        box.open()

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A drawing that is dropped on the window, beside the canvas, is opened."""
        if isinstance(event, QDropEvent):
            path = dropped_file(event.mimeData())
            if path is not None and path.suffix.lower() == SUFFIX:
                take_copy(event)
                if event.type() == QEvent.Type.Drop:
                    # The drag is over for the program it came from before a file is read.
                    QTimer.singleShot(0, self, partial(self._open, path))
                return True
        return super().eventFilter(watched, event)
