"""Whether the work is safe, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from studio_app.core.errors import StudioError


@dataclass(frozen=True)
class Saving:
    """Whether the work is safe. problem: why nothing can be saved now, or None."""

    problem: StudioError | None = None


class Safety(QObject):
    """What keeps parts of the work from being saved: the first of it is the one that is told."""

    changed = Signal(object)
    """Saving"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problems: dict[str, StudioError | None] = {}
        self.now = Saving()

    def set_problem(self, problem: StudioError | None, of: str = "drawing") -> None:
        """of: the part of the work. None: it is saved."""
        self._problems[of] = problem
        found = next((one for one in self._problems.values() if one is not None), None)
        if str(found) != str(self.now.problem):
            self.now = Saving(found)
            self.changed.emit(self.now)
