"""What an artist's word is nearest to among the words a model knows.

The data (resources/words/lexicon.json.xz) is built by `python -m studio_app.training.lexicon` from WordNet and the
world's own synonyms.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_object
from studio_app.core.resources import packed_bytes


@dataclass(frozen=True)
class Lexicon:
    """entries: everyday word -> names of the world, nearest first. stop: words that carry no picture.
    subjects: name -> "thing", "character" or "texture", of those that are what a picture is of."""

    entries: Mapping[str, tuple[str, ...]]
    stop: frozenset[str]
    subjects: Mapping[str, str] = field(default_factory=dict[str, str])

    def nearest(self, word: str, known: Collection[str] | None = None) -> str | None:
        """The known word that is nearest to `word`, whatever its case and ending; None if none is near.

        known: what may be answered; None allows every name of the full world.
        """
        word = word.strip().lower()
        # Of a compound its last part says most: pitch-black.
        for said in (word, *(part for part in reversed(word.split("-")) if part != word)):
            for form in forms(said):
                if known is not None and form in known:
                    return form
                near = self.entries.get(form, ())
                # Where the model lacks those too: a strongbox is like a crate, a crate like a chest.
                further = (n for name in near for n in self.entries.get(name, ()))
                for name in (*near, *further):
                    if known is None or name in known:
                        return name
        return None

    def subject(self, word: str) -> str | None:
        """What a word is as the subject of a picture, whatever its case and ending; None if it is none."""
        word = word.strip().lower()
        if word in self.stop:
            return None
        named = next((self.subjects[form] for form in forms(word) if form in self.subjects), None)
        if named is not None:
            return named
        near = next((self.entries[form] for form in forms(word) if form in self.entries), ())
        return self.subjects.get(near[0]) if near else None


@cache
def load_lexicon() -> Lexicon:
    """The shipped lexicon. Raises StudioError if it is missing or damaged."""
    name = "lexicon.json.xz"
    try:
        table = parse_object(packed_bytes("words", name), name)
        entries = {word: tuple(names.split()) for word, names in table["words"].items()}
        subjects = {
            name: slot for slot, names in table["subjects"].items() for name in names.split()
        }
        return Lexicon(entries, frozenset(table["stop"].split()), subjects)
    except (StudioError, KeyError, AttributeError) as error:
        raise StudioError(
            "The lexicon cannot be read", f"{name}: {error}", "Install Underpaint again."
        ) from error


def words_of(text: str) -> list[str]:
    """Its words, in small letters, in their order; a possessive is one ("knight's")."""
    return _WORD.findall(text.lower())


def owns(word: str) -> bool:
    """Whether it only says whose a thing is: in "a knight's sword" nobody is to be seen."""
    return word.endswith(("'s", "’s", "s'"))


def forms(word: str) -> Iterator[str]:
    """The word, then what it may be made from: swords -> sword, gilded -> gild, rusty -> rust, hats -> hat."""
    yield word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            stem = word[: -len(ending)]
            yield stem + instead
            if ending in _DOUBLING and len(stem) > 3 and stem[-1] == stem[-2]:
                yield stem[:-1]


_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ENDINGS = (
    ("ies", "y"), ("ves", "f"), ("ves", "fe"), ("s", ""), ("es", ""), ("'s", ""),
    ("en", ""), ("en", "e"), ("ed", ""), ("ed", "e"), ("y", ""), ("y", "e"),
    ("ing", ""), ("ing", "e"), ("ish", ""), ("ish", "e"), ("like", ""), ("-like", ""), ("er", ""), ("er", "e"),
)  # fmt: skip
_DOUBLING = frozenset({"en", "ed", "y", "ing", "ish", "er"})
