"""How one looks at the canvas: zoom, turn and mirror, the result over it, and a second window on it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio_app.ui.action_buttons import add_action, submenu
from studio_app.ui.canvas.canvas import Canvas
from studio_app.ui.zoom_view import TURN_STEP

ZOOMS = (0.5, 1.0, 2.0, 4.0)


class SecondView(QWidget):
    """A window with the same document, tools and selection, at a zoom, angle and mirror of its own."""

    closed = Signal()

    def __init__(self, canvas: Canvas, actions: list[QAction], studio_window: QWidget) -> None:
        super().__init__(studio_window, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_tr("Underpaint: canvas"))
        self.canvas = canvas
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(canvas)
        self.addActions(actions)
        self.setFocusProxy(canvas)
        self.resize(640, 640)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.canvas.hand.let_go()
        self.closed.emit()
        super().closeEvent(event)


class ViewActions(QObject):
    """Actions of `owner`, named `canvas_...`; they act on the view whose window is active."""

    opened = Signal(Canvas)
    """A second view: somebody has to take what it asks for."""

    def __init__(self, canvas: Canvas, again: Callable[[], Canvas], owner: QWidget) -> None:
        """again: makes one more view of what `canvas` shows."""
        super().__init__(owner)
        self._canvas = canvas
        self._again = again
        self._owner = owner
        self.second: SecondView | None = None
        self.overlay = add_action(
            owner, "canvas_overlay", _tr("Result over the drawing"), self._set_overlay, key="O",
            icon="blend", checkable=True, why=_tr("Lays the shown picture over what you draw."),
        )  # fmt: skip
        self.fit = add_action(owner, "canvas_fit", _tr("Fit the canvas"), lambda: self.view.fit())
        self.zooms = [
            add_action(
                owner, f"canvas_zoom_{zoom * 100:.0f}", _tr("Canvas at {n} %").format(n=f"{zoom * 100:.0f}"),
                lambda zoom=zoom: self.view.set_zoom(zoom),
            )
            for zoom in ZOOMS
        ]  # fmt: skip
        turning = (
            ("left", _tr("Turn the view to the left"), "4", "rotate-ccw", lambda: self.view.turn_by(-TURN_STEP)),
            ("upright", _tr("Turn the view upright"), "5", "", lambda: self.view.turn_to(0.0)),
            ("right", _tr("Turn the view to the right"), "6", "rotate-cw", lambda: self.view.turn_by(TURN_STEP)),
        )  # fmt: skip
        self.turns: list[QAction] = []
        for name, text, key, icon, run in turning:
            action = add_action(
                owner, f"canvas_turn_{name}", text, run, key=f"Alt+{key}", icon=icon, repeats=True,
                why=_tr("Shift+Space and dragging turns it freely. The drawing stays as it is."),
            )  # fmt: skip
            action.setShortcuts([QKeySequence(f"Alt+{key}"), QKeySequence(f"Num+{key}")])
            self.turns.append(action)
        self.mirror = add_action(
            owner, "canvas_mirror_view", _tr("Mirror the view"), lambda: self.view.mirror(), key="M",
            icon="flip-vertical-2",
            why=_tr("Left and right change places on the screen, to see the drawing with fresh eyes."),
        )  # fmt: skip
        self.another = add_action(
            owner, "canvas_second_view", _tr("Second view"), self._set_second, icon="picture-in-picture-2",
            checkable=True,
            why=_tr("A window on the same drawing, with a zoom and an angle of its own."),
        )  # fmt: skip

    @property
    def view(self) -> Canvas:
        """The one that is worked in."""
        second = self.second
        return second.canvas if second is not None and second.isActiveWindow() else self._canvas

    def entries(self) -> list[QAction]:
        """In the order of a menu."""
        zoom = submenu(self._owner, _tr("Zoom of the canvas"), [self.fit, *self.zooms])
        turn = submenu(self._owner, _tr("Turn the view"), self.turns)
        return [self.overlay, zoom, turn, self.mirror, self.another]

    def set_opacity(self, opacity: float) -> None:
        """Of the result over the drawing, 0..1."""
        for view in self._views():
            view.set_overlay_opacity(opacity)

    # ---- inside ----

    def _views(self) -> list[Canvas]:
        return [self._canvas, *([] if self.second is None else [self.second.canvas])]

    def _set_overlay(self, on: bool) -> None:
        for view in self._views():
            view.set_overlay(on)

    def _set_second(self, on: bool) -> None:
        if on and self.second is None:
            canvas = self._again()
            canvas.set_overlay(self.overlay.isChecked())
            self.second = SecondView(canvas, self._owner.actions(), self._owner.window())
            self.second.closed.connect(self._on_closed)
            self.opened.emit(canvas)
            self.second.show()
            canvas.fit()
            canvas.setFocus()
        elif not on and self.second is not None:
            self.second.close()

    def _on_closed(self) -> None:
        self.second = None
        self.another.setChecked(False)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ViewActions", text)
