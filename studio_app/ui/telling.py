"""What the studio says, at the foot of the window or over its middle, with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMainWindow

from studio_app.core.errors import StudioError
from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.filing import SAID_MS, Filer
from studio_app.ui.keeping import Keeper
from studio_app.ui.message_bar import MessageBar, Offer

OF_THE_WORK = (
    "file", "unsaved", "read only", "opened", "kept", "removed", "hidden", "locked", "edit", "alter", "move", "copy",
    "pose", "guide", "depth", "scene", "work", "read", "resized", "recipe", "restored", "words", "watch",
)  # fmt: skip
"""What is said about one drawing, or offered with it. All else goes on: of models, exports, files that are written."""

PASSING = ("read", "open file", "drag", "depth", "scene", "work")
"""What was tried and has left nothing behind: an error about it is over with the next edit, as one of an edit is."""


class Teller(QObject):
    """Takes what a studio says to the bar of messages, or to the window's line at its foot."""

    models_asked = Signal()

    def __init__(
        self, window: QMainWindow, studio: Studio, tools: ToolState, bar: MessageBar, filer: Filer, keeper: Keeper
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._window = window
        self._studio = studio
        self._tools = tools
        self._bar = bar
        self._filer = filer
        self._keeper = keeper
        studio.message.connect(self.tell)
        studio.settled.connect(self._on_settled)
        studio.work_changed.connect(self._on_work)
        studio.model_progress.connect(self._show_progress)
        studio.reading_changed.connect(self._show_reading)

    def tell(self, said: object) -> None:
        """Shows a StudioError or a Notice; anything else is not for the artist."""
        if not isinstance(said, StudioError | Notice):
            return
        if isinstance(said, Notice) and said.key == "saved file":  # it is asked for all the time
            self._window.statusBar().showMessage(said.title, SAID_MS)
            return
        self._bar.show_message(said, self.offer(said))

    def tell_gone(self, said: str, put_back: Callable[[], None]) -> None:
        """Something that the artist kept is gone, as was asked for; it can be put back."""
        self._bar.show_message(Notice(said, "", "gone"), Offer(self.tr("Undo"), put_back))

    def offer(self, said: StudioError | Notice) -> Offer | None:
        """What can be done about it, as a button."""
        return self._about_notice(said) if isinstance(said, Notice) else self._about_error(said)

    # ---- inside ----

    def _on_settled(self, about: str) -> None:
        for one in (about, *(PASSING if about == "edit" else ())):
            self._bar.settle(one)

    def _on_work(self) -> None:
        """What was said of the work before says nothing of this one, and would act on it. That it was recovered is of
        it alone where it names no others."""
        said = self._bar.shown
        alone = isinstance(said, Notice) and said.key == "recovered" and not said.stays
        for about in (*OF_THE_WORK, *(("recovered",) if alone else ())):
            self._bar.settle(about)

    def _about_notice(self, said: Notice) -> Offer | None:
        tr, studio = self.tr, self._studio
        if said.key in ("saved", "exported"):
            folder = QUrl.fromLocalFile(str(Path(said.detail).parent))
            return Offer(tr("Show the folder"), lambda: _open_folder(folder))
        if said.key == "unsaved":
            return Offer(tr("Show the saved file"), studio.files.open_as_saved)
        if said.key == "read only":
            return Offer(tr("Save as…"), self._filer.ask_save)
        if said.key == "removed":
            return Offer(tr("Undo"), studio.put_back)
        if said.key == "recovered" and said.stays:
            return Offer(tr("Earlier work…"), self._show_earlier_work)
        if said.key == "recovered":
            return Offer(tr("Start empty"), studio.clear_document)
        return None

    def _about_error(self, said: StudioError) -> Offer | None:
        tr, studio = self.tr, self._studio
        target = self._tools.painted(studio.document)
        if said.about == "hidden":
            return Offer(tr("Show it"), lambda: studio.reveal(target))
        if said.about == "file":
            return Offer(tr("Save as…"), self._filer.ask_save)
        if said.about == "locked":
            return Offer(tr("Unlock it"), lambda: studio.unlock(target))
        if said.about in ("model", "run") and not studio.model_ready:
            return Offer(tr("Open a model…"), self.models_asked.emit)
        return None

    def _show_earlier_work(self) -> None:
        """The menu of it, where the message was that named it."""
        self._keeper.earlier.popup(self._bar.action.mapToGlobal(QPoint(0, 0)))

    def _show_progress(self, text: str, share: float) -> None:
        bar = self._window.statusBar()
        if share < 1.0:
            bar.showMessage(f"{text}  {share * 100:.0f} %")
        else:
            bar.clearMessage()

    def _show_reading(self, name: str) -> None:
        bar = self._window.statusBar()
        if name:
            bar.showMessage(self.tr("Reading {name}…").format(name=name))
        else:
            bar.clearMessage()


def _open_folder(folder: QUrl) -> None:
    QDesktopServices.openUrl(folder)
