"""The options of the frame: what can be done with what lies in it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio_app.document.putting import MAX_FEATHER
from studio_app.ui import theme
from studio_app.ui.canvas.canvas_actions import CanvasActions
from studio_app.ui.folding_bar import FoldingBar
from studio_app.ui.knobs import CalmSpinBox


class FrameOptions(QWidget):
    """The commands about the frame, and how soft the edge of a picture is that is put there."""

    def __init__(self, actions: CanvasActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.feather = CalmSpinBox()
        self.feather.setDecimals(0)
        self.feather.setRange(0, MAX_FEATHER)
        self.feather.setSuffix(" px")
        self.feather.setFixedWidth(72)
        self.feather.setAccessibleName(self.tr("Feather"))
        self.feather.setToolTip(
            self.tr("Over so many pixels the edge of a picture runs out that is put on the canvas.")
        )
        label = QLabel(self.tr("Feather"))
        label.setBuddy(self.feather)
        field = QWidget()
        pair = QHBoxLayout(field)
        pair.setContentsMargins(0, 0, 0, 0)
        pair.setSpacing(theme.UNIT // 2)
        pair.addWidget(label)
        pair.addWidget(self.feather)
        bar = FoldingBar()
        bar.set_margins(0)
        bar.add_action(actions.put)
        bar.add(field)
        bar.gap()
        bar.add_action(actions.crop, 1)
        bar.add_action(actions.size, 2)
        bar.stretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(bar)
        self.feather.valueChanged.connect(actions.set_feather)
        actions.feather_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        with QSignalBlocker(self.feather):
            self.feather.setValue(self._actions.feather)
