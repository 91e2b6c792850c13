"""How much alike the pixels of an area are: of the tools that look for one."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from studio_app.ui.canvas.tool_settings import TOLERANCE
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.tools.names import ENTRIES
from studio_app.ui.knobs import Knob, Scale


class ToleranceKnob(Knob):
    """Seen while such a tool is in hand; `refresh` after a change of tools."""

    def __init__(self, tools: ToolState) -> None:
        super().__init__(
            _tr("Tolerance"),
            _tr(
                "How far pixels may differ from the one that is clicked to be of its area, in percent."
            ),
            Scale(0, 100, round(TOLERANCE * 100)),
        )
        self._tools = tools
        self.setMaximumWidth(160)
        self.spin.setFixedWidth(36)
        self.changed.connect(lambda value, _merge: tools.set_tolerance(value / 100))

    def refresh(self) -> None:
        self.setVisible("tolerance" in ENTRIES[self._tools.tool].options)
        self.show_value(round(self._tools.tolerance * 100))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)
