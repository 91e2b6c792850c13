"""Reads WordNet's own files (wndb(5WN)): synsets, their words and how they hang together. No library needed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from studio_app.core.errors import StudioError

HYPERNYM = ("@", "@i")
HYPONYM = ("~",)
"""Kinds only: instances (~i) are people and places by name, which the world has none of."""
SIMILAR = ("&",)

LEXFILES = {
    "adj": 0, "animal": 5, "artifact": 6, "attribute": 7, "body": 8, "communication": 10, "event": 11,
    "food": 13, "location": 15, "object": 17, "person": 18, "phenomenon": 19, "plant": 20, "possession": 21,
    "shape": 25, "state": 26, "substance": 27, "time": 28,
}  # fmt: skip
"""Numbers of the lexicographer files that are of use here (lexnames(5WN))."""


@dataclass(frozen=True)
class Synset:
    """Words that mean one thing. lexfile: its field of knowledge. links: (kind of pointer, key of the other).

    gloss: what it means, without the examples.
    """

    key: str
    lexfile: int
    words: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    gloss: str = ""


@dataclass(frozen=True)
class Wordnet:
    """synsets by key ("n04373894"); senses: keys by word and part of speech, the most frequent first."""

    synsets: dict[str, Synset]
    senses: dict[tuple[str, str], tuple[str, ...]]
    spoken: frozenset[str]

    def linked(self, key: str, kinds: tuple[str, ...]) -> list[str]:
        return [other for kind, other in self.synsets[key].links if kind in kinds]

    def sense(self, word: str, pos: str, lexfiles: frozenset[int]) -> str | None:
        """The most frequent sense of a word in some fields of knowledge."""
        for key in self.senses.get((word, pos), ()):
            if self.synsets[key].lexfile in lexfiles:
                return key
        return None

    def below(self, key: str, depth: int) -> dict[str, int]:
        """The synset and what is a kind of it, with how many steps down (at most `depth`)."""
        found, level = {key: 0}, [key]
        for step in range(1, depth + 1):
            level = [k for above in level for k in self.linked(above, HYPONYM) if k not in found]
            found.update(dict.fromkeys(level, step))
        return found

    def above(self, key: str, height: int) -> dict[str, int]:
        """The synset and what it is a kind of, with how many steps up (at most `height`)."""
        found, level = {key: 0}, [key]
        for step in range(1, height + 1):
            level = [k for low in level for k in self.linked(low, HYPERNYM) if k not in found]
            found.update(dict.fromkeys(level, step))
        return found


def read_wordnet(folder: Path) -> Wordnet:
    """Reads the nouns and adjectives of a `dict` folder. Raises StudioError if it is none."""
    synsets: dict[str, Synset] = {}
    senses: dict[tuple[str, str], tuple[str, ...]] = {}
    spoken: set[str] = set()
    try:
        for pos, name in (("n", "noun"), ("a", "adj")):
            for line in _lines(folder / f"data.{name}"):
                fields, _, gloss = line.partition(" | ")
                synset = _synset(fields.split(" "), pos, gloss.partition('"')[0])
                synsets[synset.key] = synset
            for line in _lines(folder / f"index.{name}"):
                fields = line.split()
                count = int(fields[2])
                senses[fields[0], pos] = tuple(pos + key for key in fields[-count:])
        for line in _lines(folder / "cntlist.rev"):
            spoken.add(line.split("%")[0])
    except OSError as error:
        raise StudioError(
            "WordNet cannot be read",
            str(error),
            "Name the folder with data.noun: Debian's package wordnet-base has it.",
        ) from error
    return Wordnet(synsets, senses, frozenset(spoken))


def depths(wordnet: Wordnet) -> dict[str, int]:
    """How far below the root each noun synset lies, by the shortest way."""
    below: dict[str, list[str]] = defaultdict(list)
    roots: list[str] = []
    for key in wordnet.synsets:
        ups = wordnet.linked(key, HYPERNYM)
        for up in ups:
            below[up].append(key)
        if not ups:
            roots.append(key)
    out = dict.fromkeys(roots, 0)
    level = roots
    while level:
        step = {k: out[up] + 1 for up in level for k in below[up] if k not in out}
        out.update(step)
        level = list(step)
    return out


def _lines(path: Path) -> list[str]:
    # The licence at the head of each file is indented.
    text = path.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith(" ")]


def _synset(fields: list[str], pos: str, gloss: str) -> Synset:
    count = int(fields[3], 16)
    words = tuple(fields[4 + 2 * i].lower() for i in range(count))
    start = 4 + 2 * count
    pointers = int(fields[start])
    links: list[tuple[str, str]] = []
    for i in range(pointers):
        kind, offset, other = fields[start + 1 + 4 * i : start + 4 + 4 * i]
        # A satellite adjective is filed with the other adjectives.
        links.append((kind, ("a" if other == "s" else other) + offset))
    return Synset(pos + fields[0], int(fields[1]), words, tuple(links), gloss.strip(" ;"))
