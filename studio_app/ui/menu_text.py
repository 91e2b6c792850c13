"""Names that artists give, as entries of menus: Qt underlines the letter after a "&"."""

from __future__ import annotations

import re

from studio_app.core.text import shortened

MOST = 60
"""Letters; a menu is as wide as its longest entry, and the keys stand behind."""
_MARK = re.compile("&(.?)", re.DOTALL)


def as_entry(name: str, most: int = MOST) -> str:
    """A name in the text of an action: in full where it is short, and every "&" is one."""
    return escaped(shortened(name, most))


def escaped(text: str) -> str:
    """The text of an action that is read as it stands."""
    return text.replace("&", "&&")


def unmarked(text: str) -> str:
    """The text of an action as one reads it."""
    return _MARK.sub(r"\1", text)
