"""The options of the brush: size, paint, what it does, and what else the tool in hand takes of it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QWidget,
)

from studio_app.document.brushes import MAX_SIZE, MIN_SIZE
from studio_app.document.contents.registry import CONTENTS
from studio_app.document.painting import PAINTING, Mode
from studio_app.ui import icons
from studio_app.ui.canvas.colour_field import Swatch
from studio_app.ui.canvas.pen_popup import PenPopup
from studio_app.ui.canvas.symmetry_button import SymmetryButton
from studio_app.ui.canvas.tolerance_knob import ToleranceKnob
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.canvas.tools.names import ENTRIES
from studio_app.ui.faces.registry import FACES
from studio_app.ui.folding_bar import FoldingBar
from studio_app.ui.knobs import CalmComboBox, Knob, Scale
from studio_app.ui.popups import show_below


class BrushOptions(QWidget):
    """Knobs of the current layer's brush; only those that mean something on it are there."""

    popup_asked = Signal(QPoint)
    """Brushes and colours are wanted, around this point of the screen."""

    def __init__(self, tools: ToolState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._make_knobs()
        self._make_buttons()
        self._lay_out()
        self._connect()
        tools.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the brush in hand."""
        brush, layer = self._tools.brush, self._tools.layer
        options = ENTRIES[self._tools.tool].options
        knobs = () if self._tools.masked else FACES[layer].knobs
        modes = CONTENTS[layer].modes if "mode" in options and not self._tools.masked else ()
        mode: Mode = brush.mode if brush.mode in modes and not brush.eraser else "paint"
        shifts, paints = mode in ("nearer", "farther"), "paint" in options and mode != "smooth"
        self._show_modes(modes, mode)
        self.size_knob.setVisible(
            "size" in options or ("outline" in options and self._tools.outlines)
        )
        self.hardness.setVisible("hardness" in options)
        self.opacity.setVisible("flow" in options)
        self.amount.setVisible(shifts)
        self.amount.show_value(round(brush.amount * 100))
        runs = "second" in options and mode in PAINTING
        self.second.setVisible(runs and "value" in knobs)
        self.second.show_value(round(self._tools.second.value * 100))
        self.second_swatch.setVisible(runs and "colour" in knobs)
        self.second_swatch.show_colour(self._tools.second.colour)
        self.tolerance.refresh()
        self.outline.setVisible("outline" in options)
        self.outline.setChecked(self._tools.outlines)
        self.pressure.setVisible("pressure" in options)
        self.size_knob.show_value(round(brush.size))
        self.hardness.show_value(round(brush.hardness * 100))
        self.opacity.show_value(round(brush.opacity * 100))
        self.value.show_value(round(brush.value * 100))
        own = {
            self.value: "value" in knobs and paints and not shifts,
            self.swatch: "colour" in knobs and paints,
        }
        for knob in sorted(own, key=own.__getitem__):  # what goes makes room first
            knob.setVisible(own[knob])
        self.swatch.show_colour(self._tools.colour)
        self.presets.setVisible("pressure" in options)
        self.mirrors.setVisible(bool(options))  # the picker takes from one place alone

    def open_pen(self) -> None:
        """Curves of pressure, under the button."""
        self.pen = PenPopup(self._tools, self)
        show_below(self.pen, self.pressure)

    def _make_knobs(self) -> None:
        tr = self.tr
        self.size_knob = Knob(
            tr("Size"), tr("Diameter in picture pixels. [ and ] change it, so does Shift and dragging."),
            Scale(MIN_SIZE, MAX_SIZE, 36),
        )  # fmt: skip
        self.hardness = Knob(
            tr("Hardness"), tr("How crisp the brush's edge is, in percent."), Scale(0, 100, 50)
        )
        self.opacity = Knob(
            tr("Flow"), tr("How much one stroke covers, in percent."), Scale(1, 100, 100)
        )
        self.value = Knob(
            tr("Near"), tr("The depth that is painted: 100 is near and white, 0 is background."),
            Scale(0, 100, 80),
        )  # fmt: skip
        self.swatch = Swatch()
        self.mode = CalmComboBox(
            tr("What the brush does"),
            tr("Paint sets the depth; Nearer and Farther shift it; Behind paints only where "
               "nothing nearer is; Smooth softens it."),
        )  # fmt: skip
        self.mode.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.amount = Knob(
            tr("By"), tr("How far one stroke shifts the depth, in percent."), Scale(1, 100, 20)
        )
        self.second = Knob(
            tr("To"), tr("The depth at the other end of the gradient: 100 is near."),
            Scale(0, 100, 0),
        )  # fmt: skip
        self.second_swatch = Swatch()
        self.second_swatch.setToolTip(tr("The colour at the other end of the gradient."))
        self.tolerance = ToleranceKnob(self._tools)

    def _make_buttons(self) -> None:
        tr = self.tr
        self.outline = icons.icon_button("square-dashed", tr("Draw the outline only"))
        self.outline.setToolTip(
            tr("Draw the outline only: a line as wide as the brush, inside the shape.")
        )
        self.outline.setCheckable(True)
        self.pressure = icons.icon_button("pen-tool", tr("Pressure and steadiness"))
        self.pressure.setToolTip(
            tr("What the pen's pressure acts on, and how much the stroke is steadied.")
        )
        self.pressure.clicked.connect(self.open_pen)
        self.pen: PenPopup | None = None
        self.presets = icons.icon_button("brush", tr("Brushes and colours"))
        self.presets.setToolTip(
            tr(
                "Brushes, yours and the studio's, and colours. The right button brings them up anywhere."
            )
        )
        self.presets.clicked.connect(
            lambda: self.popup_asked.emit(
                self.presets.mapToGlobal(self.presets.rect().bottomLeft())
            )
        )
        self.mirrors = SymmetryButton(self._tools)

    def _lay_out(self) -> None:
        bar = FoldingBar()
        bar.set_margins(0)
        bar.add(self.presets, 5)
        bar.add(self.mode, 0)
        knobs = (
            (self.size_knob, None), (self.hardness, 2), (self.opacity, 3), (self.value, None),
            (self.second, None), (self.amount, None), (self.tolerance, None),
        )  # fmt: skip
        for knob, rank in knobs:
            bar.gap()
            knob.setMaximumWidth(160)
            # Four knobs in the width of a canvas: the number gets the room that it needs, and no frame.
            knob.spin.setStyleSheet(
                "QLineEdit { padding: 0; border: none; background: transparent; }"
            )
            knob.spin.setFixedWidth(36)
            bar.add(knob, rank, room=4)
        bar.gap()
        bar.add(self.swatch)
        bar.add(self.second_swatch)
        bar.add(self.outline)
        bar.add(self.pressure, 1)
        bar.add(self.mirrors, 4)
        bar.stretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(bar)

    def _show_modes(self, modes: tuple[Mode, ...], mode: Mode) -> None:
        tr = self.tr
        texts: dict[Mode, str] = {
            "paint": tr("Paint"),
            "behind": tr("Behind"),
            "nearer": tr("Nearer"),
            "farther": tr("Farther"),
            "smooth": tr("Smooth"),
        }
        self.mode.fill([(texts[name], name) for name in modes])
        self.mode.show_data(mode)
        self.mode.setVisible(len(modes) > 1)

    def _connect(self) -> None:
        tools = self._tools
        self.mode.activated.connect(lambda _: tools.set_mode(self.mode.currentData()))
        self.amount.changed.connect(lambda value, _merge: tools.set_amount(value / 100))
        self.second.changed.connect(lambda value, _merge: tools.set_second(value=value / 100))
        self.second_swatch.colour_changed.connect(lambda colour: tools.set_second(colour=colour))
        self.outline.toggled.connect(tools.set_outlines)
        self.size_knob.changed.connect(lambda value, _merge: tools.set_size(value))
        self.hardness.changed.connect(lambda value, _merge: tools.set_hardness(value / 100))
        self.opacity.changed.connect(lambda value, _merge: tools.set_opacity(value / 100))
        self.value.changed.connect(lambda value, _merge: tools.set_value(value / 100))
        self.swatch.colour_changed.connect(tools.set_colour)
