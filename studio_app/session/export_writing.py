"""Writing what a plan says, in the saver's thread: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, Signal

from studio_app.core.errors import StudioError
from studio_app.export.plan import Plan
from studio_app.export.questions import Answers
from studio_app.export.settings import ExportSettings
from studio_app.session.export_jobs import Turn, Written, written
from studio_app.session.io_worker import IoWorker
from studio_app.session.notices import Notice


class Writing(QObject):
    """Window's thread. One plan at a time."""

    progressed = Signal(int, int, str)
    """(files written, of how many, the name of the next)"""

    def __init__(self, saver: IoWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._saver = saver
        self._turn = Turn()
        self.busy = False

    def write(
        self,
        plan: Plan,
        settings: ExportSettings,
        answers: Answers,
        then: Callable[[Written | None], None],
        failed: Callable[[StudioError], None],
    ) -> None:
        """then: with None where it was cancelled. settings: what the project remembers of it."""
        self.busy = True
        self._turn = turn = Turn()
        told = self.progressed.emit
        kept = dict(answers)

        def done(result: Written | None) -> None:
            self.busy = False
            then(result)

        def broken(error: StudioError) -> None:
            self.busy = False
            failed(error)

        self._saver.submit(lambda: written(plan, settings, kept, told, turn.is_over), done, broken)

    def cancel(self) -> None:
        """What is being written is taken back."""
        self._turn.over = True


def told(plan: Plan, result: Written) -> Notice:
    """Where it lies: the detail is the path of the first file, for whoever shows it."""
    name = plan.main_file()
    said = "{name} is there already" if result.done.entry is None else "Exported {name}"
    said = QCoreApplication.translate("Exporting", said)
    return Notice(said.format(name=name.name), str(name), "exported")
