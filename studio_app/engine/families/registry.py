"""From a model's name to its networks, by whatever family it is of. Only the family that is asked for is brought in."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from studio_app.core.folders import check_model_files, find_model
from studio_app.core.interpreter import collector_at_rest
from studio_app.engine.checkpoint import check_folder, check_parts
from studio_app.engine.device import Device
from studio_app.engine.family import Family, Model
from studio_app.engine.model_card import card_of


def load_model(name: str, device: Device) -> Model:
    """Reads a model (a name or a path) after every check of `checkpoint`. StudioError where it can't be used."""
    with collector_at_rest():
        folder = find_model(name)
        check_model_files(folder)
        index = check_folder(folder)
        card: Any = card_of(folder, index)
        check_parts(folder, index, card.PARTS)
        family: Family = import_module(card.__name__.removesuffix("_card"))  # type: ignore[assignment]
        return family.load(folder, device)
