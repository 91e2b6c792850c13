"""The sheets of a model card: fixed prompts beside real renders, and drawings with what they became."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio_app.core.request import GenerationRequest
from studio_app.engine.device import best_device
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from studio_app.training.judge.drawing import STEPS, Artist, Course, Say
from studio_app.training.judge.handdrawn import DRAWINGS, Drawing, painted
from studio_app.training.judge.questions import question, world_of
from studio_app.training.judge.reals import rendered
from studio_app.training.layout import Row, page, save_image

PROMPTS, SEEDS = 64, (1, 2, 3, 4)
COLUMNS, SHARE = 4, 0.4375
"""Blocks side by side, and the size of a picture on the page."""

DRAWN_SEEDS = (1, 2, 3)
DRAWN_COLUMNS, DRAWN_SHARE = 3, 0.4


def gallery(
    folder: Path,
    path: Path,
    count: int = PROMPTS,
    say: Say | None = None,
    cache: Path | None = None,
) -> None:
    """The first `count` questions of the table, each as a real render and with four seeds, unpicked.

    Raises StudioError.
    """
    artist = Artist(load_model(str(folder), best_device()), say)
    known = world_of(artist.model.capabilities.thing_words)
    asked = [question(i, known) for i in range(count)]
    course = Course("rendering words", say)
    reals = rendered(
        "words", lambda i: question(i, known).spec, count, artist.size[0], cache, course
    ).rgb
    every = [replace(q, seed=seed) for q in asked for seed in SEEDS]
    drawn = artist.draw(every, "the gallery").rgb.reshape(count, len(SEEDS), *reals.shape[1:])
    rows = [Row((real, *mine), q.text) for q, real, mine in zip(asked, reals, drawn, strict=True)]
    heads = ("render", *(f"seed {seed}" for seed in SEEDS))
    cell = _cell(artist.size, SHARE)
    save_image(path, page(rows, columns=COLUMNS, cell=cell, lines=2, heads=heads))


def controls_sheet(
    folder: Path,
    path: Path,
    drawings: Sequence[Drawing] = DRAWINGS,
    say: Say | None = None,
) -> None:
    """Every drawing, and what the model made of it with three seeds. Raises StudioError."""
    engine = DiffusionEngine()
    can = engine.load(str(folder))
    size = can.sizes[0]
    course = Course("drawings", say)
    rows: list[Row] = []

    def picture(request: GenerationRequest) -> NDArray[np.uint8]:
        return list(engine.run(request, wanted=("final",)))[-1].rgb

    for number, drawing in enumerate(drawings):
        request = GenerationRequest(
            drawing.text,
            guidance_scale=can.guidance.default,
            steps=STEPS,
            width=size[0],
            height=size[1],
            kind=drawing.kind,  # type: ignore[arg-type]
            model=str(folder),
            controls=drawing.controls(size[0]),
        )
        before = None
        if drawing.before:
            before = np.ascontiguousarray(picture(replace(request, prompt=drawing.before, seed=1)))
            request = replace(request, init=before, mask=painted(drawing.mask, size[0])[1])
        made = [picture(replace(request, seed=seed)) for seed in DRAWN_SEEDS]
        shown = drawing.shown(size[0], before)
        rows.append(Row((shown, *made), drawing.text, drawing.means))
        course(number + 1, len(drawings))
    cell = _cell(size, DRAWN_SHARE)
    heads = ("drawn", *(f"seed {seed}" for seed in DRAWN_SEEDS))
    save_image(path, page(rows, columns=DRAWN_COLUMNS, cell=cell, heads=heads))


def _cell(size: tuple[int, int], share: float) -> tuple[int, int]:
    return round(size[0] * share), round(size[1] * share)
