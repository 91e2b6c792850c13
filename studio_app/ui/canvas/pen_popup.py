"""What the pen does: on what its pressure acts, and how, and how much its stroke is steadied."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QVBoxLayout, QWidget

from studio_app.document.brushes import MOST_STEADY, PRESSURES
from studio_app.ui import theme
from studio_app.ui.canvas.curve_field import CurveField
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.faces.registry import FACES
from studio_app.ui.knobs import Knob, Scale


class PenPopup(QFrame):
    """A popup with a curve for each thing that pressure may act on. It shows the brush in hand while it is open."""

    def __init__(self, tools: ToolState, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.set_role(self, "popup")
        self._tools = tools
        tr = self.tr
        titles = {
            "size": (tr("Size"), tr("Pressing harder makes the stroke wider.")),
            "opacity": (tr("Flow"), tr("Pressing harder covers more.")),
            "value": (tr("Depth"), tr("Pressing harder paints nearer.")),
        }
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * theme.UNIT)
        self.checks: dict[str, QCheckBox] = {}
        self.curves: dict[str, CurveField] = {}
        shown = [name for name in PRESSURES if name != "value" or self._has_value()]
        for column, name in enumerate(shown):
            title, sentence = titles[name]
            check = self.checks[name] = QCheckBox(title)
            check.setToolTip(sentence)
            check.setAccessibleDescription(sentence)
            check.toggled.connect(lambda on, name=name: tools.set_pressure(**{name: on}))
            field = self.curves[name] = CurveField(tr("Pressure to {what}").format(what=title))
            field.curve_changed.connect(lambda curve, name=name: tools.set_curve(name, curve))
            grid.addWidget(check, 0, column)
            grid.addWidget(field, 1, column)
        self.steady = Knob(
            tr("Steadier"),
            tr(
                "Smooths the way of the hand, 0 to 100. The stroke catches up when the pen is lifted."
            ),
            Scale(0, MOST_STEADY, 0),
        )
        self.steady.changed.connect(lambda value, _merge: tools.set_steady(value))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(theme.UNIT,) * 4)
        rows.setSpacing(theme.UNIT)
        rows.addLayout(grid)
        rows.addWidget(self.steady)
        tools.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        brush = self._tools.brush
        for name, check in self.checks.items():
            on = bool(getattr(brush, f"pressure_{name}"))
            with QSignalBlocker(check):
                check.setChecked(on)
            self.curves[name].setEnabled(on)
            self.curves[name].show_curve(getattr(brush, f"{name}_curve"))
        self.steady.show_value(brush.steady)

    def _has_value(self) -> bool:
        return "value" in FACES[self._tools.layer].knobs and not self._tools.masked
