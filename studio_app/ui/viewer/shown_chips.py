"""What the chips over the viewer say: an older picture, a branch, what is kept exported."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

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
        self.kept = self.add(
            "chip_kept", self.tr("Each finished picture is exported into it. Click to end that.")
        )
        self.kept.clicked.connect(self._on_kept)
        studio.watching.changed.connect(self.refresh)
        self.older.clicked.connect(shown.back_to_live)
        self.branch.clicked.connect(studio.clear_branch)
        shown.changed.connect(self.refresh)
        studio.edited.connect(self.refresh)
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
        self._show_kept()
        branch = self.tr("Branch from step {step} ×")
        self.show_chip(self.branch, branch.format(step=start.step + 1) if start is not None else "")

    def _show_kept(self) -> None:
        which = {one.which for one in self._studio.watching.kept}
        why = self.tr("Each finished picture is exported into it. Click to end that.")
        if which == {"starred"}:
            why = self.tr("Each picture that you star (S) is exported into it. Click to end that.")
        elif len(which) > 1:
            why = self.tr("By finished pictures, or by starred ones. Click to end one of them.")
        self.kept.setToolTip(why)
        self.show_chip(self.kept, self._kept_text())

    def _kept_text(self) -> str:
        kept = self._studio.watching.kept
        troubles = [one for one in kept if one.trouble is not None]
        if troubles and troubles[0].trouble is not None:
            said, why = self.tr("{name} is not kept exported: {why} ×"), troubles[0].trouble.title
            return said.format(name=troubles[0].name, why=why)
        if len(kept) > 1:
            return self.tr("{count} exports are kept up to date ×").format(count=len(kept))
        if not kept:
            return ""
        said = self.tr("{name} is kept exported ×")
        if kept[0].which == "starred":
            said = self.tr("{name} is kept exported, by stars ×")
        return said.format(name=kept[0].name)

    def _on_kept(self) -> None:
        """Ends it; of several one has to say which."""
        watching = self._studio.watching
        if len(watching.kept) < 2:
            watching.stop_all()
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for kept in watching.kept:
            action = menu.addAction(self.tr("End {name}").format(name=kept.name))
            action.triggered.connect(lambda _=False, kept=kept: watching.stop(kept))
        menu.addAction(self.tr("End all")).triggered.connect(watching.stop_all)
        menu.popup(self.kept.mapToGlobal(self.kept.rect().bottomLeft()))
