"""Small pictures of a list that take longer to draw than one waits for a list: it is there at once, they follow."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem

TURN_S = 0.008
"""So long are pictures drawn before the window's events have their turn: those that are known are there at once."""


def draw_in_turn(
    view: QListWidget, pictures: Iterable[tuple[QListWidgetItem, Callable[[], QIcon]]]
) -> None:
    """Gives each item of `view` what its function draws, in this order, as long as the list is there. Until then its
    place is kept free, so that no name moves."""
    left = deque(pictures)
    place = QPixmap(view.iconSize())
    place.fill("transparent")
    for item, _ in left:
        item.setIcon(QIcon(place))
    timer = QTimer(view)

    def some() -> None:
        begun = time.monotonic()
        while left:
            item, draw = left.popleft()
            item.setIcon(draw())
            if time.monotonic() - begun >= TURN_S:
                return
        timer.stop()

    timer.timeout.connect(some)
    timer.start(0)
    some()
