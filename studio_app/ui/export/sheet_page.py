"""Many pictures in one, with an atlas that says where each of them lies."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QHBoxLayout

from studio_app.export.making import texts_of
from studio_app.export.pieces import Text, Wants
from studio_app.export.settings import ExportSettings
from studio_app.export.targets.target import Project
from studio_app.session.exporting import Exporting
from studio_app.ui import theme
from studio_app.ui.export.fields import Page
from studio_app.ui.export.pivot_field import pivot_field
from studio_app.ui.export.source_bar import SourceBar


class SheetPage(Page):
    """Which pictures, how they are packed, and what is said of the animation."""

    kind = "sheet"

    def __init__(self, exporting: Exporting) -> None:
        super().__init__(exporting)
        tr = self.tr
        self.text, self.why = tr("S&heet"), tr("Many pictures, cut out and packed into one.")
        self.source = SourceBar(exporting)
        self.rows.insertWidget(0, self.source)
        self.columns(3)
        self._place_packing()
        self._place_naming()
        self.place(
            3,
            0,
            tr("Pi&xel art"),
            self.pixel_art(tr("Pixels along a picture's longer side; 0 for none.")),
        )
        self.place(3, 1, tr("Colours"), self.colours())
        self.place(3, 2, tr("Pa&lette"), self.palette_field())
        self.texts: dict[Text, QCheckBox] = {}
        checks = QHBoxLayout()
        checks.setSpacing(2 * theme.UNIT)
        for box in (*self._checks(), *self._atlases()):
            checks.addWidget(box)
        checks.addStretch(1)
        self.grid.addLayout(checks, 4, 0, 1, 6)
        self.when_shown(self._show)

    def _place_packing(self) -> None:
        tr = self.tr
        columns = self.spin(
            "columns", tr("Columns"), tr("Cells side by side; 0 for as many as fit."), 0, 256
        )
        columns.setSpecialValueText(tr("As they fit"))
        padding = self.spin("padding", tr("Padding"), tr("Empty pixels between the cells."), 0, 64)
        why = tr(
            "Of the preview; written into Godot's SpriteFrames, Unreal's flipbooks and the Aseprite atlas, "
            "and nowhere else."
        )
        speed = self.spin("fps", tr("Frames a second"), why, 0.1, 240, 1)
        self.place(0, 0, tr("Fo&rmat"), self.format())
        self.place(0, 1, tr("Si&ze"), self.scale())
        self.place(0, 2, tr("Pi&vot"), pivot_field(self))
        self.place(1, 0, tr("Col&umns"), columns)
        self.place(1, 1, tr("Padding"), padding)
        self.place(1, 2, tr("Frames/s"), speed)

    def _place_naming(self) -> None:
        tr = self.tr
        animation = self.words(
            "animation", tr("Animation"), tr("What frames that are in no row are called together."),
            tr("Of the name"),
        )  # fmt: skip
        names = self.words(
            "frame_names", tr("Frame names"),
            tr("{row}: of the animation. {number}: from 0. {name}: of the asset. {seed}: of the picture."),
            "{row}_{number}",
        )  # fmt: skip
        self.place(2, 0, tr("Animation"), animation)
        self.place(2, 1, tr("Frame names"), names)
        self.place(2, 2, tr("Pixels a unit"), self.units())

    def _checks(self) -> list[QCheckBox]:
        tr = self.tr
        loop = tr(
            "The animation begins again at its end: in the preview, Godot's SpriteFrames and the Aseprite atlas, "
            "and nowhere else."
        )
        uniform = tr("Cells of one size, trimmed together, as a grid wants them.")
        return [
            self.check("loop", tr("Loop"), loop),
            self.check("trim", tr("Tri&m"), tr("Each cell is cut to what is seen in it.")),
            self.check("uniform", tr("One size"), uniform),
            self.check("power_of_two", tr("Power of two"), tr("Sides of 1, 2, 4, 8 ... pixels.")),
        ]

    def _atlases(self) -> list[QCheckBox]:
        tr = self.tr
        atlases: tuple[tuple[Text, str, str], ...] = (
            (
                "texturepacker",
                "TexturePacker",
                tr("An atlas as PixiJS, Phaser and many others read it."),
            ),
            ("aseprite", "Aseprite", tr("An atlas with tags for rows, as Aseprite writes it.")),
        )
        for atlas, text, why in atlases:
            box = QCheckBox(text)
            box.setToolTip(why)
            box.setAccessibleDescription(why)
            box.toggled.connect(self._choose_texts)
            self.texts[atlas] = self.fields[f"texts.{atlas}"] = box
        return list(self.texts.values())

    def _show(self, settings: ExportSettings, project: Project | None) -> None:
        self.source.show_source(settings.source)
        self.fields["trim"].setEnabled(not settings.uniform)
        wants = project.target.wants if project is not None else Wants()
        chosen = texts_of(settings.model_copy(update={"kind": "sheet"}), wants)
        for text, box in self.texts.items():
            with QSignalBlocker(box):
                box.setChecked(text in chosen)

    def _choose_texts(self) -> None:
        chosen = [text for text, box in self.texts.items() if box.isChecked()]
        self.exporting.choose(texts=chosen)
