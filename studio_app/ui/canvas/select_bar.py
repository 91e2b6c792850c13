"""The options of selecting and of moving."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from studio_app.document.selections import HOWS, How
from studio_app.document.warping import CELLS
from studio_app.ui import icons
from studio_app.ui.canvas.tolerance_knob import ToleranceKnob
from studio_app.ui.canvas.tool_kit import ToolKit
from studio_app.ui.canvas.tool_settings import MAX_FEATHER
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.tools.warping import LEAST_POINTS, MOST_POINTS
from studio_app.ui.folding_bar import FoldingBar
from studio_app.ui.knobs import Knob, Scale

_ICONS: dict[How, str] = {
    "replace": "square-dashed",
    "add": "squares-unite",
    "subtract": "squares-subtract",
    "intersect": "squares-intersect",
}


class SelectOptions(QWidget):
    """How a new selection is put to the old one, how soft its edge is, and what one can do with it."""

    def __init__(
        self, tools: ToolState, actions: list[QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tools = tools
        tr = self.tr
        texts: dict[How, str] = {
            "replace": tr("Replaces the old selection"),
            "add": tr("Adds to the selection (Shift)"),
            "subtract": tr("Takes away from the selection (Alt)"),
            "intersect": tr("Keeps what both have (Shift and Alt)"),
        }
        self.hows: dict[How, QToolButton] = {}
        bar = FoldingBar()
        bar.set_margins(0)
        for how in HOWS:
            button = icons.icon_button(_ICONS[how], texts[how])
            button.setCheckable(True)
            button.clicked.connect(partial(tools.set_select_how, how))
            self.hows[how] = button
            bar.add(button)
        bar.gap()
        self.feather = Knob(
            tr("Feather"), tr("Pixels that the edge of a new selection is soft over."),
            Scale(0, MAX_FEATHER, 0),
        )  # fmt: skip
        self.feather.setMaximumWidth(160)
        self.feather.spin.setFixedWidth(36)
        self.feather.changed.connect(lambda value, _merge: tools.set_feather(round(value)))
        bar.add(self.feather, None, room=4)
        self.tolerance = ToleranceKnob(tools)
        bar.gap()
        bar.add(self.tolerance, None, room=4)
        bar.gap()
        for rank, action in enumerate(actions, start=1):
            bar.add_action(action, rank)
        bar.stretch()
        _only(self, bar)
        tools.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        for how, button in self.hows.items():
            button.setChecked(how == self._tools.select_how)
        with QSignalBlocker(self.feather):
            self.feather.show_value(self._tools.feather)
        self.tolerance.refresh()


class MoveOptions(QWidget):
    """Mirrors and turns; keeping the change, or not; how fine the net of a warp is."""

    def __init__(
        self, tools: ToolState, kit: ToolKit, actions: list[QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tools, self._kit = tools, kit
        self.points = Knob(
            self.tr("Points"),
            self.tr("Of a side of the net. Page Up gives more of them, Page Down fewer."),
            Scale(LEAST_POINTS, MOST_POINTS, CELLS + 1),
        )
        self.points.setMaximumWidth(160)
        self.points.spin.setFixedWidth(36)
        self.points.changed.connect(lambda value, _merge: kit.warper.set_points(round(value)))
        bar = FoldingBar()
        bar.set_margins(0)
        bar.add(self.points, None, room=4)
        bar.gap()
        for action in actions:
            bar.add_action(action)
        bar.stretch()
        _only(self, bar)
        tools.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        warps = self._tools.tool == "warp"
        self.points.setVisible(warps)
        if warps:
            with QSignalBlocker(self.points):
                self.points.show_value(self._kit.warper.points)


def _only(holder: QWidget, bar: FoldingBar) -> None:
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(bar)
