"""The bench of Stable Diffusion XL at a tiny size: both sides do the same work. Nothing is timed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from studio_app.core.errors import StudioError
from studio_app.engine.benches import sdxl
from studio_app.engine.benches.sdxl import Shape
from studio_app.engine.benches.stock import request_of
from studio_app.engine.engine import DiffusionEngine
from tests.engine.conftest import CPU

TINY = Shape(64, (32, 32, 64), (1, 1, 1), (2, 2, 2), (32, 32, 32, 32), (24, 32), (1, 1), (2, 2))


def test_both_sides_ask_the_same_networks_equally_often(monkeypatch: pytest.MonkeyPatch):
    counts: Counter[str] = Counter()
    for kind, name in (
        (diffusers.UNet2DConditionModel, "forward"),
        (diffusers.AutoencoderKL, "decode"),
        (diffusers.StableDiffusionXLPipeline, "__call__"),
    ):
        known = getattr(kind, name)

        def method(self: Any, *given: Any, known: Any = known, **more: Any) -> Any:
            counts[known.__qualname__] += 1
            return known(self, *given, **more)

        monkeypatch.setattr(kind, name, method)
    found = sdxl.compare(CPU, pairs=1, shape=TINY)
    assert set(found) == {"sdxl_speedup"} and found["sdxl_speedup"] > 0
    asked = {name.partition(".")[0]: count for name, count in counts.items()}
    runs = 2  # of each side; one warms up
    assert asked == {
        "StableDiffusionXLPipeline": runs,
        "UNet2DConditionModel": 2 * runs * 4,
        "AutoencoderKL": 2 * runs,
    }


def test_both_sides_draw_the_same_first_step():
    """With a step each: later ones have noise of another order."""
    parts = sdxl.networks(TINY, CPU)
    pipe, engine = sdxl.pipeline(parts), DiffusionEngine(CPU)
    engine.take("sdxl", sdxl.model_of(parts, CPU, TINY))
    noise = torch.Generator("cpu").manual_seed(3)
    theirs = pipe(
        sdxl.WORDS,
        generator=noise,
        num_inference_steps=1,
        guidance_scale=1.0,
        height=64,
        width=64,
        output_type="np",
    ).images[0]
    request = replace(request_of("sdxl", TINY.side, 3), steps=1)
    ours = list(engine.run(request, wanted=("final",)))[-1].rgb
    assert np.abs(theirs * 255 - ours).max() < 2


def test_without_a_card_it_is_said_why_there_is_no_figure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sdxl, "best_device", lambda: CPU)
    with pytest.raises(StudioError, match="CUDA card alone"):
        sdxl.measure()
