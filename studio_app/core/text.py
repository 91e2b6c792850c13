"""Text that comes from outside is made whole once, where it enters, and short where it stands among other words."""

from __future__ import annotations

from pathlib import Path

MOST_NAME, MOST_PATH = 80, 160
"""Letters of a file's name, and of its path, among other words."""


def clean_text(text: str) -> str:
    """`text`, with U+FFFD for every half character: a surrogate without its partner, which no UTF-8 file can hold.

    JSON may write one as "\\ud800", Linux makes one of every byte of a command line that is no UTF-8, and Qt
    gives one where half an emoji was deleted. Two halves that belong together become the character they mean.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def shortened(text: str, most: int) -> str:
    """On one line, with the middle left out of what is longer than so many letters."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    end = (most - 1) // 3
    return f"{line[: most - 1 - end].rstrip()}…{line[len(line) - end :].lstrip()}"


def named(path: Path) -> str:
    """A path among other words; where it is very long, without its middle."""
    text = str(path)
    return text if len(text) <= MOST_PATH else shortened(text, MOST_PATH)


def reason_of(error: Exception) -> str:
    """What the system says is wrong, without the path that it says it of."""
    said = error.strerror if isinstance(error, OSError) else ""
    return said or str(error)


def is_whole(text: str) -> bool:
    """Whether `text` can be written as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
