"""Long work says how far it is, and ends once nobody wants it."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[float], object]
"""Gets the share that is done, 0..1; raises GivenUp once nobody wants the rest."""


class GivenUp(Exception):
    """Nobody wants it any more."""


def untold(share: float) -> None:
    """For who does not want to hear."""


def part_of(tell: Tell, start: float, end: float) -> Tell:
    """Of work that is a part of other work: from one share of that to another."""
    return lambda share: tell(start + (end - start) * share)
