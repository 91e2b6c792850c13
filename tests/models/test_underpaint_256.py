"""The checkpoint that the studio ships: whole, small enough, ordinary, and obedient to a drawing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.core.resources import models_dir
from studio_app.engine.engine import DiffusionEngine

MODEL = "underpaint-256"


@pytest.fixture(scope="module")
def engine() -> DiffusionEngine:
    engine = DiffusionEngine()
    engine.load(MODEL)  # compares every checksum with the manifest's
    return engine


def _final(engine: DiffusionEngine, **changes: Any) -> np.ndarray:
    request = GenerationRequest(
        "a red glass potion on grass, sunset", **{"seed": 7, "steps": 2, **changes}
    )
    return list(engine.run(request, wanted=("final",)))[-1].rgb.astype(np.int16)


def test_models_stay_small() -> None:
    total = sum(p.stat().st_size for p in Path(models_dir()).rglob("*") if p.is_file())
    assert total < 44e6


def test_the_stock_pipeline_loads_it_and_draws_from_text() -> None:
    from diffusers import LatentConsistencyModelPipeline

    pipe: Any = LatentConsistencyModelPipeline.from_pretrained(models_dir() / MODEL)
    pipe.set_progress_bar_config(disable=True)
    picture = np.asarray(
        pipe("a blue wooden chest", num_inference_steps=2, guidance_scale=4.0).images[0]
    )
    assert picture.shape == (256, 256, 3)
    assert picture.std() > 10


def test_the_same_request_gives_the_same_bits(engine: DiffusionEngine) -> None:
    assert np.array_equal(_final(engine), _final(engine))
    assert not np.array_equal(_final(engine), _final(engine, seed=8))


def test_the_second_step_still_obeys_the_drawing(engine: DiffusionEngine) -> None:
    rows, columns = np.mgrid[0:256, 0:256]
    disc = ((rows - 140) ** 2 + (columns - 80) ** 2 < 60**2).astype(np.uint8)
    late = Control("depth", disc * 220, disc * 255, start=0.5)
    assert np.abs(_final(engine, controls=(late,)) - _final(engine)).mean() > 1


def test_teacher_and_student_are_both_there(engine: DiffusionEngine) -> None:
    assert np.abs(_final(engine, sampler="ddim", steps=4) - _final(engine, steps=4)).mean() > 1
