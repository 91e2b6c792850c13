"""What the numbers of somebody else's depth mean: asked where a picture comes in as depth."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio_app.document.depth_reading import DepthReading, Near
from studio_app.document.pictures import DecodedPicture
from studio_app.ui import theme
from studio_app.ui.knobs import CalmComboBox


class DepthChoices(QWidget):
    """What is near, and whether it is stretched over the whole range."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tr = self.tr
        heading = QLabel(tr("Where it is depth"))
        theme.set_role(heading, "heading")
        self.near = CalmComboBox(
            tr("What is near"),
            tr("What the numbers of this picture mean: grey levels, or distances from the camera."),
        )
        texts: tuple[tuple[str, Near], ...] = (
            (tr("White is near"), "white"),
            (tr("Black is near"), "black"),
            (tr("Distances"), "distance"),
        )
        self.near.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToContents)
        self.near.fill([(text, near) for text, near in texts])
        self.whole = QCheckBox(tr("Use the whole range"))
        self.whole.setToolTip(tr("Stretches it until the nearest is white and the farthest black."))
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self.near)
        row.addWidget(self.whole)
        row.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, theme.UNIT, 0, 0)
        rows.setSpacing(theme.UNIT // 2)
        rows.addWidget(heading)
        rows.addLayout(row)

    def guess(self, picture: DecodedPicture) -> None:
        """Proposes what it looks like."""
        self.near.show_data("distance" if picture.has_distances else "white")

    @property
    def reading(self) -> DepthReading:
        near: Near = self.near.currentData()
        return DepthReading(near, self.whole.isChecked())
