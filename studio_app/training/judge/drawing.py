"""Pictures of the model under measurement: from questions to batches of requests, with progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.engine.drawing.batch import BatchPainter, Painted, alike
from studio_app.engine.models.family import Model
from studio_app.training.judge.questions import Question

STEPS = 4
BATCH = 8
_EVERY = 5.0
"""Seconds between two lines of progress."""

Say = Callable[[str], None]


class Course:
    """Says how far a piece of work is, now and then, with the time that it will still take."""

    def __init__(self, what: str, say: Say | None) -> None:
        self._what = what
        self._say = say
        self._began = self._said = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._say is None or (now - self._said < _EVERY and done < total):
            return
        left = (now - self._began) * (total - done) / max(done, 1)
        self._said = now
        ahead = f", {int(left) // 60}:{int(left) % 60:02d} left" if done < total else ""
        self._say(f"eval: {self._what} {done}/{total}{ahead}")


class Artist:
    """Draws questions with one model, at its own size and guidance, in batches."""

    def __init__(self, model: Model, say: Say | None = None) -> None:
        self.model = model
        self.size = model.capabilities.sizes[0]
        """Width and height."""
        self.guidance = model.capabilities.guidance.default
        self._painter = BatchPainter(model)
        self._say = say

    def request(self, question: Question, **other: Any) -> GenerationRequest:
        """What a user would ask: 4 steps, the model's own guidance; textures tile on both axes."""
        tiles = question.kind == "texture"
        return replace(
            GenerationRequest(
                question.text,
                guidance_scale=self.guidance,
                steps=STEPS,
                seed=question.seed,
                width=self.size[0],
                height=self.size[1],
                kind=question.kind,  # type: ignore[arg-type]
                tile=(tiles, tiles),
                model=str(self.model.folder),
            ),
            **other,
        )

    def draw(
        self,
        questions: Sequence[Question],
        what: str,
        controls: Sequence[tuple[Control, ...]] | None = None,
        negatives: Sequence[str] | None = None,
        **other: Any,
    ) -> Painted:
        """The pictures of all questions, in order. what: for the progress. other: of every request."""
        requests = [
            self.request(
                question,
                controls=() if controls is None else controls[i],
                negative_prompt="" if negatives is None else negatives[i],
                **other,
            )
            for i, question in enumerate(questions)
        ]
        return self.paint(requests, what)

    def paint(self, requests: Sequence[GenerationRequest], what: str) -> Painted:
        """The pictures of requests, as many at once as may be."""
        course = Course(what, self._say)
        width, height = self.size
        rgb = np.zeros((len(requests), height, width, 3), np.uint8)
        latents: list[np.ndarray | None] = [None] * len(requests)
        done = 0
        batches: dict[object, list[int]] = {}
        for i, request in enumerate(requests):
            batches.setdefault(alike(request, self.model), []).append(i)
        for rows in batches.values():
            for start in range(0, len(rows), BATCH):
                part = rows[start : start + BATCH]
                painted = self._painter.paint([requests[i] for i in part])
                rgb[part] = painted.rgb
                for place, i in enumerate(part):
                    latents[i] = painted.latents[place]
                done += len(part)
                course(done, len(requests))
        return Painted(rgb, np.stack([latent for latent in latents if latent is not None]))
