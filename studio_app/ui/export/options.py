"""The options of an export by kind: one page of fields for each, of one height."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio_app.export.pieces import MAPS, SET, Role
from studio_app.export.settings import FORMATS as KNOWN_FORMATS
from studio_app.export.settings import ExportSettings
from studio_app.export.targets.target import Project
from studio_app.session.exporting import Exporting
from studio_app.ui import icons, theme
from studio_app.ui.asking import ask_open
from studio_app.ui.knobs import CalmComboBox, CalmSpinBox

_TITLES = {
    "png": "PNG",
    "webp": "WebP",
    "jpeg": "JPEG",
    "tga": "TGA",
    "exr": "EXR",
    "psd": "PSD, layered",
    "ora": "OpenRaster, layered",
}
FORMATS: dict[str, tuple[tuple[str, str], ...]] = {
    kind: tuple((_TITLES[format], format) for format in formats)
    for kind, formats in KNOWN_FORMATS.items()
}
"""What a kind can be written as, as (text, format)."""

Show = Callable[[ExportSettings, Project | None], None]


class Options(QStackedWidget):
    """Fields that show the settings of `exporting` and choose others."""

    def __init__(self, exporting: Exporting) -> None:
        super().__init__()
        self._exporting = exporting
        self._shows: list[Show] = []
        self.fields: dict[str, QWidget] = {}
        """By kind and setting: "sprite.padding"."""
        self._pages = {
            "picture": self._picture(),
            "sprite": self._sprite(),
            "texture": self._texture(),
            "control": self._control(),
        }
        for page in self._pages.values():
            self.addWidget(page)

    def show_settings(self, settings: ExportSettings, project: Project | None) -> None:
        if settings.kind in self._pages:
            self.setCurrentWidget(self._pages[settings.kind])
        for show in self._shows:
            show(settings, project)

    # ---- pages ----

    def _picture(self) -> QWidget:
        page, grid = _page()
        tr = self.tr
        self._place(grid, 0, 0, tr("Fo&rmat"), self._format("picture"))
        self._place(grid, 0, 2, tr("Si&ze"), self._size("picture"))
        bits = self._combo(
            "picture.bits", tr("Bits"), tr("Of a channel, in a PNG."), [("8", 8), ("16", 16)]
        )
        quality = self._spin(
            "picture.quality", tr("Quality"), tr("Of a JPEG or a lossy WebP, 1 to 100."), 1, 100
        )
        self._place(grid, 1, 0, tr("&Bits"), bits)
        self._place(grid, 1, 2, tr("&Quality"), quality)
        lossless = self._check(
            "picture.lossless", tr("&Lossless"), tr("A WebP that keeps every pixel as it is.")
        )
        grid.addWidget(lossless, 2, 1)

        def show(settings: ExportSettings, _: Project | None) -> None:
            bits.setEnabled(settings.format == "png")
            lossless.setEnabled(settings.format == "webp")
            lossy = settings.format == "webp" and not settings.lossless
            quality.setEnabled(lossy or settings.format == "jpeg")

        self._shows.append(show)
        return page

    def _sprite(self) -> QWidget:
        page, grid = _page()
        tr = self.tr
        self._place(grid, 0, 0, tr("Fo&rmat"), self._format("sprite"))
        self._place(grid, 0, 2, tr("Si&ze"), self._size("sprite"))
        pivot = self._combo(
            "sprite.pivot",
            tr("Pivot"),
            tr("The point of the thing that an engine places and turns it by."),
            [(tr("Centre"), "centre"), (tr("Bottom"), "bottom")],
        )
        padding = self._spin(
            "sprite.padding", tr("Padding"), tr("Empty pixels on each side."), 0, 64
        )
        grid_of = self._spin(
            "sprite.grid", tr("Pixel art"), tr("Pixels along its longer side; 0 for none."), 0, 512
        )
        grid_of.setSpecialValueText(tr("Off"))
        colours = self._spin("sprite.colours", tr("Colours"), tr("Of pixel art."), 2, 256)
        units = self._spin(
            "sprite.pixels_per_unit",
            tr("Pixels a unit"),
            tr("In engines that have units."),
            1,
            9999,
        )
        self._place(grid, 1, 0, tr("Pi&vot"), pivot)
        self._place(grid, 1, 2, tr("Pa&dding"), padding)
        self._place(grid, 2, 0, tr("Pi&xel art"), grid_of)
        self._place(grid, 2, 2, tr("Colo&urs"), colours)
        self._place(grid, 3, 0, tr("Pa&lette"), self._palette(), span=1)
        self._place(grid, 3, 2, tr("Pixels a unit"), units)
        checks = (
            ("trim", tr("Tri&m"), tr("Cuts away what is empty around the thing.")),
            ("power_of_two", tr("P&ower of two"), tr("Sides of 1, 2, 4, 8 ... pixels.")),
            (
                "lit",
                tr("Lit in &2D"),
                tr("With a normal map for 2D lights, from the model's maps."),
            ),
        )
        for column, (name, text, why) in zip((0, 1, 2), checks, strict=True):
            grid.addWidget(self._check(f"sprite.{name}", text, why), 4, (0, 1, 3)[column])

        def show(settings: ExportSettings, project: Project | None) -> None:
            colours.setEnabled(settings.grid > 0 and not settings.palette)
            self.fields["sprite.palette"].setEnabled(settings.grid > 0)
            self._browse.setEnabled(settings.grid > 0)
            units.setEnabled(project is not None and project.target.id == "unity")

        self._shows.append(show)
        return page

    def _texture(self) -> QWidget:
        page, grid = _page()
        tr = self.tr
        self._place(grid, 0, 0, tr("Fo&rmat"), self._format("texture"))
        self._place(grid, 0, 2, tr("Si&ze"), self._size("texture"))
        texts = {
            "colour": tr("Colour"),
            "normal": tr("Normal"),
            "height": tr("Height"),
            "roughness": tr("Roughness"),
            "metallic": tr("Metallic"),
            "occlusion": tr("Occlusion"),
            "orm": tr("ORM"),
            "mask_map": tr("HDRP mask"),
        }
        boxes: dict[Role, QCheckBox] = {}
        inner = QGridLayout()
        inner.setHorizontalSpacing(2 * theme.UNIT)
        for number, role in enumerate(MAPS):
            box = QCheckBox(texts[role])
            box.setAccessibleDescription(tr("A map of the set."))
            box.toggled.connect(lambda _=False: self._choose_maps(boxes))
            boxes[role] = self.fields[f"texture.maps.{role}"] = box
            inner.addWidget(box, number // 4, number % 4)
        grid.addLayout(inner, 1, 0, 1, 4)
        why = tr(
            "Cuts and joins a picture that was not drawn seamless until it repeats. It keeps three quarters of it at "
            "least, at the same size."
        )
        seamless = self._check("texture.seamless", tr("Make s&eamless"), why)
        grid.addWidget(seamless, 2, 0, 1, 4, Qt.AlignmentFlag.AlignLeft)

        def show(settings: ExportSettings, project: Project | None) -> None:
            chosen = settings.maps or self._usual_maps(project)
            for role, box in boxes.items():
                with QSignalBlocker(box):
                    box.setChecked(role in chosen)

        self._shows.append(show)
        return page

    def _control(self) -> QWidget:
        page, grid = _page()
        said = QLabel(
            self.tr(
                "The drawing as it went into the picture: depth as PNG of 16 bits and as EXR, the pose as picture "
                "and OpenPose JSON."
            )
        )
        said.setWordWrap(True)
        theme.set_role(said, "caption")
        grid.addWidget(said, 0, 0, 1, 4)
        return page

    # ---- fields ----

    def _usual_maps(self, project: Project | None) -> tuple[Role, ...]:
        return project.target.wants.texture if project is not None else SET

    def _choose_maps(self, boxes: dict[Role, QCheckBox]) -> None:
        chosen = [role for role in MAPS if boxes[role].isChecked()]
        usual = set(self._usual_maps(self._exporting.project))
        if not chosen or set(chosen) == usual & set(MAPS):
            self._exporting.choose(maps=None)
            if not chosen:  # a set of no maps is none: the engine's own come back
                self.show_settings(self._exporting.settings, self._exporting.project)
        else:
            self._exporting.choose(maps=chosen)

    def _format(self, kind: str) -> CalmComboBox:
        return self._combo(
            f"{kind}.format", self.tr("Format"), self.tr("Of the files."), list(FORMATS[kind])
        )

    def _size(self, kind: str) -> CalmComboBox:
        why = self.tr("Larger by resampling; pixel art by whole pixels.")
        return self._combo(
            f"{kind}.scale", self.tr("Size"), why, [("1 ×", 1), ("2 ×", 2), ("4 ×", 4)]
        )

    def _combo(self, name: str, title: str, why: str, items: list[tuple[str, Any]]) -> CalmComboBox:
        field = CalmComboBox(title, why)
        field.fill([(text, data) for text, data in items])
        setting = name.split(".")[1]
        field.currentIndexChanged.connect(
            lambda _: self._exporting.choose(**{setting: field.currentData()})
        )
        self._shows.append(lambda settings, _: field.show_data(getattr(settings, setting)))
        self.fields[name] = field
        return field

    def _spin(self, name: str, title: str, why: str, low: int, high: int) -> CalmSpinBox:
        field = CalmSpinBox()
        field.setDecimals(0)
        field.setRange(low, high)
        field.setAccessibleName(title)
        field.setAccessibleDescription(why)
        field.setToolTip(why)
        setting = name.split(".")[1]
        whole = setting != "pixels_per_unit"
        field.valueChanged.connect(
            lambda value: self._exporting.choose(**{setting: int(value) if whole else value})
        )

        def show(settings: ExportSettings, _: Project | None) -> None:
            with QSignalBlocker(field):
                field.setValue(float(getattr(settings, setting)))

        self._shows.append(show)
        self.fields[name] = field
        return field

    def _check(self, name: str, text: str, why: str) -> QCheckBox:
        field = QCheckBox(text)
        field.setToolTip(why)
        field.setAccessibleDescription(why)
        setting = name.split(".")[1]
        field.toggled.connect(lambda on: self._exporting.choose(**{setting: on}))

        def show(settings: ExportSettings, _: Project | None) -> None:
            with QSignalBlocker(field):
                field.setChecked(getattr(settings, setting))

        self._shows.append(show)
        self.fields[name] = field
        return field

    def _palette(self) -> QWidget:
        field = QLineEdit()
        field.setPlaceholderText(self.tr("The picture's own"))
        field.setAccessibleName(self.tr("Palette"))
        field.setToolTip(self.tr("A file of colours for pixel art: GPL, HEX, PAL or a picture."))
        field.editingFinished.connect(lambda: self._exporting.choose(palette=field.text().strip()))
        self._browse = icons.icon_button("folder-open", self.tr("Choose a palette…"))
        kinds = self.tr("Palettes (*.gpl *.hex *.pal *.png)")
        self._browse.clicked.connect(
            lambda: ask_open(
                self,
                self.tr("Choose a palette"),
                kinds,
                lambda path: self._exporting.choose(palette=path),
            )
        )
        both = QWidget()
        row = QGridLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT // 2)
        row.addWidget(field, 0, 0)
        row.addWidget(self._browse, 0, 1)
        both.setFocusProxy(field)

        def show(settings: ExportSettings, _: Project | None) -> None:
            if not field.hasFocus():
                field.setText(settings.palette)

        self._shows.append(show)
        self.fields["sprite.palette"] = field
        return both

    def _place(
        self, grid: QGridLayout, row: int, column: int, text: str, field: QWidget, span: int = 1
    ) -> None:
        label = QLabel(text)
        label.setBuddy(field)
        grid.addWidget(label, row, column)
        grid.addWidget(field, row, column + 1, 1, span)


def _page() -> tuple[QWidget, QGridLayout]:
    page = QWidget()
    outer = QVBoxLayout(page)
    outer.setContentsMargins(0, 0, 0, 0)
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.UNIT)
    grid.setVerticalSpacing(theme.UNIT)
    grid.setColumnStretch(1, 1)
    grid.setColumnStretch(3, 1)
    grid.setColumnMinimumWidth(0, 72)
    grid.setColumnMinimumWidth(2, 72)
    outer.addLayout(grid)
    outer.addStretch(1)
    outer.setAlignment(Qt.AlignmentFlag.AlignTop)
    return page, grid
