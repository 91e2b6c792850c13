"""What the chips over the viewer say: an older picture, a branch, variations that run."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from studio_app.session.studio import Studio
from studio_app.ui.chips import ChipRow
from studio_app.ui.shown import Shown


class ShownChips(ChipRow):
    """Over a widget that shows what `shown` says."""

    def __init__(self, studio: Studio, shown: Shown, host: QWidget) -> None:
        super().__init__(host)
        self._studio = studio
        self._shown = shown
        self.older = self.add(
            "chip_older", self.tr("Click, or press Escape, to see the newest frames again.")
        )
        self.branch = self.add(
            "chip_branch",
            self.tr("Click to start from noise again. Variations and another seed do too."),
        )
        self.older.clicked.connect(shown.back_to_live)
        self.branch.clicked.connect(studio.clear_branch)
        shown.changed.connect(self.refresh)
        studio.document_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        shown, start = self._shown, self._studio.document.start
        older = ""
        if shown.step is not None:
            run, step = shown.step
            older = self.tr("Run {run}, step {step} · back to live")
            older = older.format(run=run.number, step=step.i + 1)
        elif shown.older is not None:
            older = self.tr("Older picture · back to live")
        self.show_chip(self.older, older)
        branch = self.tr("Branch from step {step} ×")
        self.show_chip(self.branch, branch.format(step=start.step + 1) if start is not None else "")
