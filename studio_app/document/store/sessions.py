"""What is kept between two starts, as values: what is saved, and what was read of a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio_app.document.document import Document
from studio_app.document.results import Picture, RunRecord
from studio_app.document.store.ties import Tie, tie_from
from studio_app.document.store.tile_files import Broken

FORMAT = 2
"""1: of earlier releases."""
NAME = "session.json"
STATE, CLEAN, GLANCE = "session", "clean", "glance"
"""Texts in the journal."""
MAX_BYTES = 64 << 20
SAVED_RUNS = 30
ROOMS = ("pictures", "runs")


@dataclass(frozen=True)
class Unread:
    """Results that lie in files and were not read yet, oldest first. pictures: what `session.json` says of each;
    runs: file names."""

    folder: Path
    pictures: tuple[Mapping[str, Any], ...] = ()
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class SavedSession:
    """What is saved. unread: results that are older than `pictures` and `runs`, and stay where they are. tie: the
    file that it belongs to, if any."""

    document: Document
    live: bool
    model: str
    pictures: tuple[Picture, ...] = ()
    runs: tuple[RunRecord, ...] = ()
    unread: Unread | None = None
    tie: Tie | None = None


@dataclass(frozen=True)
class Contents:
    """What was read of a folder. document, state: None where there was none, or it is broken: then `fault` says
    why. superseded: files of an earlier release, read whole, that go when the journal has what is in them. notes: what
    is other than in the file that it was read from."""

    document: Document | None
    state: Mapping[str, Any] | None
    unread: Unread
    superseded: tuple[str, ...] = ()
    fault: Broken | None = None
    notes: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        return bool((self.state or {}).get("live", True))

    @property
    def model(self) -> str:
        return str((self.state or {}).get("model", ""))

    @property
    def tie(self) -> Tie | None:
        """The file that it belongs to."""
        return tie_from((self.state or {}).get("file"))

    @property
    def unclean(self) -> bool:
        """Whether the studio that wrote it did not come to its end."""
        return not (self.state or {}).get("clean", False)

    @property
    def empty(self) -> bool:
        return self.document is None and not self.unread.pictures and not self.unread.runs


@dataclass(frozen=True)
class Results:
    """Pictures and runs that were read, oldest first, and the files of those that are broken."""

    pictures: list[Picture]
    runs: list[RunRecord]
    broken: list[Path]
