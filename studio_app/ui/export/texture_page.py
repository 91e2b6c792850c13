"""A surface with its maps."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout

from studio_app.export.pieces import MAPS, SET, Role
from studio_app.export.settings import ExportSettings
from studio_app.export.targets.target import Project
from studio_app.session.exporting import Exporting
from studio_app.ui import theme
from studio_app.ui.export.fields import Page


class TexturePage(Page):
    """Which maps. A set of none is none: the engine's own come back."""

    kind = "texture"

    def __init__(self, exporting: Exporting) -> None:
        super().__init__(exporting)
        tr = self.tr
        self.text, self.why = tr("&Texture set"), tr("A surface with its maps.")
        self.columns(2)
        self.place(0, 0, tr("Fo&rmat"), self.format())
        self.place(0, 1, tr("Si&ze"), self.scale())
        texts: dict[Role, str] = {
            "colour": tr("Colour"),
            "normal": tr("Normal"),
            "height": tr("Height"),
            "roughness": tr("Roughness"),
            "metallic": tr("Metallic"),
            "occlusion": tr("Occlusion"),
            "orm": tr("ORM"),
            "mask_map": tr("HDRP mask"),
        }
        self.maps: dict[Role, QCheckBox] = {}
        inner = QGridLayout()
        inner.setHorizontalSpacing(2 * theme.UNIT)
        for number, role in enumerate(MAPS):
            box = QCheckBox(texts[role])
            box.setAccessibleDescription(tr("A map of the set."))
            box.toggled.connect(self._choose)
            self.maps[role] = self.fields[f"maps.{role}"] = box
            inner.addWidget(box, number // 4, number % 4)
        self.grid.addLayout(inner, 1, 0, 1, 4)
        why = tr(
            "Cuts and joins a picture that was not drawn seamless until it repeats. It keeps three quarters of it at "
            "least, at the same size."
        )
        seamless = self.check("seamless", tr("Make s&eamless"), why)
        self.grid.addWidget(seamless, 2, 0, 1, 4, Qt.AlignmentFlag.AlignLeft)
        self.when_shown(self._show)

    def _show(self, settings: ExportSettings, project: Project | None) -> None:
        chosen = settings.maps or _usual(project)
        for role, box in self.maps.items():
            with QSignalBlocker(box):
                box.setChecked(role in chosen)

    def _choose(self) -> None:
        exporting = self.exporting
        chosen = [role for role in MAPS if self.maps[role].isChecked()]
        if not chosen or set(chosen) == set(_usual(exporting.project)) & set(MAPS):
            exporting.choose(maps=None)
            if not chosen:
                self._show(exporting.settings, exporting.project)
        else:
            exporting.choose(maps=chosen)


def _usual(project: Project | None) -> tuple[Role, ...]:
    return project.target.wants.texture if project is not None else SET
