"""From a model's name to its networks, by whatever family it is of. Only the family that is asked for is brought in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from studio_app.catalogue.joining import header_of
from studio_app.core.engine import Progress, quiet
from studio_app.core.folders import check_model_files, find_model
from studio_app.core.interpreter import collector_at_rest
from studio_app.core.reading import is_dir
from studio_app.engine.device import Device
from studio_app.engine.families.model_card import card_of, card_of_file
from studio_app.engine.loading.budget import Weight, weight_of_file, weight_of_folder
from studio_app.engine.loading.checkpoint import check_folder, check_parts
from studio_app.engine.loading.progress import telling
from studio_app.engine.models.family import Family, Model


@dataclass(frozen=True)
class Chosen:
    """A model that was checked as far as headers and configs tell, and weighed; nothing of it is in memory yet."""

    place: Path
    weight: Weight
    device: Device
    _load: Callable[[Device], Model]

    def load(self, progress: Progress, *, kept: bool = False) -> Model:
        """kept: whether its weights stay as small as they are written. StudioError where it can't be used; whatever
        `progress` raises."""
        with collector_at_rest(), telling(self.weight.written, progress):
            return self._load(replace(self.device, keeps=kept))


def look_up(name: str, device: Device) -> Chosen:
    """A model (a name or a path) after every check of `checkpoint`. StudioError where it can't be used."""
    place = find_model(name)
    if not is_dir(place):
        header = header_of(place)
        card = card_of_file(place, header)
        weight = weight_of_file(header, card.file_capabilities(place, header), device)
        return Chosen(place, weight, device, lambda at: _family(card).load_file(place, header, at))
    check_model_files(place)
    index = check_folder(place)
    card = card_of(place, index)
    check_parts(place, index, card.PARTS)
    weight = weight_of_folder(place, card.PARTS, card.capabilities(place), device)
    return Chosen(place, weight, device, lambda at: _family(card).load(place, at))


def load_model(name: str, device: Device, progress: Progress = quiet) -> Model:
    """Reads a model (a name or a path). StudioError where it can't be used."""
    return look_up(name, device).load(progress)


def _family(card: Any) -> Family:
    family: Any = import_module(card.__name__.removesuffix("_card"))
    return family
