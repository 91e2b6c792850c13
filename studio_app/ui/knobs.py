"""One number of a request as a slider with a spin box; and the fields beside it that a wheel can't spoil."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QPalette,
    QStandardItemModel,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionSlider,
    QStylePainter,
    QWidget,
)

from studio_app.ui import theme
from studio_app.ui.focus import hand_back, in_dialog


@dataclass(frozen=True)
class Scale:
    """Least, most and default of a knob, the step of its slider, and the decimals it shows."""

    minimum: float
    maximum: float
    default: float
    step: float = 1.0
    decimals: int = 0

    def nearest(self, value: float) -> float:
        return min(max(value, self.minimum), self.maximum)


class Knob(QWidget):
    """A name, a slider and a spin box that show one number.

    `changed(value, merge)` tells of what the artist did, never of `show_value`; merge says that it is one of
    the moves of a slider, which the studio joins to one step of undo while they follow each other.
    A double click on name or slider resets.
    """

    changed = Signal(float, bool)

    def __init__(
        self, name: str, sentence: str, scale: Scale, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.scale = scale
        self.label = QLabel(name)
        self.slider = CalmSlider()
        self.spin = CalmSpinBox()
        self.spin.setProperty("flat", "true")
        self.spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.spin.setFixedWidth(56)
        for field in (self.slider, self.spin):
            field.setAccessibleName(name)
        self.set_sentence(sentence)
        self.label.installEventFilter(self)
        self.slider.installEventFilter(self)
        self.setFocusProxy(self.slider)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.label, 0, 0)
        grid.addWidget(self.spin, 0, 1)
        grid.addWidget(self.slider, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self.set_scale(scale)
        self.slider.valueChanged.connect(self._on_slider)
        self.spin.valueChanged.connect(self._on_spin)

    @property
    def value(self) -> float:
        return self.spin.value()

    def set_sentence(self, sentence: str) -> None:
        """Another meaning (another layer, another model)."""
        self.label.setToolTip(sentence)
        for field in (self.slider, self.spin):
            field.setAccessibleDescription(sentence)
            field.setToolTip(sentence)

    def set_scale(self, scale: Scale) -> None:
        """Another range (another sampler, another model). The value is shown as near as it can be."""
        self.scale = scale
        value = self.value
        with QSignalBlocker(self.slider), QSignalBlocker(self.spin):
            self.spin.setDecimals(scale.decimals)
            self.spin.setSingleStep(scale.step)
            self.spin.setRange(scale.minimum, scale.maximum)
            self.slider.setRange(0, max(1, round((scale.maximum - scale.minimum) / scale.step)))
            self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        self.show_value(value)

    def show_value(self, value: float) -> None:
        """Shows a value that came from elsewhere: an undo, a preset, another model."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.spin):
            if not self.spin.hasFocus() or self.spin.value() != value:
                self.spin.setValue(value)
            self.slider.setValue(self._tick(value))

    def reset(self) -> None:
        """Back to the default, as one step of undo."""
        self._say(self.scale.default, merge=False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset()
            return True
        return super().eventFilter(watched, event)

    def _tick(self, value: float) -> int:
        return round((value - self.scale.minimum) / self.scale.step)

    def _on_slider(self, tick: int) -> None:
        self._say(self.scale.nearest(self.scale.minimum + tick * self.scale.step), merge=True)

    def _on_spin(self, value: float) -> None:
        self._say(value, merge=False)

    def _say(self, value: float, *, merge: bool) -> None:
        value = round(value, self.scale.decimals)
        self.show_value(value)
        self.changed.emit(value, merge)


class CalmSlider(QSlider):
    """A horizontal slider that jumps to a click, and that a wheel meant for its panel leaves alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._handle_holds(event):
            self.setValue(self._value_at(event.position().x()))
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def _option(self) -> QStyleOptionSlider:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        return option

    def _handle_holds(self, event: QMouseEvent) -> bool:
        control = QStyle.ComplexControl.CC_Slider
        part = QStyle.SubControl.SC_SliderHandle
        handle = self.style().subControlRect(control, self._option(), part, self)
        return handle.contains(event.position().toPoint())

    def _value_at(self, x: float) -> int:
        control = QStyle.ComplexControl.CC_Slider
        part = QStyle.SubControl.SC_SliderHandle
        width = self.style().subControlRect(control, self._option(), part, self).width()
        return QStyle.sliderValueFromPosition(
            self.minimum(), self.maximum(), round(x - width / 2), self.width() - width
        )


class CalmSpinBox(QDoubleSpinBox):
    """A spin box without arrows that says a typed number when it is finished, and ignores the wheel.

    Whoever comes to it finds its number selected, and types the next one over it; a click after that puts the cursor.
    Enter enters it, Escape does not; either gives the focus back. In a dialog, Enter with nothing new typed and Escape
    are the dialog's. Comma and point both begin the decimals, whatever the system's language: no number here is in the
    thousands.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Its arrows have no width in the stylesheet. NoButtons would leave the number none either:
        # WORKAROUND: QStyleSheetStyle makes the field 1 pixel wide then (Qt 6.12).
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._clicked_into = False
        self.lineEdit().installEventFilter(self)

    @property
    def half_typed(self) -> bool:
        """Whether something stands there that is no number of it yet."""
        least = self.specialValueText() if self.value() == self.minimum() else ""
        return self.cleanText() not in (self.textFromValue(self.value()), least or None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._clicked_into = event.reason() == Qt.FocusReason.MouseFocusReason
        if not self.half_typed and event.reason() != Qt.FocusReason.PopupFocusReason:
            self.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The click that gives it the focus puts no cursor into the number, unless a part of that is dragged over."""
        if event.type() == QEvent.Type.MouseButtonRelease and self._clicked_into:
            self._clicked_into = False
            if not self.lineEdit().hasSelectedText():
                self.selectAll()
        return super().eventFilter(watched, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return super().validate(self._with_point(text), position)

    def valueFromText(self, text: str) -> float:
        return super().valueFromText(self._with_point(text))

    def _with_point(self, text: str) -> str:
        return text.translate(
            dict.fromkeys(map(ord, ".,\N{ARABIC DECIMAL SEPARATOR}"), self.locale().decimalPoint())
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.value()
        if event.key() == Qt.Key.Key_Escape:
            self.setValue(before)  # the typed text goes
            self.lineEdit().setText(f"{self.prefix()}{self.textFromValue(before)}{self.suffix()}")
            event.setAccepted(not in_dialog(self))
            hand_back(self)
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.setAccepted(self.value() != before or not in_dialog(self))
            hand_back(self)


class CalmComboBox(QComboBox):
    """A combo box that ignores the wheel. Its items carry the setting's value as their data.

    Once its list is closed the focus goes back.
    """

    def __init__(self, name: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setAccessibleDescription(sentence)
        self.setToolTip(sentence)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def fill(self, items: list[tuple[str, object]]) -> None:
        """Replaces the items, as (text, data), without telling anyone. The same ones stay: their list may be open."""
        if items == [(self.itemText(i), self.itemData(i)) for i in range(self.count())]:
            return
        with QSignalBlocker(self):
            self.clear()
            for text, data in items:
                self.addItem(text, data)

    def allow(self, row: int, allowed: bool, why: str) -> None:
        """Whether an item can be chosen. why: where it can't, its tooltip."""
        self.setItemData(row, why, Qt.ItemDataRole.ToolTipRole)
        items = self.model()
        assert isinstance(items, QStandardItemModel)  # what a combo box makes for itself
        items.item(row).setEnabled(allowed)

    def show_data(self, data: object, text: str = "") -> None:
        """Shows the item of that data. One that is not in the list is added as `text`, or shown as none."""
        with QSignalBlocker(self):
            index = next((i for i in range(self.count()) if self.itemData(i) == data), -1)
            if index < 0 and text:
                self.addItem(text, data)
                index = self.count() - 1
            self.setCurrentIndex(index)

    def cut_text(self, option: QStyleOptionComboBox) -> str:
        """What is chosen, with its middle left out where it is wider than the box: Qt would cut its end off."""
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        text = self.currentText() if self.currentIndex() >= 0 else self.placeholderText()
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.cut_text(option)
        if self.currentIndex() < 0:
            ink = option.palette.placeholderText()
            option.palette.setBrush(QPalette.ColorRole.ButtonText, ink)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def hidePopup(self) -> None:
        super().hidePopup()
        hand_back(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
