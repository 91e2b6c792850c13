"""What one works on by hand, without a brush: people of a pose, things of a scene."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from studio_app.ui.transform import DocumentToView


class Grips(Protocol):
    """Holds what is selected and what is dragged on the layer in hand, from `press` to `release` or `cancel`.

    Points are the document's; scale: view pixels per pixel of it.
    """

    @property
    def dragging(self) -> bool: ...

    def press(self, point: QPointF, scale: float, modifiers: Qt.KeyboardModifier) -> bool:
        """Takes hold of what is there; whether anything will follow the pointer now."""
        ...

    def move(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Drags what is held."""
        ...

    def release(self) -> None: ...

    def cancel(self) -> None:
        """As if the drag had never begun."""
        ...

    def select(self, point: QPointF, scale: float) -> None:
        """What is at this point, or nothing."""
        ...

    def hover(self, point: QPointF, scale: float) -> bool:
        """What would be held; whether that has changed."""
        ...

    def leave(self) -> None:
        """The pointer is elsewhere."""
        ...

    def twice(self) -> bool:
        """A double click on what is selected; whether that meant anything."""
        ...

    def wheel(self, steps: float) -> bool:
        """The wheel with Alt; whether that meant anything."""
        ...

    def key(self, event: QKeyEvent) -> bool:
        """Whether the key was one of them."""
        ...

    def description(self) -> str:
        """What is selected, for a screen reader."""
        ...

    def under_pointer(self) -> str:
        """What the pointer would take hold of, in words; "" where there is nothing."""
        ...

    def help(self) -> str:
        """The same with what one can do with it, for a tooltip."""
        ...

    def bounds(self, transform: DocumentToView) -> QRectF:
        """The part of the view that its marks take."""
        ...

    def paint(self, painter: QPainter, transform: DocumentToView, *, active: bool) -> None:
        """Its marks, in view coordinates; active: while it is in hand."""
        ...
