"""A menu of what lies on the disk: it is looked up in the background whenever the menu opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QMenu, QWidget

from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import explain
from studio_app.ui.menu_text import escaped


@dataclass(frozen=True)
class Listed:
    """An entry: its text, its tooltip, and what choosing it does."""

    text: str
    why: str
    chosen: Callable[[], object]


class ListingMenu(QMenu):
    """look: reads what there is, in the background. named: what an entry of it says and does. empty: what is said where
    there is none."""

    def __init__(
        self, title: str, why: str, studio: Studio, look: Callable[[], Sequence[Any]],
        named: Callable[[Any], Listed], empty: str, parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(title, parent)
        self._studio = studio
        self._look = look
        self._named = named
        self._empty = empty
        explain(self.menuAction(), why)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._look_up)

    def _look_up(self) -> None:
        self._say(self.tr("Looking…"))
        self._studio.read_later(self._look, self._list, lambda error: self._say(error.title))

    def _list(self, found: Sequence[Any]) -> None:
        if not found:
            self._say(self._empty)
            return
        self.clear()
        for one in found:
            listed = self._named(one)
            action = self.addAction(escaped(listed.text))
            action.setToolTip(listed.why)
            action.triggered.connect(lambda _=False, run=listed.chosen: run())

    def _say(self, text: str) -> None:
        self.clear()
        self.addAction(escaped(text)).setEnabled(False)
