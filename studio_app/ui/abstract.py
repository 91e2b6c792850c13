"""Bases among widgets and other objects of Qt that can't be made themselves: what a subclass owes is an abstract
method, as in the rest of the house."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any

from PySide6.QtCore import QObject


class AbstractQt(ABCMeta, type(QObject)):
    """Metaclass of such a base. Qt's own classes are made past `object.__new__`, where Python would look whether
    anything abstract is left, so that it is looked at here."""

    def __call__(cls, *given: Any, **named: Any) -> Any:
        owed = sorted(cls.__abstractmethods__)
        if owed:
            raise TypeError(f"{cls.__name__} is abstract: it lacks {', '.join(owed)}")
        return super().__call__(*given, **named)
