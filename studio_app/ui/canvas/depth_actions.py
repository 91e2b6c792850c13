"""What can be done with a whole layer of depth: as actions, the entries of the menu Depth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from studio_app.document.contents.colour import Colour
from studio_app.document.contents.depth import Depth
from studio_app.document.contents.sheets import touched
from studio_app.document.depths import COMMANDS
from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action, allow
from studio_app.ui.canvas.canvas import Canvas
from studio_app.ui.canvas.depth_dialogs import AlterDialog, LevelsDialog, SmoothDialog
from studio_app.ui.canvas.layer_actions import LayerActions
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.shown import shown_of


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
    selected and its locks allow. `busy(text)`: what is being done, "" when it is."""

    busy = Signal(str)

    def __init__(
        self,
        studio: Studio,
        tools: ToolState,
        layer: LayerActions,
        owner: QWidget,
        canvas: Canvas,
    ) -> None:
        super().__init__(owner)
        self._studio, self._tools, self._layer = studio, tools, layer
        self._owner = owner
        self.dialog: AlterDialog | None = None
        self.commands = {
            name: self._made(name, entry, partial(self._run, entry))
            for name, entry in ENTRIES.items()
        }
        self.from_picture = add_action(
            owner, "canvas_depth_from_picture", "", self._see_picture, key="Ctrl+Shift+D",
            icon="scan-eye",
            why=_tr("As the model sees it, on a new layer where the picture was made."),
        )  # fmt: skip
        self.from_colour = add_action(
            owner, "canvas_depth_from_colour", _tr("Depth from the colour layers"), self._see_colour,
            icon="scan-eye",
            why=_tr("As the model sees what is painted or pasted in the frame, on a new layer."),
        )  # fmt: skip
        self.contours = add_action(
            owner, "canvas_depth_contours", _tr("Contour lines"), canvas.contours.set_on,
            key="Ctrl+U", icon="target", checkable=True,
            why=_tr("A line for every sixteenth of the depth, over whatever you draw."),
        )  # fmt: skip
        self.relief = add_action(
            owner, "canvas_depth_normals", _tr("Show the normals"), canvas.relief.set_on,
            key="Ctrl+Alt+U", icon="mountain", checkable=True,
            why=_tr("Which way what you paint faces: red right, green up, blue to you."),
        )  # fmt: skip
        self._shown = shown_of(studio)
        self._shown.exportable_changed.connect(self.refresh)
        studio.depths.seeing_changed.connect(self.refresh)
        studio.depths.seeing_changed.connect(self._tell)
        studio.depths.seen.connect(self._take)
        tools.changed.connect(self.refresh)
        studio.edited.connect(self.refresh)
        self.refresh()

    def menu_entries(self) -> list[QAction | None]:
        """In the order of a menu; None is a line."""
        layer = self._layer
        own = [*self.commands.values(), layer.invert, layer.fill]
        return [
            self.from_picture,
            self.from_colour,
            None,
            *own,
            None,
            layer.ground,
            self.contours,
            self.relief,
        ]

    def refresh(self) -> None:
        """Offers what there is something to do with."""
        drawn = not self._depth.untouched
        for action in self.commands.values():
            allow(action, drawn, _tr("The depth layer is empty."))
        seeing = self._studio.depths.seeing
        text = _tr("Stop looking for depth") if seeing else _tr("Depth from the picture")
        if self.from_picture.text() != text:
            self.from_picture.setText(text)
        shown = self._shown.exportable is not None
        allow(self.from_picture, seeing or shown, _tr("There is no picture yet."))
        painted = any(True for _ in touched(self._studio.document.stack.seen(Colour.kind)))
        none = _tr("Depth is being looked for.") if seeing else _tr("No colour layer is drawn on.")
        allow(self.from_colour, painted and not seeing, none)

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

    def _see_picture(self) -> None:
        """Of the picture that is shown; once more, and it is given up."""
        picture = self._shown.exportable
        if self._studio.depths.seeing:
            self._studio.depths.cancel()
        elif picture is not None:
            self._studio.depths.of_picture(picture)

    def _see_colour(self) -> None:
        self._studio.depths.of_colour()

    def _tell(self, seeing: bool) -> None:
        self.busy.emit(_tr("Looking for depth…") if seeing else "")

    def _take(self, id: str) -> None:
        """Takes the new layer in hand."""
        node = self._studio.document.stack.node(id)
        if node is not None:
            self._tools.set_node(node)

    def _forget(self, dialog: AlterDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasPanel", text)
