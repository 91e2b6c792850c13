"""Whose a model's folder is, and what it can do, by the small files in it. Free of torch, so that a form can ask it
cheaply; `families/registry.py` loads what this found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from studio_app.catalogue.families import FAMILIES
from studio_app.catalogue.folders import identify_folder
from studio_app.catalogue.headers import Header
from studio_app.catalogue.identify import identify
from studio_app.catalogue.identity import Identity
from studio_app.catalogue.joining import header_of
from studio_app.catalogue.words import called
from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.core.jsons import read_object
from studio_app.core.reading import is_dir, is_file
from studio_app.engine.families import (
    embedded_card,
    flux2_klein_card,
    pixart_card,
    sd3_card,
    sd15_card,
    sdxl_card,
    z_image_card,
)
from studio_app.engine.loading.checkpoint import Part, TensorInfo, refused


class Card(Protocol):
    """The module `families/X_card.py` of a family whose networks `families/X.py` loads.

    NAME: in words. FAMILIES: of `catalogue/families.py`. PARTS: what its folders are made of.
    """

    NAME: str
    FAMILIES: tuple[str, ...]

    @property
    def PARTS(self) -> Sequence[Part]: ...

    def claims(self, folder: Path, index: Mapping[str, Any]) -> bool:
        """Whether a folder is of this family, by its model_index.json and its other configs."""
        ...

    def capabilities(self, folder: Path) -> Capabilities:
        """StudioError where what it says of itself can't be read."""
        ...

    def claims_file(self, header: Mapping[str, TensorInfo]) -> bool:
        """Whether one file of all parts is of this family, by the names and shapes of its tensors."""
        ...

    def file_capabilities(self, path: Path, header: Mapping[str, TensorInfo]) -> Capabilities:
        """Of such a file. StudioError."""
        ...


CARDS: tuple[Card, ...] = (
    embedded_card,
    sd15_card,
    sdxl_card,
    pixart_card,
    sd3_card,
    z_image_card,
    flux2_klein_card,
)
"""In the order in which they are asked."""
_BESIDE = ("lora", "controlnet", "union controlnet", "t2i adapter", "ip adapter", "tiny vae")
"""Roles of what is no model, and goes with one."""


def card_of(folder: Path, index: Mapping[str, Any]) -> Card:
    """StudioError where it is of no family that is known here."""
    for card in CARDS:
        if card.claims(folder, index):
            return card
    try:
        found = identify_folder(folder)
    except StudioError:
        found = Identity("unknown")
    raise refused(folder, _said(found), _what_to_do(found))


def card_of_file(path: Path, header: Mapping[str, TensorInfo]) -> Card:
    """Of one file, by its header alone. StudioError, which says what it is if that is known."""
    for card in CARDS:
        if card.claims_file(header):
            return card
    found = identify(Header(header), path.stem)
    if found.unreadable:
        raise refused(path, found.unreadable, "Take the same model in fp16 or bf16")
    raise refused(path, _said(found), _what_to_do(found))


def read_capabilities(place: Path) -> Capabilities:
    """Of the model in a folder or a file. StudioError."""
    if not is_dir(place):
        header = header_of(place)
        return card_of_file(place, header).file_capabilities(place, header)
    index: Mapping[str, Any] = {}
    if is_file(place / "model_index.json"):
        index = read_object(place / "model_index.json", f"{place.name}/model_index.json")
    return card_of(place, index).capabilities(place)


def _said(found: Identity) -> str:
    what = called(found)
    if not what:
        return "it is of no family that this program knows"
    drawn = {family for card in CARDS for family in card.FAMILIES}
    if found.role not in ("checkpoint", "denoiser") or found.family in drawn:
        return f"it is {what}"
    facts = FAMILIES.get(found.family)
    if facts is not None and facts.video:
        return f"it is {what}, and pictures in time are not drawn here"
    return f"it is {what}, a family that is not drawn with yet"


def _what_to_do(found: Identity) -> str:
    if found.role in _BESIDE:
        return "The window of models (Ctrl+M) uses it with an open model"
    *names, last = (card.NAME for card in CARDS)
    return f"Models of {', '.join(names)} and {last} are drawn with"
