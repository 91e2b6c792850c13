"""Where an asset came from: what made it, under which licence, and how much of it a hand painted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.folders import find_model
from studio_app.core.reading import is_file, read_text
from studio_app.core.request import GenerationRequest
from studio_app.document.people import Person
from studio_app.document.recipes import Intermediate

SourceType = Literal[
    "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "digitalCreation"
]
"""IPTC's digital source types: a model's output; that, mixed with something else; a hand's alone."""

SOURCES: tuple[SourceType, ...] = get_args(SourceType)
_BY_NAME: dict[str, SourceType] = {name: name for name in SOURCES}

_CARD = 1 << 20
_LINE = re.compile(r"^(license|license_name|license_link):[ \t]*['\"]?([^'\"#\n]+)", re.MULTILINE)
_FORBIDS = re.compile(r"(^|[-_. ])nc($|[-_. ])|non-?commercial|research", re.IGNORECASE)
_ALLOWS = re.compile(
    r"^(apache|mit\b|bsd|cc0|cc-by-(sa-)?[1-4]|(creativeml-|bigscience-|bigcode-)?openrail|unlicense|wtfpl|isc\b|"
    r"zlib|artistic|mpl|l?gpl|agpl|ms-pl|bsl-1)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Licence:
    """name: as the model's card has it, "" where it says nothing. commercial: whether it allows commercial use; None
    where that is not known. link: to its text.
    """

    name: str = ""
    commercial: bool | None = None
    link: str = ""


@dataclass(frozen=True)
class Origin:
    """request: what our engine was asked, None where it was not. painted: the share of the pixels that a hand painted
    over the model's, 0..1; 1 without a request is a hand's work alone. model_digest: of the model's files, where it is
    known. marked: the source type that a picture from elsewhere said of itself; tool: what made that. more: the
    requests of an asset's other pictures; others: the models that made those, with their licences. people: float32
    [P, 18, 3] that its pose was drawn from, where that is known. shows: a step of the run, where it is not the whole
    picture.
    """

    request: GenerationRequest | None = field(default=None, repr=False)
    licence: Licence = Licence()
    painted: float = 0.0
    model_digest: str = ""
    marked: str = ""
    tool: str = ""
    more: tuple[GenerationRequest, ...] = field(default=(), repr=False)
    others: tuple[tuple[str, Licence], ...] = ()
    people: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    shows: Intermediate | None = None

    @property
    def source_type(self) -> SourceType | Literal[""]:
        """Empty where nothing is known."""
        if self.request is None:
            return _BY_NAME.get(self.marked) or ("digitalCreation" if self.painted == 1 else "")
        mixed = self.painted > 0 or self.request.init is not None
        return "compositeWithTrainedAlgorithmicMedia" if mixed else "trainedAlgorithmicMedia"

    @property
    def is_noisy(self) -> bool:
        """Whether it shows x_t."""
        return self.shows is not None and self.shows.latent == "x_t"

    @property
    def model(self) -> str:
        return model_name(self.request) if self.request is not None else ""

    @property
    def models(self) -> tuple[tuple[str, Licence], ...]:
        """All that had a part in it, each once, with their licences."""
        own = [(self.model, self.licence)] if self.request is not None else []
        return tuple(dict.fromkeys([*own, *self.others]))


def joints_of(people: Sequence[Person]) -> NDArray[np.float32] | None:
    """float32 [P, 18, 3] of those of whom anything is seen; None where nobody is."""
    seen = [person.joints for person in people if person.joints[:, 2].any()]
    return np.stack(seen) if seen else None


def model_name(request: GenerationRequest) -> str:
    """Of a model that was named by a path, its last part, since paths are private."""
    return re.split(r"[/\\]", request.model.rstrip("/\\"))[-1]


def licence_of(model: Path) -> Licence:
    """The licence that the card of a model's folder names in its head (README.md, as model hubs have it)."""
    card = model / "README.md"
    try:
        text = read_text(card, _CARD) if is_file(card) else ""
    except StudioError:
        return Licence()
    if not text.startswith("---"):
        return Licence()
    said = {key: value.strip() for key, value in _LINE.findall(text.split("\n---", 1)[0])}
    name = said.get("license", "")
    if name in ("", "other", "unknown"):
        name = said.get("license_name", "")
    return licence_named(name, said.get("license_link", ""))


def licence_for(model: str) -> Licence:
    """Of a model by its name or folder; an unknown one where it is not on this machine."""
    try:
        return licence_of(find_model(model))
    except StudioError:
        return Licence()


def licence_named(name: str, link: str = "") -> Licence:
    """What is known of a licence by its name."""
    forbids, allows = _FORBIDS.search(name), _ALLOWS.search(name)
    return Licence(name, False if forbids else True if allows else None, link)


def drawn(request: GenerationRequest) -> list[dict[str, Any]]:
    """The drawings that guided a picture: kind, strength, and the share of the picture they speak of."""
    return [
        {
            "kind": control.kind,
            "strength": control.strength,
            "known": 1.0 if control.known is None else round(float((control.known > 0).mean()), 4),
        }
        for control in request.controls
    ]
