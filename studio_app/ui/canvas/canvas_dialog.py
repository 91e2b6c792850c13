"""Another size of the canvas, by numbers, and which part of it stays where."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio_app.document.document import MAX_CANVAS, MIN_FRAME
from studio_app.document.planes import Rect
from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.knobs import CalmSpinBox

Anchor = tuple[int, int]
"""Across and down, -1, 0 or 1: the part that stays where it is."""


class CanvasDialog(QDialog):
    """Width, height and an anchor; says what comes and what goes before anything does. Not modal: the canvas can be
    looked at, and what changes it meanwhile is taken into account."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self._studio = studio
        tr = self.tr
        self.setWindowTitle(tr("Canvas size"))
        self.width_field = self._field(tr("Width"), tr("Of the canvas, in pixels."))
        self.height_field = self._field(tr("Height"), tr("Of the canvas, in pixels."))
        self.anchors: dict[Anchor, QToolButton] = {}
        anchors = self._make_anchors()
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT)
        for row, field in enumerate((self.width_field, self.height_field)):
            label = QLabel(field.accessibleName())
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        label = QLabel(tr("Anchor"))
        grid.addWidget(label, 2, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(anchors, 2, 1)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setMinimumWidth(240)
        theme.set_role(self.said, "caption")
        self.buttons = QDialogButtonBox()
        roles = QDialogButtonBox.ButtonRole
        self.change = self.buttons.addButton(tr("Change the size"), roles.AcceptRole)
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(2 * theme.UNIT,) * 4)
        rows.setSpacing(theme.UNIT)
        rows.addLayout(grid)
        rows.addWidget(self.said)
        rows.addStretch(1)
        rows.addWidget(self.buttons)
        self._canvas = studio.document.canvas
        self._show_canvas()
        studio.edited.connect(self._on_document)

    @property
    def wanted(self) -> Rect:
        """What the canvas becomes, in pixels of the one of now."""
        width, height = self._studio.document.canvas
        wide, high = round(self.width_field.value()), round(self.height_field.value())
        across, down = self.anchor
        return _start(width, wide, across), _start(height, high, down), wide, high

    @property
    def anchor(self) -> Anchor:
        return next(anchor for anchor, button in self.anchors.items() if button.isChecked())

    # ---- inside ----

    def _field(self, name: str, why: str) -> CalmSpinBox:
        field = CalmSpinBox()
        field.setAccessibleName(name)
        field.setToolTip(why)
        field.setDecimals(0)
        field.setRange(MIN_FRAME, MAX_CANVAS)
        field.setSuffix(" px")
        field.setKeyboardTracking(True)  # what comes and goes is said while one types
        field.valueChanged.connect(self._tell)
        return field

    def _make_anchors(self) -> QWidget:
        tr = self.tr
        names = {
            (-1, -1): tr("Top left"), (0, -1): tr("Top"), (1, -1): tr("Top right"),
            (-1, 0): tr("Left"), (0, 0): tr("Middle"), (1, 0): tr("Right"),
            (-1, 1): tr("Bottom left"), (0, 1): tr("Bottom"), (1, 1): tr("Bottom right"),
        }  # fmt: skip
        arrows = "↖↑↗←•→↙↓↘"
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        group = QButtonGroup(box)
        for (anchor, name), arrow in zip(names.items(), arrows, strict=True):
            button = QToolButton()
            button.setCheckable(True)
            button.setText(arrow)
            button.setFixedSize(28, 28)
            button.setAccessibleName(tr("Anchor: {place}").format(place=name))
            button.setToolTip(tr("{place}: what lies there stays there.").format(place=name))
            button.toggled.connect(self._tell)
            group.addButton(button)
            grid.addWidget(button, anchor[1] + 1, anchor[0] + 1)
            self.anchors[anchor] = button
        grid.setColumnStretch(3, 1)
        with QSignalBlocker(self.anchors[0, 0]):
            self.anchors[0, 0].setChecked(True)
        return box

    def _show_canvas(self) -> None:
        for field, side in zip((self.width_field, self.height_field), self._canvas, strict=True):
            with QSignalBlocker(field):
                field.setValue(side)
        self._tell()

    def _on_document(self) -> None:
        if self._studio.document.canvas != self._canvas:
            self._canvas = self._studio.document.canvas
            self._show_canvas()

    def _tell(self) -> None:
        """What would come and what would go."""
        width, height = self._studio.document.canvas
        x, y, wide, high = self.wanted
        tr = self.tr
        sides = (
            (tr("left"), -x),
            (tr("right"), x + wide - width),
            (tr("top"), -y),
            (tr("bottom"), y + high - height),
        )
        comes = ", ".join(f"{side} {by}" for side, by in sides if by > 0)
        goes = ", ".join(f"{side} {-by}" for side, by in sides if by < 0)
        lines: list[str] = []
        if comes:
            lines.append(tr("Added, in pixels: {sides}").format(sides=comes))
        if goes:
            lines.append(tr("Cut off, in pixels: {sides}").format(sides=goes))
        self.said.setText("\n".join(lines) or tr("The canvas as it is."))
        self.change.setEnabled(bool(lines))

    def _accept(self) -> None:
        rect = self.wanted
        self.accept()
        self._studio.set_canvas(rect)


def _start(side: int, new: int, anchor: int) -> int:
    """Where the new side begins on the old one."""
    return (side - new) * (anchor + 1) // 2
