"""What the keys of a prompt box do to its text. Free of Qt, so that it can be tested to the letter."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

STEP = 0.1
LEAST, MOST = 0.1, 2.0
_WEIGHTED = re.compile(r"\(([^()\[\]]+):(\d+(?:\.\d+)?)\)")
_EDGES = " \t\n,.;"


def change_weight(text: str, begin: int, end: int, by: float) -> tuple[str, int, int]:
    """(text, begin, end) with the weight of what is selected raised or lowered by `by`.

    begin, end: the selection, or twice the cursor, which then means the word around it. A weight is written
    `(word:1.2)`; at 1 the brackets go. The new selection covers the words, so that the key can be repeated.
    """
    begin, end = min(begin, end), max(begin, end)
    for match in _WEIGHTED.finditer(text):
        if match.start() <= begin and end <= match.end():
            words, old = match.group(1), float(match.group(2))
            return _written(text, match.start(), match.end(), words, old + by)
    if begin == end:
        begin, end = _word_at(text, begin)
    while begin < end and text[begin] in _EDGES:
        begin += 1
    while end > begin and text[end - 1] in _EDGES:
        end -= 1
    if begin == end or any(sign in text[begin:end] for sign in "()[]"):
        return text, begin, end
    return _written(text, begin, end, text[begin:end], 1.0 + by)


def _word_at(text: str, at: int) -> tuple[int, int]:
    begin = end = at
    while begin > 0 and text[begin - 1] not in _EDGES + "()[]":
        begin -= 1
    while end < len(text) and text[end] not in _EDGES + "()[]":
        end += 1
    return begin, end


def _written(text: str, begin: int, end: int, words: str, weight: float) -> tuple[str, int, int]:
    weight = round(min(max(weight, LEAST), MOST), 2)
    inside = words if weight == 1.0 else f"({words}:{weight:g})"
    first = begin + (0 if weight == 1.0 else 1)
    return text[:begin] + inside + text[end:], first, first + len(words)


@dataclass
class PromptHistory:
    """The prompts that were drawn, oldest first, and where Alt+Up and Alt+Down stand in them."""

    entries: list[str] = field(default_factory=list[str])
    limit: int = 200
    fresh: list[str] = field(default_factory=list[str])
    """Of them, those that were drawn in this window: another window may have added others meanwhile."""
    _at: int | None = None
    _unfinished: str = ""

    def remember(self, text: str) -> None:
        """Adds a prompt as the newest one; one that was there already moves up."""
        text = text.strip()
        if text and self._at is None:
            self.entries = [entry for entry in self.entries if entry != text][-self.limit + 1 :]
            self.entries.append(text)
            self.fresh = [*(entry for entry in self.fresh if entry != text), text]

    def older(self, shown: str) -> str | None:
        """The prompt before the one shown, or None at the oldest. What was being typed is kept."""
        if self._at is None:
            self._unfinished = shown
            last = len(self.entries) - 1
            at = last - 1 if last >= 0 and self.entries[last] == shown.strip() else last
        else:
            at = self._at - 1
        if at < 0:
            return None
        self._at = at
        return self.entries[at]

    def newer(self) -> str | None:
        """The prompt after the one shown; after the newest what was being typed; None when there already."""
        if self._at is None:
            return None
        self._at += 1
        if self._at < len(self.entries):
            return self.entries[self._at]
        self._at = None
        return self._unfinished

    def leave(self) -> None:
        """Typing goes on from what is shown."""
        self._at = None
