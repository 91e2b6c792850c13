"""What the engine made of a document, as values: the steps of a run, the run, the finished picture.

Each run and each picture has an id: its name for the program, in memory and as a file, for ever.
"""

from __future__ import annotations

import itertools
import secrets
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio_app.core.frame import Frame
from studio_app.core.request import GenerationRequest
from studio_app.document.bearings import Place
from studio_app.document.people import Person
from studio_app.document.recipes import Intermediate

THUMBNAIL = 64

_turns = itertools.count(secrets.randbelow(1 << 16))


def new_id() -> str:
    """A name for a run or a picture that no other ever has: 18 digits and letters, a later one sorts later."""
    return f"{time.time_ns() // 1000:014x}{next(_turns) % (1 << 16):04x}"


@dataclass(frozen=True, eq=False)
class StepRecord:
    """Step i (0-based) of a run.

    t: timestep of x_t. abar: its share of signal power; 1 - abar is the noise's. x_t, x_0: float16 latents
    [4, h, w]. noisy, denoised: thumbnails, uint8 [64, 64, 4] at most, BGRA as a Frame's.
    """

    i: int
    t: int
    abar: float
    x_t: NDArray[np.float16]
    x_0: NDArray[np.float16]
    noisy: NDArray[np.uint8]
    denoised: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class RunRecord:
    """A run: its request and its steps in order, from the first it made (a branch starts later than 0).

    number: what people call it; may become another when older runs come back. id: what the program calls it,
    for ever. final: the whole picture, uint8 [H, W, 4] BGRA, or None of a run that was cancelled. seconds:
    how long it took. people: the pose it was drawn with. place: of the frame that it shows, None where nobody knows.
    """

    number: int
    request: GenerationRequest
    steps: tuple[StepRecord, ...]
    final: NDArray[np.uint8] | None
    seconds: float
    people: tuple[Person, ...] = ()
    id: str = field(default_factory=new_id)
    place: Place | None = None

    @property
    def digest(self) -> str:
        return self.request.digest

    def step(self, i: int) -> StepRecord:
        """By its 0-based number in the run. KeyError where the run has none."""
        for step in self.steps:
            if step.i == i:
                return step
        raise KeyError(i)


@dataclass(frozen=True, eq=False)
class Picture:
    """pixels: uint8 [H, W, 4] BGRA as a Frame's, read-only. thumbnail: at most 96 pixels a side.

    run: id of its run in the run store (which may have forgotten it), or "". people: the pose it was made
    with, for `Studio.restore(picture.request, picture.people)`. id: its name for ever; starring keeps it. shows: the
    step of the run that it is; None of a whole picture, as all in the gallery are. place: as of its run. label: what
    the artist calls it.
    """

    pixels: NDArray[np.uint8]
    thumbnail: NDArray[np.uint8]
    request: GenerationRequest
    run: str = ""
    people: tuple[Person, ...] = ()
    starred: bool = False
    id: str = field(default_factory=new_id)
    shows: Intermediate | None = None
    place: Place | None = None
    label: str = ""

    @property
    def made(self) -> float | None:
        """When, in seconds since the epoch: its name says so. None where a name is not one of `new_id`."""
        try:
            return int(self.id[:14], 16) / 1e6 if len(self.id) == 18 else None
        except ValueError:
            return None

    def answers(self, words: str) -> bool:
        """Whether all of some words, or the beginnings of them, are in its prompt or its label."""
        said = f"{self.label} {self.request.prompt}".casefold()
        return all(word in said for word in words.casefold().split())


def step_record(noisy: Frame, denoised: Frame, abar: float) -> StepRecord:
    """Of the two frames of a step; both bring their latents."""
    assert noisy.latent is not None and denoised.latent is not None
    return StepRecord(
        noisy.step - 1,
        noisy.timestep,
        abar,
        _half(noisy.latent),
        _half(denoised.latent),
        thumbnail(noisy.pixels),
        thumbnail(denoised.pixels),
    )


def premultiplied(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 [H, W, 4], R, G, B and straight alpha, as a Frame has it: BGRA, read-only."""
    alpha = rgba[:, :, 3:].astype(np.uint16)
    colours = ((rgba[:, :, 2::-1] * alpha + 127) // 255).astype(np.uint8)
    pixels = np.ascontiguousarray(np.dstack([colours, rgba[:, :, 3]]))
    pixels.flags.writeable = False
    return pixels


def thumbnail(pixels: NDArray[np.uint8], side: int = THUMBNAIL) -> NDArray[np.uint8]:
    """BGRA pixels averaged down by a whole factor until the longer side is at most `side`; read-only."""
    height, width = pixels.shape[:2]
    factor = max(-(-max(height, width) // side), 1)
    height, width = height // factor * factor, width // factor * factor
    # Rows first: whole rows add up fast, and a quarter of the data is left for the columns.
    rows = pixels[:height, :width].astype(np.uint16).reshape(height // factor, factor, width * 4)
    total = sum(rows[:, i] for i in range(factor))
    blocks = np.reshape(total, (height // factor, width // factor, factor, 4)).astype(np.uint32)
    total = sum(blocks[:, :, i] for i in range(factor))
    small = ((total + factor * factor // 2) // (factor * factor)).astype(np.uint8)
    small.flags.writeable = False
    return small


def _half(latent: NDArray[np.float32]) -> NDArray[np.float16]:
    half = latent.clip(-65504, 65504).astype(np.float16)
    half.flags.writeable = False
    return half
