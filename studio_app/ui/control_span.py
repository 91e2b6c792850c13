"""How strongly a drawing acts, and in which part of a run, as two shares that cannot cross."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from studio_app.core.capabilities import Capabilities
from studio_app.core.controls import begins_within
from studio_app.ui import theme
from studio_app.ui.knobs import CalmSpinBox, Scale


def strength_scale(can: Capabilities | None) -> Scale:
    """Of the strength of a drawing: to where more of it changes something, of any model where none is open."""
    most = can.strongest if can is not None and can.control_strength else 2.0
    return Scale(0.0, most, 1.0, 0.05, 2)


class ControlSpan(QWidget):
    """ "from 0 % to 30 %: 2 of 4 steps". `changed(start, end)` tells, in 0..1, of what the artist did."""

    changed = Signal(float, float)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """name: of the drawing, as "Depth"."""
        super().__init__(parent)
        tip = self.tr(
            "Which part of the steps it acts in. The first ones decide the composition, the last the grain."
        )
        self.start = self._field(self.tr("{name} acts from").format(name=name), tip)
        self.end = self._field(self.tr("{name} acts up to").format(name=name), tip)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        self.count = _caption("")
        for part in (self.tr("from"), self.start, self.tr("to"), self.end):
            layout.addWidget(_caption(part) if isinstance(part, str) else part)
        layout.addStretch(1)
        layout.addWidget(self.count)
        self.show_span(0.0, 1.0, 4)
        self.start.valueChanged.connect(self._on_changed)
        self.end.valueChanged.connect(self._on_changed)

    @property
    def fields(self) -> tuple[QWidget, ...]:
        return (self.start, self.end)

    def show_span(self, start: float, end: float, steps: int) -> None:
        """Shows shares that came from elsewhere, and how many of the steps they hold; tells nobody."""
        with QSignalBlocker(self.start), QSignalBlocker(self.end):
            self.start.setValue(start * 100)
            self.end.setValue(end * 100)
        acting = sum(begins_within(i, steps, start, end) for i in range(steps))
        text = self.tr("{acting} of {steps} steps") if acting else self.tr("none of {steps} steps")
        self.count.setText(text.format(acting=acting, steps=steps))

    def _field(self, name: str, tip: str) -> CalmSpinBox:
        field = CalmSpinBox()
        field.setProperty("flat", "true")
        field.setDecimals(0)
        field.setRange(0, 100)
        field.setSingleStep(5)
        field.setSuffix(self.tr(" %"))
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setFixedWidth(56)
        field.setAccessibleName(name)
        field.setAccessibleDescription(tip)
        field.setToolTip(tip)
        return field

    def _on_changed(self) -> None:
        start, end = self.start.value(), self.end.value()
        if start > end:  # the one that was not touched gives way
            start = end = start if self.sender() is self.start else end
        self.changed.emit(start / 100, end / 100)


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    theme.set_role(label, "caption")
    return label
