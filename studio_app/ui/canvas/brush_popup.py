"""What one needs while painting, where the pointer is: brushes, the colour wheel, a palette and the last colours."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.document.brush_presets import BUILT_IN, MOST_NAME, BrushPreset, applied
from studio_app.document.brushes import MAX_SIZE, MIN_SIZE
from studio_app.ui import icons, theme
from studio_app.ui.canvas.brush_shelf import BrushShelf, stroke_icon
from studio_app.ui.canvas.colour_wheel import ColourWheel
from studio_app.ui.canvas.tool_settings import MOST_RECENT, Colour
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.faces.registry import FACES
from studio_app.ui.knobs import Knob, Scale
from studio_app.ui.popups import placed

ACROSS = 6
"""Brushes in a row."""
CELL = QSize(64, 44)
DAB = 22
PALETTE: tuple[Colour, ...] = (
    (20, 20, 24), (64, 62, 66), (112, 112, 116), (160, 160, 162), (208, 206, 202), (244, 240, 232),
    (66, 36, 28), (112, 62, 40), (164, 104, 66), (204, 152, 106), (232, 196, 156), (246, 226, 202),
    (122, 24, 30), (184, 44, 40), (222, 104, 44), (238, 168, 56), (246, 214, 96), (250, 238, 176),
    (26, 60, 40), (50, 104, 58), (112, 148, 66), (34, 76, 116), (70, 136, 176), (156, 200, 216),
    (40, 34, 78), (84, 58, 128), (138, 92, 164), (176, 66, 118), (216, 124, 156), (240, 190, 200),
)  # fmt: skip
"""Greys, skin and earth, warm, green and blue, violet and rose: what concept art begins with."""


class BrushPopup(QFrame):
    """Any click outside closes it. It acts on the brush in hand at once."""

    menu_asked = Signal(QPoint)
    """The menu of the layer is wanted instead, there."""

    def __init__(self, tools: ToolState, shelf: BrushShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theme.set_role(self, "popup")
        self._tools = tools
        self._shelf = shelf
        self._grid = QGridLayout()
        self._grid.setSpacing(2)
        self.brushes: list[QToolButton] = []
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(theme.UNIT,) * 4)
        rows.setSpacing(theme.UNIT)
        rows.addLayout(self._grid)
        rows.addLayout(self._make_saving())
        knobs = FACES[tools.layer].knobs if not tools.masked else ()
        self.wheel: ColourWheel | None = None
        self.dabs: list[Dab] = []
        if "colour" in knobs:
            rows.addLayout(self._make_colours())
        row = QHBoxLayout()
        self.size_knob = Knob(
            self.tr("Size"), self.tr("Diameter in picture pixels."), Scale(MIN_SIZE, MAX_SIZE, 36)
        )
        self.size_knob.show_value(round(tools.brush.size))
        self.size_knob.changed.connect(lambda value, _merge: tools.set_size(value))
        row.addWidget(self.size_knob, 1)
        if "value" in knobs:
            self.near = Knob(
                self.tr("Near"),
                self.tr("The depth that is painted: 100 is near."),
                Scale(0, 100, 80),
            )
            self.near.show_value(round(tools.brush.value * 100))
            self.near.changed.connect(lambda value, _merge: tools.set_value(value / 100))
            row.addSpacing(theme.UNIT)
            row.addWidget(self.near, 1)
        row.addSpacing(theme.UNIT)
        self.menu = QPushButton(self.tr("Layer…"))
        self.menu.setToolTip(
            self.tr(
                "What can be done with the layer; Shift and the right button bring it up at once."
            )
        )
        self.menu.clicked.connect(self._ask_menu)
        row.addWidget(self.menu, 0, Qt.AlignmentFlag.AlignBottom)
        rows.addLayout(row)
        shelf.changed.connect(self._fill)
        self._fill()

    def open(self, place: QPoint) -> None:
        """Beside a point of the screen, on it as a whole."""
        self.adjustSize()
        middle = QPoint(self.width() // 2, self.height() // 2)
        self.move(placed(self.size(), place - middle, self.screen().availableGeometry()))
        self.show()
        self.setFocus()

    # ---- inside ----

    def _make_saving(self) -> QHBoxLayout:
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("Name of the brush in hand"))
        self.name.setAccessibleName(self.tr("Name of the brush in hand"))
        self.name.setMaxLength(MOST_NAME)
        self.save = QPushButton(self.tr("Keep"))
        self.save.setToolTip(self.tr("Keeps the brush in hand, as it is now, under this name."))
        self.save.setEnabled(False)
        self.remove = icons.icon_button("trash-2", self.tr("Remove the brush of this name"))
        self.remove.setToolTip(self.tr("Removes the brush of yours with this name."))
        self.name.textChanged.connect(lambda _: self._show_name())
        self.name.returnPressed.connect(self._keep)
        self.save.clicked.connect(self._keep)
        self.remove.clicked.connect(lambda: self._shelf.remove(self.name.text().strip()))
        row = QHBoxLayout()
        row.addWidget(self.name, 1)
        row.addWidget(self.save)
        row.addWidget(self.remove)
        return row

    def _make_colours(self) -> QHBoxLayout:
        tools = self._tools
        wheel = self.wheel = ColourWheel()
        wheel.show_colour(tools.colour)
        wheel.colour_changed.connect(tools.set_colour)
        side = QGridLayout()
        side.setSpacing(3)
        columns = MOST_RECENT // 2
        for number, colour in enumerate((*PALETTE, *tools.recent)):
            dab = Dab(colour)
            dab.clicked.connect(lambda _=False, colour=colour: self._take_colour(colour))
            self.dabs.append(dab)
            row = number // columns + (number >= len(PALETTE))
            side.addWidget(dab, row, number % columns)
        if tools.recent:
            label = QLabel(self.tr("Last used"))
            theme.set_role(label, "caption")
            side.addWidget(label, len(PALETTE) // columns, 0, 1, columns)
        side.setRowStretch(20, 1)
        row = QHBoxLayout()
        row.setSpacing(2 * theme.UNIT)
        row.addWidget(wheel)
        row.addLayout(side)
        row.addStretch(1)
        return row

    def _fill(self) -> None:
        for button in self.brushes:
            button.deleteLater()
        self.brushes = []
        for number, preset in enumerate((*BUILT_IN, *self._shelf.own)):
            button = QToolButton()
            button.setAutoRaise(True)
            button.setCheckable(True)
            button.setIconSize(CELL)
            button.setIcon(stroke_icon(preset.brush, CELL, self.devicePixelRatioF()))
            title = title_of(preset)
            button.setAccessibleName(title)
            button.setToolTip(title)
            button.clicked.connect(lambda _=False, preset=preset: self._take(preset))
            self.brushes.append(button)
            self._grid.addWidget(button, number // ACROSS, number % ACROSS)
        self._show_brush()
        self._show_name()

    def _take(self, preset: BrushPreset) -> None:
        self._tools.take_preset(preset)
        self.size_knob.show_value(round(self._tools.brush.size))
        self.name.setText(preset.name if preset.own else "")
        self._show_brush()

    def _show_brush(self) -> None:
        brush = self._tools.brush
        for button, preset in zip(self.brushes, self._presets(), strict=True):
            button.setChecked(applied(preset, brush) == brush)

    def _presets(self) -> Sequence[BrushPreset]:
        return (*BUILT_IN, *self._shelf.own)

    def _show_name(self) -> None:
        name = self.name.text().strip()
        self.save.setEnabled(bool(name))
        self.remove.setEnabled(any(preset.name == name for preset in self._shelf.own))

    def _keep(self) -> None:
        if self.name.text().strip():
            self._shelf.keep(self.name.text(), self._tools.brush)

    def _take_colour(self, colour: Colour) -> None:
        self._tools.set_colour(colour)
        if self.wheel is not None:
            self.wheel.show_colour(colour)

    def _ask_menu(self) -> None:
        place = self.menu.mapToGlobal(QPoint(0, 0))
        self.close()
        self.menu_asked.emit(place)


class Dab(QToolButton):
    """A colour that is taken by a click."""

    def __init__(self, colour: Colour) -> None:
        super().__init__()
        self.colour = colour
        self.setFixedSize(DAB, DAB)
        name = QColor(*colour).name()
        self.setAccessibleName(name)
        self.setToolTip(name)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            lit = self.hasFocus() or self.underMouse()
            painter.setPen(QPen(theme.colour("accent" if lit else "line"), 1.5 if lit else 1.0))
            painter.setBrush(QColor(*self.colour))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 3, 3)


def title_of(preset: BrushPreset) -> str:
    """For people: those of the studio in their language."""
    if preset.own:
        return preset.name
    titles = {
        "Round": _tr("Round"),
        "Hard": _tr("Hard"),
        "Soft": _tr("Soft"),
        "Ink": _tr("Ink"),
        "Steady line": _tr("Steady line"),
        "Pencil": _tr("Pencil"),
        "Airbrush": _tr("Airbrush"),
        "Block in": _tr("Block in"),
    }
    return titles[preset.name]


def _tr(text: str) -> str:
    return QCoreApplication.translate("BrushPopup", text)
