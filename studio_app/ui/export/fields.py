"""The fields of an export's options, on the page of one kind: what they show, and what they choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, get_args

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from studio_app.export.layered import LayeredFormat
from studio_app.export.pieces import AssetKind
from studio_app.export.settings import FORMATS, TITLES, ExportSettings, imports
from studio_app.export.targets.target import Project
from studio_app.session.exporting import Exporting
from studio_app.ui import icons, theme
from studio_app.ui.asking import ask_open
from studio_app.ui.knobs import CalmComboBox, CalmSpinBox

Show = Callable[[ExportSettings, Project | None], None]


class Page(QWidget):
    """The options of one kind. text, why: what its button says. fields: by setting, for whoever looks for one."""

    kind: ClassVar[AssetKind]
    text: str = ""
    why: str = ""

    def __init__(self, exporting: Exporting) -> None:
        super().__init__()
        self.exporting = exporting
        self.fields: dict[str, QWidget] = {}
        self._shows: list[Show] = []
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(theme.UNIT)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(theme.UNIT)
        self.grid.setVerticalSpacing(theme.UNIT)
        self.rows.addLayout(self.grid)
        self.rows.addStretch(1)
        self.rows.setAlignment(Qt.AlignmentFlag.AlignTop)

    def show_settings(self, settings: ExportSettings, project: Project | None) -> None:
        for show in self._shows:
            show(settings, project)

    def columns(self, count: int) -> None:
        """So many labels beside so many fields."""
        for column in range(count):
            self.grid.setColumnMinimumWidth(2 * column, 72)
            self.grid.setColumnStretch(2 * column + 1, 1)

    def place(self, row: int, column: int, text: str, field: QWidget) -> None:
        """column: of labels and fields, 0, 1, 2."""
        label = QLabel(text)
        label.setBuddy(field)
        self.grid.addWidget(label, row, 2 * column)
        self.grid.addWidget(field, row, 2 * column + 1)

    def when_shown(self, show: Show) -> None:
        self._shows.append(show)

    def format(self) -> CalmComboBox:
        layered = self.tr("{format}, layered")
        items: list[tuple[str, Any]] = [
            (
                layered.format(format=TITLES[name])
                if name in get_args(LayeredFormat)
                else TITLES[name],
                name,
            )
            for name in FORMATS[self.kind]
        ]
        field = self.combo("format", self.tr("Format"), self.tr("Of the files."), items)

        def show(_: ExportSettings, project: Project | None) -> None:
            why = self.tr("{engine} does not import it.")
            for row, name in enumerate(FORMATS[self.kind]):
                there = project is None or imports(project.target, name)
                said = "" if project is None or there else why.format(engine=project.target.title)
                field.allow(row, there, said)

        self.when_shown(show)
        return field

    def scale(self) -> CalmComboBox:
        why = self.tr("Larger by resampling; pixel art by whole pixels.")
        return self.combo("scale", self.tr("Size"), why, [("1 ×", 1), ("2 ×", 2), ("4 ×", 4)])

    def combo(
        self, setting: str, title: str, why: str, items: list[tuple[str, Any]]
    ) -> CalmComboBox:
        field = CalmComboBox(title, why)
        field.fill([(text, data) for text, data in items])
        field.currentIndexChanged.connect(
            lambda _: self.exporting.choose(**{setting: field.currentData()})
        )
        self.when_shown(lambda settings, _: field.show_data(getattr(settings, setting)))
        self.fields[setting] = field
        return field

    def spin(
        self, setting: str, title: str, why: str, low: float, high: float, decimals: int = 0
    ) -> CalmSpinBox:
        """A number. Its setting is whole unless the settings say otherwise."""
        field = number_field(title, why, low, high, decimals)
        whole = ExportSettings.model_fields[setting].annotation is int
        field.valueChanged.connect(
            lambda value: self.exporting.choose(**{setting: int(value) if whole else value})
        )

        def show(settings: ExportSettings, _: Project | None) -> None:
            with QSignalBlocker(field):
                field.setValue(float(getattr(settings, setting)))

        self.when_shown(show)
        self.fields[setting] = field
        return field

    def check(self, setting: str, text: str, why: str) -> QCheckBox:
        field = QCheckBox(text)
        field.setToolTip(why)
        field.setAccessibleDescription(why)
        field.toggled.connect(lambda on: self.exporting.choose(**{setting: on}))

        def show(settings: ExportSettings, _: Project | None) -> None:
            with QSignalBlocker(field):
                field.setChecked(getattr(settings, setting))

        self.when_shown(show)
        self.fields[setting] = field
        return field

    def words(self, setting: str, title: str, why: str, usual: str) -> QLineEdit:
        """A line of text. usual: what an empty one means."""
        field = QLineEdit()
        field.setPlaceholderText(usual)
        field.setAccessibleName(title)
        field.setAccessibleDescription(why)
        field.setToolTip(why)
        field.setMaxLength(200)
        field.textEdited.connect(lambda text: self.exporting.choose(**{setting: text.strip()}))

        def show(settings: ExportSettings, _: Project | None) -> None:
            if not field.hasFocus():
                field.setText(getattr(settings, setting))

        self.when_shown(show)
        self.fields[setting] = field
        return field

    def pixel_art(self, what: str) -> CalmSpinBox:
        """Along a longer side. what: whose that is, as a tooltip says it."""
        field = self.spin("grid", self.tr("Pixel art"), what, 0, 512)
        field.setSpecialValueText(self.tr("Off"))
        return field

    def colours(self) -> CalmSpinBox:
        """How many, of pixel art that has no palette."""
        field = self.spin("colours", self.tr("Colours"), self.tr("Of pixel art."), 2, 256)
        self.when_shown(lambda said, _: field.setEnabled(said.grid > 0 and not said.palette))
        return field

    def units(self) -> CalmSpinBox:
        """Pixels a unit, where the project's engine has units."""
        why = self.tr("In engines that have units.")
        field = self.spin("pixels_per_unit", self.tr("Pixels a unit"), why, 1, 9999)
        self.when_shown(
            lambda _, project: field.setEnabled(
                project is not None and project.target.id == "unity"
            )
        )
        return field

    def palette_field(self) -> QWidget:
        """A file of colours for pixel art."""
        field = QLineEdit()
        field.setPlaceholderText(self.tr("The picture's own"))
        field.setAccessibleName(self.tr("Palette"))
        field.setToolTip(self.tr("A file of colours for pixel art: GPL, HEX, PAL or a picture."))
        field.editingFinished.connect(lambda: self.exporting.choose(palette=field.text().strip()))
        browse = icons.icon_button("folder-open", self.tr("Choose a palette…"))
        kinds = self.tr("Palettes (*.gpl *.hex *.pal *.png)")
        title = self.tr("Choose a palette")
        browse.clicked.connect(
            lambda: ask_open(self, title, kinds, lambda path: self.exporting.choose(palette=path))
        )
        both = beside(field, browse)

        def show(settings: ExportSettings, _: Project | None) -> None:
            both.setEnabled(settings.grid > 0)
            if not field.hasFocus():
                field.setText(settings.palette)

        self.when_shown(show)
        self.fields["palette"] = field
        return both


def number_field(title: str, why: str, low: float, high: float, decimals: int = 0) -> CalmSpinBox:
    field = CalmSpinBox()
    field.setDecimals(decimals)
    field.setRange(low, high)
    field.setAccessibleName(title)
    field.setAccessibleDescription(why)
    field.setToolTip(why)
    return field


def beside(field: QWidget, *others: QWidget) -> QWidget:
    """A field and buttons that belong to it, as one."""
    both = QWidget()
    row = QGridLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.UNIT // 2)
    row.addWidget(field, 0, 0)
    row.setColumnStretch(0, 1)
    for column, other in enumerate(others, start=1):
        row.addWidget(other, 0, column)
    both.setFocusProxy(field)
    return both
