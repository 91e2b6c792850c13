"""What a negative prompt costs: the one figure here that is a time."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
from studio_app.training.judge.intervals import Figures, add, ratio

_ROUNDS = 24
_WARM = 6
_OUTLIER = 1.5
"""A run that takes so many times the median met something else on the machine, and does not count."""


def negative_cost(
    engine: DiffusionEngine, request: GenerationRequest, rounds: int = _ROUNDS
) -> Figures:
    """negative_cost: time of a step with a negative prompt over one without, run in turn, as the live loop runs them.

    Nothing where the model takes no negative prompt in the same pass.
    """
    figures: Figures = {}
    can = engine.load(request.model)
    if can.negative != "shifted":
        return figures
    pair = (replace(request, negative_prompt="sunset"), request)

    def run(one: GenerationRequest) -> float:
        began = time.perf_counter()
        for _ in engine.run(one, wanted=()):
            pass
        return time.perf_counter() - began

    for _ in range(_WARM):
        for one in pair:
            run(one)
    while engine.tune():
        pass
    for one in pair:
        run(one)
    times = np.array([[run(one) for one in pair] for _ in range(rounds)])
    kept = (times <= _OUTLIER * np.median(times, axis=0)).all(1)
    add(figures, "negative_cost", ratio(times[kept, 0], times[kept, 1]), "low")
    return figures
