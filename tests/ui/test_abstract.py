"""Bases of widgets that can't be made themselves."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import pytest
from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget
from shiboken6 import Shiboken

from studio_app.ui import main_window as _all_widgets
from studio_app.ui.abstract import AbstractQt
from studio_app.ui.zoom_view import ZoomView


class Base(AbstractQt, QWidget):
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


def test_what_qt_has_deleted_says_so(qtbot: Any):
    """Without the work around a metaclass, the process dies here."""
    widget = Whole()
    Shiboken.delete(widget)
    with pytest.raises(RuntimeError, match="already deleted"):
        widget.isVisible()


def test_no_class_of_ours_hides_from_qt_that_it_is_gone():
    kinds = [QObject]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    ours = [kind for kind in kinds if kind.__module__.split(".")[0] == "studio_app"]
    assert _all_widgets.MainWindow in ours and ZoomView in ours
    assert {type(kind) for kind in ours} == {type(QObject)}
