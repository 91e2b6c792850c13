"""A denoiser is put together in one place, for a picture and for a batch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.engine.drawing.batch import BatchPainter
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from tests.engine.conftest import CPU, DEPTH, POSE, depth

CASES: list[dict[str, Any]] = [
    {},
    {"controls": (*depth(), Control("pose", POSE, strength=0.5, end=0.5))},
    {"negative_prompt": "blue", "sampler": "lcm"},
    {"negative_prompt": "blue", "sampler": "ddim", "steps": 3, "controls": depth()},
    {"sampler": "ddpm", "steps": 5, "guidance_scale": 1},
    {"tile": (True, False), "kind": "texture", "controls": depth()},
]


@pytest.fixture(scope="module")
def painter(tiny_model: Path) -> BatchPainter:
    return BatchPainter(load_model(str(tiny_model), CPU))


@pytest.mark.parametrize("changes", CASES)
def test_a_batch_of_one_is_the_picture_itself(
    painter: BatchPainter,
    engine: DiffusionEngine,
    base: GenerationRequest,
    changes: dict[str, Any],
):
    request = replace(base, **changes)
    final = list(engine.run(request, wanted=("final",)))[-1]
    painted = painter.paint([request])
    assert final.latent is not None
    assert np.array_equal(painted.latents[0], final.latent)


@pytest.mark.parametrize("changes", CASES)
def test_each_of_a_batch_is_what_it_is_alone(
    painter: BatchPainter, base: GenerationRequest, changes: dict[str, Any]
):
    first = replace(base, **changes)
    second = replace(first, seed=8, prompt="a blue sword")
    if first.controls:
        other = (replace(first.controls[0], pixels=1 - DEPTH), *first.controls[1:])
        second = replace(second, controls=other)
    both = painter.paint([first, second]).latents
    for i, request in enumerate((first, second)):
        assert np.abs(both[i] - painter.paint([request]).latents[0]).max() < 0.02


def test_a_drawing_that_never_acts_is_not_looked_at(tiny_model: Path, base: GenerationRequest):
    engine = DiffusionEngine(CPU)
    engine.load(base.model)
    features = engine._memory.features
    for idle in (depth(strength=0), depth(start=0.8), depth(start=0.5, end=0.5)):
        list(engine.run(replace(base, controls=idle)))
    assert features.misses == 0
    list(engine.run(replace(base, controls=depth())))
    assert features.misses == 1


def test_unloading_forgets_what_was_computed(tiny_model: Path, base: GenerationRequest):
    engine = DiffusionEngine(CPU)
    list(engine.run(replace(base, controls=depth())))
    assert engine.times["text"] > 0
    list(engine.run(replace(base, controls=depth())))
    assert engine.times == {"text": 0.0, "control": 0.0}
    engine.unload()
    list(engine.run(replace(base, controls=depth())))
    assert engine.times["text"] > 0 and engine.times["control"] > 0
