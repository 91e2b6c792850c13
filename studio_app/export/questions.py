"""What has to be asked before something goes out, and what was answered before."""

from __future__ import annotations

from dataclasses import dataclass

from studio_app.export.ledger import Ledger
from studio_app.export.origin import Origin

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


def questions_of(origin: Origin, ledger: Ledger) -> tuple[Question, ...]:
    """A model whose licence forbids commercial use: once a project."""
    if origin.request is None or origin.licence.commercial is not False:
        return ()
    about = f"{origin.model}: {origin.licence.name}"
    if ledger.answer(LICENCE, about) is not None:
        return ()
    return (
        Question(
            LICENCE,
            about,
            f"The licence of {origin.model} forbids commercial use",
            f"Pictures made with it may not go into a game that earns money ({origin.licence.name}). "
            "Your answer is written into the ledger of the project.",
            (
                Choice("not commercial", "This project is not commercial"),
                Choice("own agreement", "There is an agreement with the model's maker"),
            ),
        ),
    )
