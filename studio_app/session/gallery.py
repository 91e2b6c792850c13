"""The finished pictures of the filmstrip: pixels, recipe, star.

Whoever means a picture for longer than a moment names it by its id or holds it: positions move on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.request import GenerationRequest
from studio_app.document.bearings import Place
from studio_app.document.people import Person
from studio_app.document.results import Picture, thumbnail

MAX_PICTURES = 200
MAX_BYTES = 96 << 20


class Gallery:
    """Pictures, oldest first. Full, it forgets the oldest without a star, and never one with. Window's thread only."""

    def __init__(self, max_pictures: int = MAX_PICTURES, max_bytes: int = MAX_BYTES) -> None:
        self.max_pictures = max_pictures
        self.max_bytes = max_bytes
        self._pictures: list[Picture] = []

    def __len__(self) -> int:
        return len(self._pictures)

    def __iter__(self) -> Iterator[Picture]:
        return iter(tuple(self._pictures))

    def __getitem__(self, index: int) -> Picture:
        """By position as it is now: 0 is the oldest, -1 the newest."""
        return self._pictures[index]

    def get(self, picture: str) -> Picture | None:
        """By its id; None where it was forgotten."""
        return next((known for known in self._pictures if known.id == picture), None)

    def of_request(self, digest: str) -> Picture | None:
        """The newest picture of the request with that digest; None where there is none."""
        return next((p for p in reversed(self._pictures) if p.request.digest == digest), None)

    @property
    def newest(self) -> Picture | None:
        return self._pictures[-1] if self._pictures else None

    @property
    def bytes(self) -> int:
        return sum(picture.pixels.nbytes + picture.thumbnail.nbytes for picture in self._pictures)

    def add(
        self,
        pixels: NDArray[np.uint8],
        request: GenerationRequest,
        run: str = "",
        people: tuple[Person, ...] = (),
        place: Place | None = None,
        *,
        siblings: Collection[str] | None = None,
    ) -> Picture:
        """Adds a picture; the same request as the newest's replaces nothing and adds nothing, and one that is there
        already, to the bit, is the newest again, as after an undo. siblings: of one that was drawn beside the work, the
        runs that were, too: it goes behind the newest where that is none of them, since the newest is what a studio
        shows that shows what is drawn."""
        if self._pictures and self._pictures[-1].request.digest == request.digest:
            return self._pictures[-1]
        if siblings is None:
            again = self._again(pixels, request, run, people, place)
            if again is not None:
                return again
        picture = Picture(pixels, thumbnail(pixels, 96), request, run, people, place=place)
        newest = self.newest
        behind = siblings is not None and newest is not None and newest.run not in siblings
        self._pictures.insert(len(self._pictures) - behind, picture)
        self._bound()
        return picture

    def remove(self, picture: str) -> tuple[int, Picture] | None:
        """Takes one out by its id; where it was and what it was, for `put_back`. None where there is none."""
        for index, known in enumerate(self._pictures):
            if known.id == picture:
                return index, self._pictures.pop(index)
        return None

    def put_back(self, index: int, picture: Picture) -> None:
        """Where it was, or at the end if there are fewer by now."""
        self._pictures.insert(index, picture)
        self._bound()

    def restore(self, pictures: list[Picture]) -> None:
        """Puts these in the place of all."""
        self._pictures = list(pictures)
        self._bound()

    def _again(
        self,
        pixels: NDArray[np.uint8],
        request: GenerationRequest,
        run: str,
        people: tuple[Person, ...],
        place: Place | None,
    ) -> Picture | None:
        """The one that is the same, with its star and label, as the newest; None where there is none."""
        known = self.of_request(request.digest)
        if known is None or known.place != place or not np.array_equal(known.pixels, pixels):
            return None
        self._pictures = [picture for picture in self._pictures if picture is not known]
        self._pictures.append(replace(known, run=run, people=people))
        return self._pictures[-1]

    def _bound(self) -> None:
        while len(self._pictures) > 1 and (
            len(self._pictures) > self.max_pictures or self.bytes > self.max_bytes
        ):
            loose = (i for i, picture in enumerate(self._pictures[:-1]) if not picture.starred)
            oldest = next(loose, None)
            if oldest is None:
                return
            del self._pictures[oldest]

    def star(self, picture: str, starred: bool) -> bool:
        """By its id; False where it was forgotten."""
        return self._change(picture, starred=starred)

    def label(self, picture: str, label: str) -> bool:
        """What the artist calls it, as `star`."""
        return self._change(picture, label=label)

    def _change(self, picture: str, **fields: Any) -> bool:
        for index, known in enumerate(self._pictures):
            if known.id == picture:
                self._pictures[index] = replace(known, **fields)
                return True
        return False
