"""Which words of a prompt a model was never taught, and what it knows instead. Free of Qt.

A model brings the words it was taught (`Capabilities.thing_words`). A lexicon, where there is one, knows more
ways to say them, and the nearest known word to a stranger; without it, spelling alone has to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Protocol

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ALIKE = 0.75
_JOINING = (
    "a an the this that these those some any no one two three four of on in at by to with "
    "without from for under over beside behind before near above below into onto between "
    "through across around and or but as is are was be it its his her their there here very "
    "more most much many few every each all both made full not "
)
"""Words that join others: nobody expects to see them in a picture."""
_LITTLE = frozenset(_JOINING.split())


class Lexicon(Protocol):
    """What one may know of words beyond those that a model lists."""

    def known(self, word: str, vocabulary: frozenset[str]) -> bool:
        """Whether a model with this vocabulary understands the word (lower case)."""
        ...

    def nearest(self, word: str) -> str | None:
        """The known word to say instead, if there is one."""
        ...


@dataclass(frozen=True)
class Stranger:
    """A word that the model does not know: text[begin:end]. nearest: what to say instead, or None."""

    begin: int
    end: int
    word: str
    nearest: str | None


class KnownWords:
    """The words of one model. Without any (a model of another make), nothing is a stranger."""

    def __init__(
        self, thing_words: Mapping[str, Iterable[str]] | None = None, lexicon: Lexicon | None = None
    ) -> None:
        names = [name for group in (thing_words or {}).values() for name in group]
        self.vocabulary = frozenset(
            match.group() for name in names for match in _WORD.finditer(name.lower())
        )
        self._lexicon = lexicon
        self._nearest = lru_cache(maxsize=512)(self._look_up)

    def strangers(self, text: str) -> list[Stranger]:
        """In the order of the text."""
        if not self.vocabulary:
            return []
        found: list[Stranger] = []
        for match in _WORD.finditer(text):
            word = match.group()
            if not self.knows(word):
                found.append(
                    Stranger(match.start(), match.end(), word, self._nearest(word.lower()))
                )
        return found

    def knows(self, word: str) -> bool:
        word = word.lower()
        if len(word) == 1 or any(form in self.vocabulary | _LITTLE for form in _forms(word)):
            return True
        return self._lexicon is not None and self._lexicon.known(word, self.vocabulary)

    def _look_up(self, word: str) -> str | None:
        said = self._lexicon.nearest(word) if self._lexicon is not None else None
        if said is not None:
            return said
        alike = get_close_matches(word, sorted(self.vocabulary), n=1, cutoff=_ALIKE)
        return alike[0] if alike else None


def _forms(word: str) -> Iterable[str]:
    """The word and what it may be a plural or a possessive of."""
    yield word
    for ending, instead in (("'s", ""), ("’s", ""), ("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            yield word.removesuffix(ending) + instead
    yield word + "s"  # "scale" where "scales" were taught
