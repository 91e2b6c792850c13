"""Whether a picture shows what its words say: attributes, combinations never seen, everyday words, negatives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio_app.training.judge.intervals import Figures, add, interval, mean, ratio
from studio_app.training.judge.questions import ATTRIBUTES, Question
from studio_app.training.judge.reader import Readings, Trust
from studio_app.training.world.words import vocabulary

_SURE = 0.5
"""A word that the probe is less sure of was hardly there to be removed."""


def needed(questions: Iterable[Question]) -> frozenset[str]:
    """The slots that the probe must read well to judge these questions."""
    return frozenset(slot for q in questions for slot in judged(q))


def judged(question: Question) -> list[str]:
    """The slots that the text names and the picture has."""
    return [s for s in ATTRIBUTES if s in question.named and question.labels.get(s, -1) >= 0]


def right(
    readings: Readings, questions: Sequence[Question], slots: Collection[str] = ATTRIBUTES
) -> NDArray[np.float64]:
    """How many of the named words each picture shows [n]; only of `slots`."""
    found = np.zeros(len(questions))
    for i, question in enumerate(questions):
        labels = question.labels
        found[i] = sum(
            int(readings.words[slot][i]) == labels[slot]
            for slot in judged(question)
            if slot in slots
        )
    return found


def shares(
    key: str,
    drawn: Readings,
    real: Readings,
    questions: Sequence[Question],
    trusted: Trust,
) -> Figures:
    """Right words over those of the real renders of the same words.

    `key`_share: of all slots that the probe reads well (what it doesn't is for the caller to say). `key`_SLOT_share:
    of each of them.
    """
    figures: Figures = {}
    slots = needed(questions) & trusted.slots
    if slots:
        mine, theirs = right(drawn, questions, slots), right(real, questions, slots)
        add(figures, f"{key}_share", ratio(mine, theirs))
    for slot in sorted(slots):
        mine, theirs = right(drawn, questions, (slot,)), right(real, questions, (slot,))
        add(figures, f"{key}_{slot}_share", ratio(mine, theirs))
    return figures


@dataclass(frozen=True)
class Removal:
    """A word to be removed: question `number` shows, unasked, `word` in `slot` (index `label`)."""

    number: int
    slot: str
    label: int
    word: str


def removals(readings: Readings, questions: Sequence[Question], trusted: Trust) -> list[Removal]:
    """Of each picture one attribute that its text does not name and that it shows all the same.

    The same seed shows it again, so without a negative it is not only likely but certain.
    """
    found: list[Removal] = []
    for i, question in enumerate(questions):
        words = vocabulary(question.spec.world).label_slots()
        labels = question.labels
        open_slots = [
            slot
            for slot in ("colour", "light", "ground", "material")
            if slot in trusted.slots
            and slot not in question.named
            and labels[slot] >= 0
            and readings.sure[slot][i] >= _SURE
        ]
        if open_slots:
            slot = open_slots[i % len(open_slots)]
            label = int(readings.words[slot][i])
            found.append(Removal(i, slot, label, words[slot][label]))
    return found


def negative_figures(
    before: Readings,
    after: Readings,
    chosen: Sequence[Removal],
    questions: Sequence[Question],
    trusted: Trust,
) -> Figures:
    """negative_efficacy: share of the unwanted words that are gone. negative_other_fall: points of a hundred by
    which the words that the text names became rarer.

    before: of all questions. after: of the chosen ones, in their order, drawn with the word as the negative.
    """
    figures: Figures = {}
    gone = np.array([after.words[r.slot][k] != r.label for k, r in enumerate(chosen)], np.float64)
    add(figures, "negative_efficacy", mean(gone))
    rows = [r.number for r in chosen]
    asked = [questions[i] for i in rows]
    slots = needed(asked) & trusted.slots
    kept = right(after, asked, slots)
    had = right(before, questions, slots)[rows]
    named = np.array([sum(s in slots for s in judged(q)) for q in asked], np.float64)
    fall = interval((had, kept, named), lambda s: 100 * (s[:, 0] - s[:, 1]) / s[:, 2])
    add(figures, "negative_other_fall", fall, "low")
    return figures
