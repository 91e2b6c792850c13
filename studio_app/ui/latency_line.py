"""How long one waits: edit to first picture, to the whole one, pictures per second; a click tells by stage."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from studio_app.session.latency import Latency
from studio_app.ui import theme

translate = QCoreApplication.translate

_ORDER = ("prepare", "text", "control", "first step", "step", "decode", "draw")


def line(latency: Latency) -> str:
    """One line. A time that is not known is a dash; nothing is said of pictures before any came."""
    first, whole = milliseconds(latency.edit_first_ms), milliseconds(latency.edit_final_ms)
    parts: list[str] = []
    if latency.edit_first_ms is not None or latency.edit_final_ms is not None:
        parts += [
            translate("LatencyLine", "First picture {ms}").format(ms=first),
            translate("LatencyLine", "whole {ms}").format(ms=whole),
        ]
    if latency.pictures_per_s > 0:
        rate = f"{latency.pictures_per_s:.1f}"
        parts.append(translate("LatencyLine", "{n} a second").format(n=rate))
    if latency.device:
        parts.append(latency.device)
    if latency.memory_mb is not None:
        parts.append(f"{latency.memory_mb:.0f} MB")
    return "   ·   ".join(parts)


def milliseconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"


class LatencyLine(QToolButton):
    """The line, and a small window with the time by stage."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._latency = Latency()
        self._popup: QFrame | None = None
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setAccessibleName(self.tr("Time from an edit to its picture"))
        self.setToolTip(
            self.tr(
                "From an edit to the first picture that shows it, and to the whole one. "
                "Click for the time by stage."
            )
        )
        self.clicked.connect(self._show_stages)
        self.show_latency(self._latency)

    def show_latency(self, latency: Latency) -> None:
        self._latency = latency
        self.setText(line(latency))
        self.setAccessibleDescription(line(latency))
        if self._popup is not None and self._popup.isVisible():
            self._fill(self._popup)

    def _show_stages(self) -> None:
        popup = QFrame(self, Qt.WindowType.Popup)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popup.destroyed.connect(self._forget)
        theme.set_role(popup, "popup")
        popup.setLayout(QVBoxLayout())
        self._popup = popup
        self._fill(popup)
        popup.adjustSize()
        corner = self.mapToGlobal(QPoint(self.width(), 0))
        popup.move(corner.x() - popup.width(), corner.y() - popup.height() - theme.UNIT // 2)
        popup.show()

    def _forget(self) -> None:
        self._popup = None

    def _fill(self, popup: QFrame) -> None:
        layout = popup.layout()
        assert layout is not None
        old = layout.takeAt(0)
        table = old.widget() if old is not None else None
        if table is not None:
            table.deleteLater()
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(theme.UNIT, theme.UNIT, theme.UNIT, theme.UNIT)
        grid.setHorizontalSpacing(3 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        latency = self._latency
        order = sorted(
            latency.stages, key=lambda name: _ORDER.index(name) if name in _ORDER else 99
        )
        rows = [(stage_name(name), milliseconds(latency.stages[name])) for name in order]
        if not rows:
            rows = [(self.tr("Nothing was measured yet"), "")]
        rows += [
            (self.tr("Edit to first picture"), milliseconds(latency.edit_first_ms)),
            (self.tr("Edit to whole picture"), milliseconds(latency.edit_final_ms)),
        ]
        for row, (name, value) in enumerate(rows):
            left, right = QLabel(name), QLabel(value)
            right.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(left, row, 0)
            grid.addWidget(right, row, 1)
        layout.addWidget(table)


def stage_name(stage: str) -> str:
    """What a stage of the latency is called on screen."""
    names = {
        "prepare": translate("LatencyLine", "Text and control"),
        "text": translate("LatencyLine", "Text"),
        "control": translate("LatencyLine", "Control"),
        "first step": translate("LatencyLine", "First step"),
        "step": translate("LatencyLine", "Each step"),
        "decode": translate("LatencyLine", "Decode"),
        "draw": translate("LatencyLine", "Draw"),
    }
    return names.get(stage, stage)
