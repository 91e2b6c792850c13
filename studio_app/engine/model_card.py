"""Whose a model's folder is, and what it can do, by the small files in it. Free of torch, so that a form can ask it
cheaply; `families/registry.py` loads what this found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from studio_app.core.capabilities import Capabilities
from studio_app.core.jsons import read_object
from studio_app.core.reading import is_file
from studio_app.engine.checkpoint import Part, refused
from studio_app.engine.families import embedded_card, sd15_card


class Card(Protocol):
    """The module `families/X_card.py` of a family whose networks `families/X.py` loads.

    NAME: in words. PARTS: what its folders are made of.
    """

    NAME: str

    @property
    def PARTS(self) -> Sequence[Part]: ...

    def claims(self, folder: Path, index: Mapping[str, Any]) -> bool:
        """Whether a folder is of this family, by its model_index.json and its other configs."""
        ...

    def capabilities(self, folder: Path) -> Capabilities:
        """StudioError where what it says of itself can't be read."""
        ...


CARDS: tuple[Card, ...] = (embedded_card, sd15_card)
"""In the order in which they are asked."""


def card_of(folder: Path, index: Mapping[str, Any]) -> Card:
    """StudioError where it is of no family that is known here."""
    for card in CARDS:
        if card.claims(folder, index):
            return card
    known = " and ".join(card.NAME for card in CARDS)
    raise refused(folder, "it is of no family that this program knows", f"It knows {known}")


def read_capabilities(folder: Path) -> Capabilities:
    """Of the model in `folder`. StudioError."""
    index: Mapping[str, Any] = {}
    if is_file(folder / "model_index.json"):
        index = read_object(folder / "model_index.json", f"{folder.name}/model_index.json")
    return card_of(folder, index).capabilities(folder)
