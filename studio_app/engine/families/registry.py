"""From a model's name to its networks, by whatever family it is of. Only the family that is asked for is brought in."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from studio_app.core.folders import check_model_files, find_model
from studio_app.core.interpreter import collector_at_rest
from studio_app.core.reading import is_dir
from studio_app.engine.checkpoint import check_folder, check_parts, read_header
from studio_app.engine.device import Device
from studio_app.engine.family import Family, Model
from studio_app.engine.model_card import card_of, card_of_file


def load_model(name: str, device: Device) -> Model:
    """Reads a model (a name or a path) after every check of `checkpoint`. StudioError where it can't be used."""
    with collector_at_rest():
        place = find_model(name)
        if not is_dir(place):
            header = read_header(place, place)
            return _family(card_of_file(place, header)).load_file(place, header, device)
        check_model_files(place)
        index = check_folder(place)
        card = card_of(place, index)
        check_parts(place, index, card.PARTS)
        return _family(card).load(place, device)


def _family(card: Any) -> Family:
    family: Any = import_module(card.__name__.removesuffix("_card"))
    return family
