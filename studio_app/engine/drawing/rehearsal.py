"""Drawing a little ahead of the artist's first stroke, so that it finds everything as quick as the last."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from studio_app.core.capabilities import is_slow
from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.engine.models.family import Model
from studio_app.engine.operators.one_call import COMMON


class Rehearsal:
    """Of one model: which sizes were rehearsed, and with which words it should be done next."""

    def __init__(self) -> None:
        self._bare: GenerationRequest | None = None
        """The newest request without a drawing, where none with one has been rehearsed yet."""
        self._done: set[tuple[int, int]] = set()

    def saw(self, request: GenerationRequest, model: Model) -> None:
        """A request that is about to be drawn."""
        new = (request.height, request.width) not in self._done
        quick = model.device.place.type == "cpu" and not any(request.tile)
        drawable = not is_slow(request.sampler) and "depth" in model.capabilities.controls
        if new and quick and drawable and model.rehearsed and not request.controls:
            self._bare = replace(request, steps=1, start=None)

    def play(
        self, draw: Callable[[GenerationRequest], object], cancelled: Callable[[], bool]
    ) -> bool:
        """Draws what has been seen, with an empty depth; whether there was anything. Cancelled, it is still to be
        done."""
        bare, self._bare = self._bare, None
        if bare is None:
            return False
        shape = (bare.height, bare.width)
        for level in range(COMMON):
            if cancelled():
                self._bare = bare
                return True
            blank = Control("depth", np.full(shape, level, np.uint8))
            with contextlib.suppress(StudioError):
                draw(replace(bare, controls=(blank,)))
        self._done.add(shape)
        return True
