"""Builds resources/words/lexicon.json: `python -m studio_app.training.lexicon [WORDNET_DICT_FOLDER]`.

A word is near a name of the full world if it is its synonym, a kind of it (a rapier is a sword), a neighbour under a
common kind (a rapier is like a dagger, both are weapons), or if `lexicon_notes` says so.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

from studio_app.core.files import write_text_atomic
from studio_app.core.resources import resources_dir
from studio_app.training.lexicon_notes import ANCHORS, NOTES, STOP
from studio_app.training.tokenizer import english_words
from studio_app.training.wordnet import LEXFILES, SIMILAR, Wordnet, depths, read_wordnet
from studio_app.training.world.words import CORE, vocabulary

WORDNET = Path("/usr/share/wordnet")
_FIELDS: dict[str, tuple[str, ...]] = {
    "thing": ("artifact", "animal", "plant", "food", "object", "body", "possession", "communication"),
    "outfit": ("person",),
    "material": ("substance", "artifact", "plant", "body", "object"),
    "colour": ("attribute",),
    "light": ("time", "phenomenon", "state", "event"),
    "ground": ("object", "substance", "artifact"),
    "texture": ("artifact", "plant", "substance", "object"),
}  # fmt: skip
_PLAIN = re.compile(r"[a-z]{3,15}(?:-[a-z]{2,10})?")
_KIND_DEPTH = 4
_FAR = 4.6
"""Words further than this (in steps, plus a share for rare senses) are not near."""
_CLOSE = 1.3
"""How much further than the first the second name may be."""
_RARE = 0.6
"""What each more frequent sense of a word adds to its distance."""
_GENERIC = 6
"""A common kind nearer to the root than this (artifact, organism) makes no neighbours."""

Distances = dict[str, dict[str, float]]


def build(wordnet: Wordnet) -> dict[str, str]:
    """Everyday word -> names of the world, nearest first, joined by spaces."""
    full = vocabulary("full")
    core = {w.name for words in CORE.slots.values() for w in words}
    near: Distances = defaultdict(dict)
    for words in full.slots.values():
        for w in words:
            for said in (w.name, *w.synonyms):
                if " " not in said:
                    _note(near, said, w.name, -1.0 if said == w.name else 0.0)
    for word, names in NOTES.items():
        for rank, name in enumerate(names.split()):
            _note(near, word, name, 0.1 * rank)
    _kinds(wordnet, near)
    common = wordnet.spoken | set(english_words())
    out: dict[str, str] = {}
    for word in sorted(near):
        if not _PLAIN.fullmatch(word) or word in STOP.split():
            continue
        ranked = sorted((d, name) for name, d in near[word].items() if d <= _FAR)
        if not ranked or (word not in common and ranked[0][0] > 2.2):
            continue
        best = ranked[0][0]
        names = [name for d, name in ranked[:2] if d < best + _CLOSE]
        names += [
            name for _, name in ranked[len(names) :] if name in core and not core & set(names)
        ]
        names = names[:2] if core & set(names[:2]) else names[:3]
        if names != [word]:
            out[word] = " ".join(names)
    return out


def _note(near: Distances, word: str, name: str, distance: float) -> None:
    near[word][name] = min(distance, near[word].get(name, 99.0))


def _kinds(wordnet: Wordnet, near: Distances) -> None:
    """Adds kinds and neighbours of every name's sense."""
    deep = depths(wordnet)
    rank = {(k, w): i for (w, _), keys in wordnet.senses.items() for i, k in enumerate(keys)}
    for slot, words in vocabulary("full").slots.items():
        fields = frozenset(LEXFILES[f] for f in _FIELDS.get(slot, ()))
        for w in words:
            anchors = ANCHORS.get(w.name, w.name).split()
            for anchor in anchors if fields else ():
                key = wordnet.sense(anchor, "n", fields)
                if key is not None:
                    # One colour is not like another because both are colours.
                    _spread(wordnet, near, w.name, key, deep, rank, slot != "colour")
                if slot == "colour":
                    _shades(wordnet, near, w.name, anchor, rank)


def _spread(
    wordnet: Wordnet,
    near: Distances,
    name: str,
    anchor: str,
    deep: dict[str, int],
    rank: dict[tuple[str, str], int],
    neighbours: bool,
) -> None:
    for up, rise in wordnet.above(anchor, 2).items():
        if rise and (deep.get(up, 0) < _GENERIC or not neighbours):
            continue
        for key, fall in wordnet.below(up, _KIND_DEPTH if not rise else 3 - rise).items():
            # Kinds are near at any depth; a neighbour costs each step up and down.
            distance = 0.5 * fall if not rise else 1.5 + rise + 0.8 * fall
            for word in wordnet.synsets[key].words:
                _note(near, word, name, distance + _RARE * rank.get((key, word), 0))


def _shades(
    wordnet: Wordnet, near: Distances, name: str, adjective: str, rank: dict[tuple[str, str], int]
) -> None:
    for key in wordnet.senses.get((adjective, "a"), ())[:1]:
        for other in (key, *wordnet.linked(key, SIMILAR)):
            for word in wordnet.synsets[other].words:
                _note(near, word, name, 0.4 + 0.3 * rank.get((other, word), 0))


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else WORDNET
    words = build(read_wordnet(folder))
    table = {
        "version": 1,
        "source": "WordNet 3.0 and the world's own synonyms",
        "stop": STOP,
        "words": words,
    }
    path = resources_dir() / "words" / "lexicon.json"
    write_text_atomic(path, json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{path}: {len(words)} words, {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
