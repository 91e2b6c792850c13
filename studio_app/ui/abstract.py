"""Bases among widgets and other objects of Qt that can't be made themselves: what a subclass owes is an abstract
method, as in the rest of the house."""

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING, Any, Self


class AbstractQt(ABC if TYPE_CHECKING else object):
    """Stands before the class of Qt among the bases. Qt's own classes are made past `object.__new__`, where Python
    would look whether anything abstract is left, so that it is looked at here.

    WORKAROUND: not by a metaclass, ABCMeta or another. PySide6 6.12.0 takes a class whose metaclass is not exactly its
    own for one of Python's, and never looks whether what Qt has deleted is still there: the process dies of a use that
    is else a RuntimeError.
    """

    _owed: tuple[str, ...] = ()

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        names = {name for base in cls.__mro__ for name in vars(base)}
        owed = (n for n in names if getattr(getattr(cls, n, None), "__isabstractmethod__", False))
        cls._owed = tuple(sorted(owed))

    def __new__(cls, *given: Any, **named: Any) -> Self:
        if cls._owed:
            raise TypeError(f"{cls.__name__} is abstract: it lacks {', '.join(cls._owed)}")
        return super().__new__(cls, *given, **named)
