"""Finished pictures in the journal, from the moment before they are shown until they have files of their own.

A file of a picture, with its recipe, takes longer than somebody who draws may wait; a row of a database does not.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.jsons import parse_object
from studio_app.core.request import GenerationRequest
from studio_app.document.people import Person, people_from, people_list
from studio_app.document.results import Picture, thumbnail
from studio_app.document.store import journal
from studio_app.document.store.results_files import MAX_BYTES, save_picture
from studio_app.document.store.sessions import MAX_BYTES as MAX_STATE
from studio_app.document.store.sessions import STATE
from studio_app.document.tiles import inflated

Row = tuple[str, str, bytes]
MOST_PIXELS = 8192 * 8192
_ODD = (KeyError, TypeError, ValueError, OSError, sqlite3.Error)
"""What is raised for what is not as it should be."""


@dataclass(frozen=True, eq=False)
class Finished:
    """A picture that a run has come to. pixels: as of a `Picture`. run: the id of its run, which tells its time too."""

    run: str
    request: GenerationRequest
    pixels: NDArray[np.uint8]
    people: tuple[Person, ...] = ()

    def row(self) -> Row:
        """As the journal keeps it: its run, what is said of it, and its pixels."""
        said = {
            "request": self.request.to_dict(),
            "people": people_list(self.people),
            "size": list(self.pixels.shape[:2]),
        }
        pixels = np.ascontiguousarray(self.pixels)
        return self.run, json.dumps(said, allow_nan=False), zlib.compress(pixels.data, 1)


def rescue(folder: Path) -> tuple[str, ...]:
    """Gives files to the pictures that a killed studio had no time for; the runs whose rows may go now. What can't be
    read, or written, stays where it is."""
    done: list[str] = []
    with contextlib.suppress(StudioError), journal.reading(folder) as pages:
        if pages is None:
            return ()
        known = _with_files(folder, pages.state(STATE) or "{}")
        for run, said, packed in pages.finished():
            with contextlib.suppress(StudioError, *_ODD):
                if run not in known:
                    save_picture(folder / "pictures", _picture(run, said, packed))
                done.append(run)
    return tuple(done)


def _with_files(folder: Path, state: str) -> set[str]:
    """The runs whose pictures have files."""
    known = {path.stem for path in (folder / "pictures").glob("*.png")}
    with contextlib.suppress(StudioError, *_ODD):
        for entry in parse_object(state, journal.NAME, MAX_STATE)["pictures"]:
            if Path(str(entry["file"])).stem in known:
                known.add(str(entry["run"]))
    return known


def _picture(run: str, said: str, packed: bytes) -> Picture:
    """It gets the name of its run."""
    value = parse_object(said, "a picture", MAX_BYTES)
    height, width = (int(side) for side in value["size"])
    if not (height > 0 and width > 0 and height * width <= MOST_PIXELS):
        raise ValueError("no picture")
    pixels = inflated(packed, (height, width, 4), np.dtype(np.uint8))
    pixels.flags.writeable = False
    request = GenerationRequest.from_dict(value["request"])
    people = people_from(value["people"])
    return Picture(pixels, thumbnail(pixels, 96), request, run, people, id=run)
