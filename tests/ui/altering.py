"""For the dialogs that alter a depth: something to alter, the dialog, its buttons."""

from __future__ import annotations

from PySide6.QtWidgets import QDialogButtonBox

from studio_app.session.studio import Studio
from studio_app.ui.canvas.canvas_panel import CanvasPanel
from studio_app.ui.canvas.depth_dialogs import AlterDialog
from tests.nodes import depth_of
from tests.ui.conftest import drag

Panel = CanvasPanel
OK = QDialogButtonBox.StandardButton.Ok
CANCEL = QDialogButtonBox.StandardButton.Cancel


def dialog_of(panel: Panel, kind: type[AlterDialog]) -> AlterDialog:
    found = panel.depth_actions.dialog
    assert isinstance(found, kind) and found.isVisible()
    return found


def state(studio: Studio) -> tuple[str, str]:
    depth = depth_of(studio.document)
    return depth.value.digest, depth.known.digest


def paint(panel: Panel) -> None:
    """Two crossing strokes, one near and one far, with soft edges."""
    panel.tools.set_layer("depth")
    panel.tools.set_value(0.8)
    drag(panel.canvas, (40, 60), (220, 60))
    panel.tools.set_value(0.3)
    drag(panel.canvas, (120, 20), (120, 220))
