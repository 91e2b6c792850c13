"""What can be done with a whole layer of depth: as actions, the entries of the menu Depth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from studio_app.document.contents.depth import Depth
from studio_app.document.depths import COMMANDS
from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action
from studio_app.ui.canvas.depth_dialogs import AlterDialog, LevelsDialog, SmoothDialog
from studio_app.ui.canvas.layer_actions import LayerActions
from studio_app.ui.canvas.tool_state import ToolState


@dataclass(frozen=True)
class DepthEntry:
    """name: for code; where it has no dialog, of `depths.COMMANDS`. dialog: that asks, and shows what comes of it."""

    name: str
    icon: str
    key: str = ""
    dialog: type[AlterDialog] | None = None


ENTRIES: Mapping[str, DepthEntry] = {
    entry.name: entry
    for entry in (
        DepthEntry("levels", "sliders-horizontal", "Ctrl+L", LevelsDialog),
        DepthEntry("normalise", "scaling"),
        DepthEntry("smooth", "waves", "", SmoothDialog),
    )
}
"""Beside inverting and filling, which are of the layer that is in hand."""


def words_of_entry(name: str) -> tuple[str, str]:
    """Its text, and what it does in a sentence; in the language of now."""
    words = {
        "levels": (
            _tr("Levels of the depth…"),
            _tr("Presses, stretches or turns around what is painted, with a histogram."),
        ),
        "normalise": (
            _tr("Normalise the depth"),
            _tr("The nearest becomes white, the farthest black."),
        ),
        "smooth": (_tr("Smooth the depth…"), _tr("Softens it; the edges of the paint stay.")),
    }
    return words[name]


class DepthActions(QObject):
    """Actions of `owner`, named `canvas_depth_...`. They act on the depth layer that was in hand last, as far as it is
    selected and its locks allow."""

    def __init__(
        self, studio: Studio, tools: ToolState, layer: LayerActions, owner: QWidget
    ) -> None:
        super().__init__(owner)
        self._studio, self._tools, self._layer = studio, tools, layer
        self._owner = owner
        self.dialog: AlterDialog | None = None
        self.commands = {
            name: self._made(name, entry, partial(self._run, entry))
            for name, entry in ENTRIES.items()
        }
        tools.changed.connect(self.refresh)
        studio.layers_changed.connect(self.refresh)
        self.refresh()

    def menu_entries(self) -> list[QAction | None]:
        """In the order of a menu; None is a line."""
        layer = self._layer
        return [*self.commands.values(), layer.invert, layer.fill, None, layer.ground]

    def refresh(self) -> None:
        """Offers what there is something to do with."""
        drawn = not self._depth.untouched
        for action in self.commands.values():
            action.setEnabled(drawn)

    # ---- inside ----

    @property
    def _depth(self) -> Depth:
        content = self._tools.held(self._studio.document, Depth.kind).content
        assert isinstance(content, Depth)
        return content

    def _made(self, name: str, entry: DepthEntry, run: Callable[[], None]) -> QAction:
        text, why = words_of_entry(name)
        return add_action(
            self._owner, f"canvas_depth_{name}", text, run, key=entry.key, icon=entry.icon, why=why
        )

    def _run(self, entry: DepthEntry) -> None:
        """On the layer of depth, whatever is in hand."""
        target = self._tools.target(self._studio.document, Depth.kind)
        if entry.dialog is None:
            self._studio.alter_content(target, COMMANDS[entry.name], words_of_entry(entry.name)[0])
            return
        if self.dialog is not None:
            self.dialog.reject()
        dialog = entry.dialog(self._studio, target, self._owner)
        if dialog.edit is None:  # it may not be changed, and a message says why
            dialog.deleteLater()
            return
        self.dialog = dialog
        dialog.finished.connect(lambda _: self._forget(dialog))
        dialog.show()

    def _forget(self, dialog: AlterDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasPanel", text)
