"""Bases of widgets that can't be made themselves."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import pytest
from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from studio_app.ui.abstract import AbstractQt
from studio_app.ui.zoom_view import ZoomView


class Base(QWidget, metaclass=AbstractQt):
    said = Signal(int)

    @abstractmethod
    def word(self) -> str: ...


class Whole(Base):
    def word(self) -> str:
        return "whole"


def test_a_base_is_refused_with_what_it_lacks(qtbot: Any):
    with pytest.raises(TypeError, match="Base is abstract: it lacks word"):
        Base()  # pyright: ignore[reportAbstractUsage]
    with pytest.raises(TypeError, match="paint_content"):
        ZoomView()  # pyright: ignore[reportAbstractUsage]


def test_what_owes_nothing_is_a_widget_like_any_other(qtbot: Any):
    widget = Whole()
    qtbot.addWidget(widget)
    with qtbot.waitSignal(widget.said) as heard:
        widget.said.emit(3)
    assert heard.args == [3] and widget.word() == "whole" and isinstance(widget, Base)


def test_who_paints_can_be_made(qtbot: Any):
    class View(ZoomView):
        def paint_content(self, painter: QPainter, exposed: QRect) -> None:
            """Nothing is shown."""

    qtbot.addWidget(View())
