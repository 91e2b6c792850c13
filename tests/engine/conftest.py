"""An engine, a request for the tiny real model, and what is drawn over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest
from studio_app.engine.device import Device
from studio_app.engine.engine import DiffusionEngine

CPU = Device(torch.device("cpu"), torch.float32)
RNG = np.random.default_rng(0)
DEPTH = RNG.random((64, 64), np.float32)
INIT = RNG.integers(0, 256, (64, 64, 3), np.uint8)
POSE = RNG.integers(0, 256, (64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def engine() -> DiffusionEngine:
    return DiffusionEngine(CPU)


@pytest.fixture(scope="module")
def base(tiny_model: Path) -> GenerationRequest:
    return GenerationRequest(
        "a red potion", guidance_scale=3, width=64, height=64, model=str(tiny_model), seed=7
    )


@pytest.fixture
def draw(engine: DiffusionEngine, base: GenerationRequest) -> Callable[..., np.ndarray]:
    """The final pixels of the base request with changes."""

    def draw(**changes: Any) -> np.ndarray:
        return list(engine.run(replace(base, **changes), wanted=("final",)))[-1].pixels

    return draw


def final(engine: DiffusionEngine, request: GenerationRequest) -> np.ndarray:
    """The picture of a request, uint8 [H, W, 3]."""
    return list(engine.run(request, wanted=("final",)))[-1].rgb


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


def depth(**changes: Any) -> tuple[Control, ...]:
    return (Control("depth", DEPTH, **changes),)
