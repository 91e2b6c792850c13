"""Layers read off others: normals off the depth, line art off the shown picture."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

from studio_app.session.studio import Studio
from studio_app.ui.action_buttons import add_action, allow
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.shown import shown_of


class GuideActions(QObject):
    """Actions of `owner`, named `canvas_...`."""

    def __init__(self, studio: Studio, tools: ToolState, owner: QWidget) -> None:
        super().__init__(owner)
        self._studio, self._tools = studio, tools
        self._shown = shown_of(studio)
        self.normals = add_action(
            owner, "canvas_normals_from_depth", _tr("Normals from the depth"),
            studio.guides.normals, icon="axis-3d",
            why=_tr("Which way surfaces face, of all depth in the frame, on a new layer."),
        )  # fmt: skip
        self.edges = add_action(
            owner, "canvas_edges_from_picture", _tr("Edges from the picture"), self._edges,
            icon="spline", why=_tr("As line art on a new layer, where the picture was made."),
        )  # fmt: skip
        studio.guides.made.connect(self._take)
        studio.edited.connect(self.refresh)
        self._shown.exportable_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Offers what there is something to read off."""
        allow(self.edges, self._shown.exportable is not None, _tr("There is no picture yet."))

    # ---- inside ----

    def _edges(self) -> None:
        picture = self._shown.exportable
        if picture is not None:
            self._studio.guides.edges(picture)

    def _take(self, id: str) -> None:
        """Takes the new layer in hand."""
        node = self._studio.document.stack.node(id)
        if node is not None:
            self._tools.set_node(node)


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasPanel", text)
