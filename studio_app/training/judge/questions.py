"""What a model is asked: fixed prompts of the world's grammar, with the picture each was said of.

A question's number decides it, so that 96 of them are the first 96 of 512, whoever asks and when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio_app.core.lexicon import Lexicon
from studio_app.training.judge.everyday import EVERYDAY, SAID_AS
from studio_app.training.world.captions import told
from studio_app.training.world.compose import PictureSpec, Split, another, labels, sample_spec
from studio_app.training.world.needed import sample_blockout
from studio_app.training.world.words import CORE, Vocabulary, vocabulary

_SEED = 51_966
"""Of no training picture: theirs begin with a recipe's small seed, and have four parts."""

_STREAMS = (
    "words",
    "held_out",
    "people",
    "tiles",
    "isolated",
    "variety",
    "everyday",
    "scenes",
    "blockouts",
)

ATTRIBUTES = ("thing", "material", "colour", "light", "ground", "style", "view", "relation")
"""Label slots that a prompt can name. The kind of picture is no word but a switch of the request."""


COMBINATION = ("thing", "material", "colour")


@dataclass(frozen=True)
class Question:
    """text: what is typed. spec: the picture it was said of. named: the label slots that the text names.

    seed: of the model's noise.
    """

    text: str
    spec: PictureSpec
    named: frozenset[str]
    seed: int

    @property
    def kind(self) -> str:
        return self.spec.kind

    @property
    def labels(self) -> dict[str, int]:
        """Index of the right word by label slot; -1 where the picture has none."""
        slots = vocabulary(self.spec.world).label_slots()
        return dict(zip(slots, labels(self.spec), strict=True))


def world_of(thing_words: Mapping[str, Any]) -> Vocabulary:
    """The world that a model was taught: the full one if it knows all its things, else the core."""
    full = vocabulary("full")
    return full if set(full.thing_labels) <= set(thing_words.get("thing", ())) else CORE


def question(number: int, known: Vocabulary = CORE) -> Question:
    """Of any kind of picture, as often as training has it, in a combination that training may show."""
    return _question("words", number, known, lambda _: True)


def held_out(number: int, known: Vocabulary = CORE) -> Question:
    """Of a combination that training never shows; the text names all three of its words."""

    def held(spec: PictureSpec) -> bool:
        return (spec.thing, spec.material, spec.colour) in known.held_out

    return _question("held_out", number, known, held, frozenset(COMBINATION), "val")


def person(number: int, known: Vocabulary = CORE) -> Question:
    """Of a character."""
    return _question("people", number, known, lambda spec: spec.kind == "character")


def tile(number: int, known: Vocabulary = CORE) -> Question:
    """Of a texture."""
    return _question("tiles", number, known, lambda spec: spec.kind == "texture")


def asset(number: int, known: Vocabulary = CORE) -> Question:
    """Of a single asset on grey."""
    return _question("isolated", number, known, lambda spec: spec.kind == "isolated")


def figure_or_scene(number: int, known: Vocabulary = CORE) -> Question:
    """Of a character, and by turns of a thing on a ground."""
    kind = "character" if number % 2 else "scene"
    return _question("scenes", number, known, lambda spec: spec.kind == kind)


def blockout(number: int, known: Vocabulary = CORE) -> Question:
    """Of a cut-out shape that no word names: an assembly of primitives."""
    rng = np.random.default_rng([_SEED, _STREAMS.index("blockouts"), number])
    spec = sample_blockout(rng, "train", known)
    while spec.kind != "isolated":
        spec = sample_blockout(rng, "train", known)
    said = told(spec, rng)
    return Question(said.text, spec, said.slots, 10_000 * _STREAMS.index("blockouts") + number)


def variation(question: Question, number: int, k: int) -> PictureSpec:
    """Another picture of the words of question `number`, the k-th."""
    rng = np.random.default_rng([_SEED, _STREAMS.index("variety"), number, k])
    return another(rng, question.spec, question.named, vocabulary(question.spec.world))


def everyday(question: Question, number: int) -> Question:
    """The same picture in a plain sentence in which at least one word is one that nobody taught.

    named: only what an everyday word stands for; what is said in taught words is measured elsewhere.
    """
    rng, spec = np.random.default_rng([_SEED, _STREAMS.index("everyday"), number]), question.spec
    said: dict[str, str] = {}
    changed: set[str] = set()
    slots = [slot for slot in SAID_AS if _word(spec, slot) is not None]
    must = slots[int(rng.integers(len(slots)))]
    for slot in slots:
        word = _word(spec, slot) or ""
        options = EVERYDAY.get(word, ())
        if options and (slot == must or rng.random() < 0.4):
            said[slot] = options[int(rng.integers(len(options)))]
            changed.add(slot)
        else:
            said[slot] = word
    text = " ".join(said[s] for s in ("colour", "material", "thing") if s in said)
    if "ground" in said:
        text += f", {said['ground']}"
    if "light" in said:
        text += f", {said['light']}"
    return Question(text, spec, frozenset(changed), question.seed)


def words_known(thing_words: Mapping[str, Any]) -> frozenset[str]:
    """The single words that a model was taught."""
    return frozenset(w for names in thing_words.values() for n in names for w in n.lower().split())


def through_lexicon(text: str, known: frozenset[str], lexicon: Lexicon) -> str:
    """The text with every word that the model does not know replaced by the nearest that it does.

    What the window offers an artist for each underlined word. Words without a neighbour stay.
    """
    out: list[str] = []
    for raw in text.split():
        word = raw.strip(",.")
        nearest = None if word in known or word in lexicon.stop else lexicon.nearest(word, known)
        out.append(raw.replace(word, nearest) if nearest else raw)
    return " ".join(out)


def _word(spec: PictureSpec, slot: str) -> str | None:
    """What the picture has in a slot of an everyday sentence; None where it has nothing."""
    if slot == "thing":
        return spec.outfit or spec.thing or spec.texture
    if slot == "light" and not spec.ground:  # as in its labels
        return None
    return getattr(spec, slot) or None


def _question(
    stream: str,
    number: int,
    known: Vocabulary,
    fits: Callable[[PictureSpec], bool],
    needs: frozenset[str] = frozenset(),
    split: Split = "train",
) -> Question:
    rng = np.random.default_rng([_SEED, _STREAMS.index(stream), number])
    spec = sample_spec(rng, split, known)
    while not fits(spec):
        spec = sample_spec(rng, split, known)
    said = told(spec, rng)
    while not needs <= said.slots:
        said = told(spec, rng)
    return Question(said.text, spec, said.slots, 10_000 * _STREAMS.index(stream) + number)
