"""What can be done with canvas and frame as wholes: a picture put onto it, another size, cropping and extending."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from studio_app.document.document import MAX_CANVAS
from studio_app.document.planes import Rect
from studio_app.document.putting import MAX_FEATHER
from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action, allow, submenu
from studio_app.ui.canvas.canvas_dialog import CanvasDialog
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.shown import shown_of

SIDES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class CanvasActions(QObject):
    """Actions of `owner`, named `canvas_...`. kind: of the node that a picture becomes."""

    feather_changed = Signal(int)

    def __init__(self, studio: Studio, tools: ToolState, kind: str, owner: QWidget) -> None:
        super().__init__(owner)
        self._studio = studio
        self._tools = tools
        self._kind = kind
        self._owner = owner
        self._shown = shown_of(studio)
        self._feather = tools.put_feather
        self._dialog: CanvasDialog | None = None
        self.put = add_action(
            owner, "canvas_put_picture", _tr("Put the picture on the canvas"), self._put,
            key="Ctrl+Shift+F", icon="stamp",
            why=_tr("As a new colour layer, where the frame was when it was made."),
        )  # fmt: skip
        self.size = add_action(
            owner, "canvas_size", _tr("Canvas size…"), self.ask_size, icon="scaling",
            why=_tr("Crops the canvas or extends it, by numbers."),
        )  # fmt: skip
        self.crop = add_action(
            owner, "canvas_crop", _tr("Crop to the frame"), self._crop, icon="crop",
            why=_tr("The canvas becomes what lies in the frame."),
        )  # fmt: skip
        texts = {
            "left": _tr("Extend to the left"),
            "right": _tr("Extend to the right"),
            "up": _tr("Extend upwards"),
            "down": _tr("Extend downwards"),
        }
        why = _tr("By the frame's size. What is drawn stays where it is.")
        self.extend = {
            side: add_action(
                owner, f"canvas_extend_{side}", text, lambda side=side: self._extend(side),
                icon="expand", why=why,
            )
            for side, text in texts.items()
        }  # fmt: skip
        tools.changed.connect(self._on_tools)
        studio.edited.connect(self.refresh)
        self._shown.exportable_changed.connect(self.refresh)
        self.refresh()

    @property
    def feather(self) -> int:
        """Pixels of the canvas over which the edge of a put picture runs out."""
        return self._feather

    def set_feather(self, pixels: float) -> None:
        self._tools.set_put_feather(min(max(round(pixels), 0), MAX_FEATHER))

    def entries(self) -> list[QAction]:
        """In the order of a menu."""
        more = submenu(self._owner, _tr("Extend by the frame"), list(self.extend.values()))
        return [self.put, self.size, self.crop, more]

    def ask_size(self) -> None:
        """Opens the dialog, or brings it to the front; the canvas stays usable."""
        if self._dialog is None:
            self._dialog = CanvasDialog(self._studio, self._owner)
            self._dialog.finished.connect(self._forget_dialog)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def refresh(self) -> None:
        """Shows what makes sense now."""
        document = self._studio.document
        there = self._shown.exportable is not None
        allow(self.put, there, _tr("There is no picture yet."))
        whole = document.frame == (0, 0, *document.canvas)
        allow(self.crop, not whole, _tr("The frame is all of the canvas."))
        for side, action in self.extend.items():
            grows = self._extended(side) != (0, 0, *document.canvas)
            allow(action, grows, _tr("The canvas is as large as it may be."))

    # ---- inside ----

    def _on_tools(self) -> None:
        if self._tools.put_feather != self._feather:
            self._feather = self._tools.put_feather
            self.feather_changed.emit(self._feather)

    def _put(self) -> None:
        picture = self._shown.exportable
        if picture is None:
            return
        self._studio.put_picture(self._kind, picture, self._feather, self.put.text(), self._take)

    def _take(self, id: str) -> None:
        """Who paints goes on on top."""
        node = self._studio.document.stack.node(id)
        if node is not None and self._tools.layer == self._kind:
            self._tools.set_node(node)

    def _crop(self) -> None:
        self._studio.set_canvas(self._studio.document.frame)

    def _extend(self, side: str) -> None:
        self._studio.set_canvas(self._extended(side))

    def _extended(self, side: str) -> Rect:
        """As much as the frame, or as a canvas may grow."""
        document = self._studio.document
        across, down = SIDES[side]
        width, height = document.canvas
        wide = abs(across) * min(document.frame[2], MAX_CANVAS - width)
        high = abs(down) * min(document.frame[3], MAX_CANVAS - height)
        return min(across, 0) * wide, min(down, 0) * high, width + wide, height + high

    def _forget_dialog(self) -> None:
        self._dialog = None


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasActions", text)
