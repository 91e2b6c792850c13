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
        self._asked: GenerationRequest | None = None
        """The newest request of a size that has not been rehearsed yet, with one step."""
        self._done: set[tuple[int, int]] = set()

    def saw(self, request: GenerationRequest, model: Model) -> None:
        """A request that is about to be drawn."""
        new = (request.height, request.width) not in self._done
        quick = model.device.place.type == "cpu" and not any(request.tile)
        drawable = not is_slow(request.sampler) and "depth" in model.capabilities.controls
        if new and quick and drawable and model.rehearsed:
            self._asked = replace(request, steps=1, start=None)

    def play(
        self, draw: Callable[[GenerationRequest], object], cancelled: Callable[[], bool]
    ) -> bool:
        """Draws what has been seen, each time with another depth; whether there was anything. Cancelled, it is still to
        be done."""
        asked, self._asked = self._asked, None
        if asked is None:
            return False
        shape = (asked.height, asked.width)
        self._done.add(shape)  # what is drawn here is seen too
        for level in range(COMMON):
            if cancelled():
                self._done.discard(shape)
                self._asked = asked
                return True
            fresh = Control("depth", np.full(shape, level, np.uint8))
            others = (control for control in asked.controls if control.kind != "depth")
            with contextlib.suppress(StudioError):
                draw(replace(asked, controls=(*others, fresh)))
        return True
