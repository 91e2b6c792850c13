"""One line at the head of the canvas that says what an empty layer is for, and goes by itself."""

from __future__ import annotations

from PySide6.QtCore import QAbstractAnimation, QObject, QPoint, Qt, QTimer, QVariantAnimation
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QStyle, QWidget

from studio_app.session.studio import Studio
from studio_app.ui import theme
from studio_app.ui.canvas.tool_state import ToolState
from studio_app.ui.faces.registry import FACES, unread, words_of

STAYS_MS = 9000
FADES_MS = 600
_FINE = theme.UNIT
"""Pixels by which a strip of several lines is made narrower."""
_LEAST_SHARE = 0.6
"""Of its parent's width, beside what lies in the corner."""


class HintStrip(QWidget):
    """Lies over the head of its parent, since messages lie over the foot, and takes no event from it. Where the system
    wants no motion, it goes at once instead of fading. corner: what may lie in the upper right corner, and is not to be
    covered."""

    def __init__(self, parent: QWidget, corner: QWidget) -> None:
        super().__init__(parent)
        self._over, self._corner = parent, corner
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._text = ""
        self._opacity = 1.0
        self._stay = QTimer(self)
        self._stay.setSingleShot(True)
        self._stay.timeout.connect(self.fade)
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(1.0)
        self._animation.setEndValue(0.0)
        self._animation.setDuration(FADES_MS)
        self._animation.valueChanged.connect(self._set_opacity)
        self._animation.finished.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now, "" while it is gone or going."""
        going = self._animation.state() == QAbstractAnimation.State.Running
        return "" if self.isHidden() or going else self._text

    def say(self, text: str, *, stays: bool = False) -> None:
        """Shows a sentence for a while; stays: until it is told to fade."""
        self._animation.stop()
        self._text = text
        self._opacity = 1.0
        self.setAccessibleName(text)
        self.place()
        self.show()
        self.raise_()
        if stays:
            self._stay.stop()
        else:
            self._stay.start(STAYS_MS)
        self.update()

    def fade(self) -> None:
        """Goes now."""
        self._stay.stop()
        if self.isHidden() or self._animation.state() == QAbstractAnimation.State.Running:
            return
        if self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) <= 0:
            self.hide()
        else:
            self._animation.start()

    def place(self) -> None:
        """At the head of its parent, as wide as its text needs and the parent allows; of several lines, all are about
        as long. In the middle, or as far left of it as what lies in the corner wants; where that leaves too little,
        below it."""
        whole, top = self._over.width(), theme.UNIT
        right = whole if self._corner.isHidden() else self._corner.x()
        if right < whole * _LEAST_SHARE:
            right, top = whole, self._corner.geometry().bottom() + 1 + theme.UNIT
        room = right - 2 * theme.UNIT
        width = min(self.fontMetrics().horizontalAdvance(self._text) + 4 * theme.UNIT, room)
        height = self._height_at(width)
        while width > 2 * _FINE and self._height_at(width - _FINE) == height:
            width -= _FINE
        self.resize(width, height + theme.UNIT)
        self.move(QPoint(min((whole - width) // 2, right - theme.UNIT - width), top))

    def _height_at(self, width: int) -> int:
        """Of its text in a strip of that width."""
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        within = max(width - 2 * theme.UNIT, 1)
        return self.fontMetrics().boundingRect(0, 0, within, 999, flags, self._text).height()

    def _set_opacity(self, opacity: float) -> None:
        self._opacity = opacity
        self.update()

    # Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setOpacity(self._opacity)
            ground = theme.colour("panel")
            ground.setAlphaF(0.94)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(self.rect(), 4, 4)
            painter.setPen(theme.colour("text"))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            half = theme.UNIT // 2
            painter.drawText(self.rect().adjusted(half, 0, -half, 0), flags, self._text)


class Advice(QObject):
    """Lets the strip say what the layer in hand is for, to those who have not drawn on it yet; a drawing that was there
    already, as the first start brings one, is none of theirs."""

    def __init__(self, studio: Studio, tools: ToolState, strip: HintStrip) -> None:
        super().__init__(strip)
        self._studio = studio
        self._tools = tools
        self._strip = strip
        self._about = ""
        self._given = self._contents()
        """What the layers held before anybody did anything."""
        studio.edited.connect(self._look)
        studio.settings_changed.connect(self._on_other_work)
        studio.undo_stack.indexChanged.connect(self._learn)
        tools.changed.connect(self._look)
        self._look()

    def _contents(self) -> dict[str, object]:
        document = self._studio.document
        return {kind: self._tools.held(document, kind).content for kind in FACES}

    def _on_other_work(self) -> None:
        """Where nothing can be undone, what is there has come by itself."""
        stack = self._studio.undo_stack
        if stack.canUndo() or stack.canRedo():
            return
        given, layer = self._contents(), self._tools.layer
        if given[layer] is not self._given[layer]:
            self._about = ""
        self._given = given
        self._look()

    def _learn(self) -> None:
        layer = self._tools.layer
        held = self._tools.held(self._studio.document, layer)
        done = self._studio.undo_stack.canUndo() and held.content is not self._given[layer]
        if done and not held.untouched and layer not in self._tools.learned:
            self._tools.learned.add(layer)
            self._strip.fade()

    def _look(self) -> None:
        layer, before = self._tools.layer, self._about
        self._about = layer
        note = unread(layer, self._studio.capabilities)
        if note and layer != before:
            self._strip.say(note)
        elif layer in self._tools.learned:
            self._strip.fade()
        elif layer != before:
            drawn = not self._tools.held(self._studio.document, layer).untouched
            advice = words_of(layer).advice
            follows = self.tr("The picture follows.")
            self._strip.say(f"{advice} {follows}" if drawn else advice, stays=drawn)
