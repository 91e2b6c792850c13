"""What has to be asked before something goes out, and what was answered before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from studio_app.export.ledger import Ledger
from studio_app.export.origin import Licence, Origin

LICENCE = "licence"


@dataclass(frozen=True)
class Choice:
    """id: what the ledger keeps."""

    id: str
    text: str


@dataclass(frozen=True)
class Question:
    """about: what the answer holds for, from then on, in the whole project."""

    id: str
    about: str
    title: str
    text: str
    choices: tuple[Choice, ...]

    @property
    def key(self) -> Key:
        return self.id, self.about


Key = tuple[str, str]
"""Which question, about what: an answer about one thing is none about another."""

Answers = Mapping[Key, str]
"""The id of a choice, by the key of its question."""


def questions_of(origin: Origin, ledger: Ledger) -> tuple[Question, ...]:
    """Of each model whose licence forbids commercial use: once a project."""
    asked = [
        _about_licence(model, licence)
        for model, licence in origin.models
        if licence.commercial is False
    ]
    new = {one.key: one for one in asked if ledger.answer(*one.key) is None}
    return tuple(new.values())


def _about_licence(model: str, licence: Licence) -> Question:
    return Question(
        LICENCE,
        f"{model}: {licence.name}",
        f"The licence of {model} forbids commercial use",
        f"Pictures made with it may not go into a game that earns money ({licence.name}). "
        "Your answer is written into the ledger of the project.",
        (
            Choice("not commercial", "This project is not commercial"),
            Choice("own agreement", "There is an agreement with the model's maker"),
        ),
    )
