"""Which families there are, and whose a folder is."""

from __future__ import annotations

from studio_app.core.folders import check_model_files, find_model
from studio_app.core.interpreter import collector_at_rest
from studio_app.engine.checkpoint import check_folder, refused
from studio_app.engine.device import Device
from studio_app.engine.families import embedded
from studio_app.engine.family import Family, Model

FAMILIES: tuple[Family, ...] = (embedded,)
"""In the order in which they are asked."""


def load_model(name: str, device: Device) -> Model:
    """Reads a model (a name or a path) after every check of `checkpoint`. StudioError where it can't be used."""
    with collector_at_rest():
        folder = find_model(name)
        check_model_files(folder)
        index = check_folder(folder)
        for family in FAMILIES:
            if family.claims(folder, index):
                return family.load(folder, index, device)
    known = ", ".join(family.NAME for family in FAMILIES)
    raise refused(folder, "it is of no family that this program knows", f"It knows {known}")
