"""What the studio has to say that is not an error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """A line for the message bar. It asks for nothing; an error is a StudioError.

    key: what it is about ("recovered", "saved", "resized", "settings"), so that a window may offer an
    action with it and a newer notice replace an older one.
    """

    title: str
    detail: str = ""
    key: str = ""
