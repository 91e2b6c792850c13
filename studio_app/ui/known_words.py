"""Which words of a prompt a model was never taught, and what it knows instead. Free of Qt.

A model brings the words it was taught (`Capabilities.thing_words`). The lexicon knows which of them is nearest to
a stranger; where it has never heard of one either, spelling has to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache

from studio_app.core.lexicon import Lexicon, forms, load_lexicon

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_PLACES = re.compile(
    r"\b(?:in front of|in the (?:foreground|background|middle of|distance)|on top of|at the (?:top|bottom|foot) of"
    r"|on the (?:left|right)(?: of)?|to the (?:left|right)(?: of)?|next to|close to|far from|ahead of|side by side)\b",
    re.IGNORECASE,
)
"""Where things are, in words that are nothing by themselves: what is drawn says it, not they."""
_ALIKE = 0.75
LONGEST = 40
"""Letters: nothing that one means is longer, and what is compared with all words takes its square."""


@dataclass(frozen=True)
class Stranger:
    """A word that the model does not know: text[begin:end]."""

    begin: int
    end: int
    word: str
    look_up: Callable[[str], str | None] = field(repr=False, compare=False)

    @property
    def nearest(self) -> str | None:
        """What to say instead, or None. It is looked for when it is asked for: a page in another language, pasted,
        has hundreds of strangers, and each costs a millisecond."""
        return self.look_up(self.word.lower())


class KnownWords:
    """The words of one model. Without any (a model of another make), nothing is a stranger."""

    def __init__(
        self,
        thing_words: Mapping[str, Iterable[str]] | None = None,
        lexicon: Lexicon | None = None,
        acting: Collection[str] = frozenset(),
    ) -> None:
        """acting: words, in all their forms, that act on the picture though they were not taught (scene/forms.py)."""
        names = [name for group in (thing_words or {}).values() for name in group]
        self.vocabulary = frozenset(
            match.group() for name in names for match in _WORD.finditer(name.lower())
        )
        self._acting = acting
        self._lexicon = lexicon if lexicon is not None else load_lexicon()
        self._nearest = lru_cache(maxsize=512)(self._look_up)
        self.knows = lru_cache(maxsize=4096)(self._knows)
        """Whether a word is known: all of a prompt are looked at for every letter that is typed."""

    def strangers(self, text: str) -> list[Stranger]:
        """In the order of the text."""
        if not self.vocabulary:
            return []
        found: list[Stranger] = []
        places = [match.span() for match in _PLACES.finditer(text)]
        for match in _WORD.finditer(text):
            word = match.group()
            placing = any(begin <= match.start() < end for begin, end in places)
            if not placing and not self.knows(word):
                found.append(Stranger(match.start(), match.end(), word, self._nearest))
        return found

    def _knows(self, word: str) -> bool:
        word = word.lower()
        if len(word) == 1 or word in self._lexicon.stop:
            return True
        known = any(form in self.vocabulary for form in _forms(word))
        return known or any(form in self._acting for form in forms(word))

    def _look_up(self, word: str) -> str | None:
        if len(word) > LONGEST:
            return None
        said = self._lexicon.nearest(word, self.vocabulary)
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
