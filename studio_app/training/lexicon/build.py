"""Builds resources/words/lexicon.json.xz: `python -m studio_app.training.lexicon [WORDNET_DICT_FOLDER]`.

A word is near a name of the full world if it is its synonym, a kind of it (a rapier is a sword), a neighbour under a
common kind (a rapier is like a dagger, both are weapons), if its definition begins with it (a gavel is "a small mallet
used by a presiding officer"), or if `notes` says so.
"""

from __future__ import annotations

import json
import lzma
import re
import sys
from collections import defaultdict
from pathlib import Path

from studio_app.core.files import write_bytes_atomic
from studio_app.core.lexicon import forms
from studio_app.core.resources import resources_dir
from studio_app.training.lexicon.notes import ANCHORS, NOTES, STOP
from studio_app.training.lexicon.wordnet import LEXFILES, SIMILAR, Wordnet, depths, read_wordnet
from studio_app.training.tokenizer import english_words
from studio_app.training.world.words import CORE, vocabulary

WORDNET = Path("/usr/share/wordnet")
_FIELDS: dict[str, tuple[str, ...]] = {
    "thing": ("artifact", "animal", "plant", "food", "object", "body", "possession", "communication"),
    "outfit": ("person",),
    "material": ("substance", "artifact", "plant", "body", "object"),
    "colour": ("attribute",),
    "light": ("time", "phenomenon", "state", "event"),
    "ground": ("object", "substance", "artifact", "location", "phenomenon"),
    "texture": ("artifact", "plant", "substance", "object"),
}  # fmt: skip
_PLAIN = re.compile(r"[a-z]{3,15}(?:-[a-z]{2,10})?")
_KIND_DEPTH = 4
_FAR = 4.6
"""Words further than this (in steps, plus a share for rare senses) are not near."""
_UNCOMMON = 3.2
"""A word that is hardly ever said is noted only where it is this near."""
_CLOSE = 1.3
"""How much further than the first the second name may be."""
_RARE = 0.6
"""What each more frequent sense of a word adds to its distance."""
_EMPTY = frozenset(f"{STOP} having used small large made color relating containing".split())
"""Words of a definition that do not count."""
_BEYOND = re.compile(r";|\b(?:in|on|at|for|that|which|who|by|from|near|under|where|when|to)\b")
"""Where a definition goes on to what the thing is not itself."""
_GENERIC = 6
"""A common kind nearer to the root than this (artifact, organism) makes no neighbours."""

_DEFINED, _LATER = 2.4, 0.25
"""How far a word is from a name that its definition begins with, and what each word further in adds."""
_NOTED = 0.5
"""How much further it is where the definition begins with a word that only `notes` ties to a name."""
_RARELY_MEANT = 1.2
"""What each more frequent sense adds to the distance of a definition."""
_LIKE_THEIR_SYNONYMS = ("thing", "outfit", "material")
"""Slots whose names are near to whatever is like one of their synonyms: what is like a coffer is like a chest."""
_TOLD_BY_ADJECTIVES = ("material", "colour", "light", "ground")

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
    _definitions(wordnet, near)
    common = wordnet.spoken | set(english_words())
    out: dict[str, str] = {}
    for word in sorted(near):
        if not _PLAIN.fullmatch(word) or word in STOP.split():
            continue
        ranked = sorted((d, name) for name, d in near[word].items() if d <= _FAR)
        if not ranked or (word not in common and ranked[0][0] > _UNCOMMON):
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
            if slot in _LIKE_THEIR_SYNONYMS:
                anchors += [said for said in w.synonyms if said.isalpha() and said not in anchors]
            for anchor in anchors if fields else ():
                anchor, _, field = anchor.partition(":")
                within = frozenset({LEXFILES[field]}) if field else fields
                key = wordnet.sense(anchor, "n", within)
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


def _definitions(wordnet: Wordnet, near: Distances) -> None:
    """Adds the names that stand in the first words of a definition, or are said with another ending (whitish)."""
    named: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
    slots: dict[str, str] = {}
    for slot, words in vocabulary("full").slots.items():
        for w in words:
            slots[w.name] = slot
            for said in {w.name, *w.synonyms, *ANCHORS.get(w.name, "").split()}:
                if said.isalpha():
                    named[said].append((slot, w.name, 0.0))
    for said, names in NOTES.items():
        if said not in named:
            named[said] = [(slots[name], name, _NOTED) for name in names.split()[:1]]
    for (word, pos), keys in wordnet.senses.items():
        for rank, key in enumerate(keys[:2]):
            synset = wordnet.synsets[key]
            begins = _BEYOND.split(re.sub(r"\(.*?\)", " ", synset.gloss.lower()))[0]
            meant = [w for w in re.findall(r"[a-z]+", begins) if w not in _EMPTY][:6]
            alike = [(0, other) for other in synset.words if other != word]
            for place, said in [*alike, *enumerate(meant)]:
                for slot, name, further in _names_of(said, named):
                    fits = (
                        slot in _TOLD_BY_ADJECTIVES
                        if pos == "a"
                        else synset.lexfile in [LEXFILES[f] for f in _FIELDS.get(slot, ())]
                    )
                    if fits:
                        distance = _DEFINED + further + _LATER * place + _RARELY_MEANT * rank
                        _note(near, word, name, distance)


def _names_of(
    said: str, named: dict[str, list[tuple[str, str, float]]]
) -> list[tuple[str, str, float]]:
    """Slots and names, and how much further they are, that a word of a definition stands for, whatever its ending."""
    return next((named[form] for form in forms(said) if form in named), [])


def subjects() -> dict[str, str]:
    """Slot ("thing", "character", "texture") -> whatever of the full world is one, single words joined by spaces."""
    full = vocabulary("full")
    things = [w for w in full.things if w.name != "character"]
    people = [*full.outfits, *(w for w in full.things if w.name == "character")]
    taken: set[str] = set()
    out: dict[str, str] = {}
    for slot, words in (("thing", things), ("character", people), ("texture", full.textures)):
        said = [said for w in words for said in w.names if " " not in said and said not in taken]
        taken.update(said)
        out[slot] = " ".join(dict.fromkeys(said))
    return out


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else WORDNET
    words = build(read_wordnet(folder))
    table = {
        "version": 1,
        "source": "WordNet 3.0 and the world's own synonyms",
        "stop": STOP,
        "subjects": subjects(),
        "words": words,
    }
    path = resources_dir() / "words" / "lexicon.json.xz"
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n"
    write_bytes_atomic(path, lzma.compress(text.encode("utf-8"), preset=9 | lzma.PRESET_EXTREME))
    print(f"{path}: {len(words)} words, {path.stat().st_size} bytes")
    return 0
