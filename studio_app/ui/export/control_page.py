"""The drawing that a picture was made from."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from studio_app.session.exporting import Exporting
from studio_app.ui import theme
from studio_app.ui.export.fields import Page


class ControlPage(Page):
    """Nothing is to be chosen: they are what they were."""

    kind = "control"

    def __init__(self, exporting: Exporting) -> None:
        super().__init__(exporting)
        tr = self.tr
        self.text, self.why = tr("&Control maps"), tr("The drawing that it was made from.")
        said = QLabel(
            tr(
                "The drawing as it went into the picture: depth as PNG of 16 bits and as EXR, the pose as picture "
                "and OpenPose JSON. Of a scene that is still as it was also its normals, and the ids of its things "
                "with their names."
            )
        )
        said.setWordWrap(True)
        theme.set_role(said, "caption")
        self.grid.addWidget(said, 0, 0)
