"""The options of the frame: how it is, in words."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio_app.ui import theme


class FrameOptions(QWidget):
    """What one can do with the frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        said = QLabel(self.tr("Drag the frame to where the model shall look."))
        theme.set_role(said, "caption")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(said)
