"""How the window exports: by the panel, again by a key, kept up to date, dragged out; and what it says meanwhile."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from studio_app.session.notices import Notice
from studio_app.session.studio import Studio
from studio_app.session.watching import Which
from studio_app.ui import asking
from studio_app.ui.actions import ActionTable
from studio_app.ui.drag_out import DragOut
from studio_app.ui.export.export_panel import REMEMBERED, ExportPanel
from studio_app.ui.filmstrip import Filmstrip
from studio_app.ui.message_bar import MessageBar, Offer
from studio_app.ui.viewer.viewer_panel import ViewerPanel

EXPORTED_MS = 3000
"""So long the status bar says that something was exported by itself."""
SLOW_MS = 400
"""An export by key that takes longer says so where it can be cancelled."""
UNDER_WAY = "exporting"
"""What that message is about."""


class Exports(QObject):
    """Wires the commands of exports. panel: the export panel; drag_out: what drags pictures out."""

    def __init__(
        self,
        window: QMainWindow,
        studio: Studio,
        command: ActionTable,
        viewer: ViewerPanel,
        strip: Filmstrip,
        bar: MessageBar,
    ) -> None:
        super().__init__(window)
        self._studio, self._viewer, self._bar = studio, viewer, bar
        self._status = window.statusBar()
        self.panel = ExportPanel(studio, window)
        self.drag_out = DragOut(studio, window)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(lambda: self._say_under_way(self.tr("Getting it ready…")))
        viewer.acts.offer(self.drag_out.as_sprite)
        viewer.drag_asked.connect(self.drag_out.start)
        exporting, watching = studio.exporting, studio.watching
        command["export"].triggered.connect(lambda: self.panel.open_panel(several=strip.several))
        command["export_again"].triggered.connect(self._again)
        self._keeps: tuple[tuple[QAction, Which], ...] = (
            (command["keep_exporting"], "finished"),
            (command["keep_starred"], "starred"),
        )
        command["keep_exporting"].triggered.connect(lambda on: self._keep(on, "finished"))
        command["keep_starred"].triggered.connect(lambda on: self._keep(on, "starred"))
        exporting.refused.connect(self.panel.open_refused)
        exporting.changed.connect(self._show)
        exporting.progressed.connect(self._show_progress)
        watching.changed.connect(self._show_kept)
        watching.exported.connect(self._show_exported)
        watching.refused.connect(lambda: self.panel.open_panel())

    # ---- commands ----

    def _again(self) -> None:
        self.panel.export_again(self._viewer.shown.exportable)

    def _keep(self, on: bool, which: Which) -> None:
        watching, picture = self._studio.watching, self._viewer.shown.picture
        if not on:
            watching.stop(watching.keeps())
        elif picture is None:
            self.panel.open_panel()
        else:
            watching.keep(picture, asking.folders.get(REMEMBERED, ""), which)
        self._show_kept()

    # ---- showing ----

    def _show(self) -> None:
        """Of an export whose panel is not there to say so."""
        said = self.tr("Exporting…")
        if self._alone:
            self._status.showMessage(said)
            if not self._slow.isActive() and self._bar.staying(UNDER_WAY) is None:
                self._slow.start()
        else:
            if self._status.currentMessage() == said:
                self._status.clearMessage()
            self._slow.stop()
            self._bar.settle(UNDER_WAY)
        self._show_kept()

    @property
    def _alone(self) -> bool:
        return self._studio.exporting.under_way and not self.panel.isVisible()

    def _show_progress(self, done: int, of: int, what: str) -> None:
        if self._alone and what and self._bar.staying(UNDER_WAY) is not None:
            said = self.tr("Writing {name}, {number} of {count}")
            self._say_under_way(said.format(name=what, number=done + 1, count=of))

    def _say_under_way(self, detail: str) -> None:
        if self._alone:
            said = Notice(self.tr("Exporting…"), detail, UNDER_WAY, stays=True)
            self._bar.show_message(said, Offer(self.tr("Cancel"), self._studio.exporting.cancel))

    def _show_kept(self) -> None:
        kept = self._studio.watching.keeps()
        for action, which in self._keeps:
            action.setChecked(kept is not None and kept.which == which)

    def _show_exported(self, file: Path) -> None:
        self._status.showMessage(self.tr("Exported {name}").format(name=file.name), EXPORTED_MS)
