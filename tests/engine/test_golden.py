"""What the tiny model drew when this was written, it draws today: a change that should change no picture, changes none.

`golden.safetensors` has the final latents. Where torch or diffusers make other weights of the same seed, they are drawn
anew by `python -m tests.engine.test_golden` with the program as it was.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from studio_app.core.controls import Control
from studio_app.core.request import GenerationRequest, Start
from studio_app.engine.drawing.batch import BatchPainter
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families.registry import load_model
from tests.engine.conftest import CPU, DEPTH, INIT, POSE, depth

FILE = Path(__file__).with_name("golden.safetensors")
KNOWN = np.where(DEPTH > 0.5, 255, 0).astype(np.uint8)
MASK = np.repeat(np.array([255, 255, 255, 255, 100, 0, 0, 0], np.uint8), 8)[:, None].repeat(64, 1)
CASES: dict[str, dict[str, Any]] = {
    "1 step": {"steps": 1},
    "2 steps": {"steps": 2},
    "4 steps": {},
    "8 steps": {"steps": 8},
    "lcm": {"sampler": "lcm"},
    "ddim": {
        "sampler": "ddim", "steps": 6, "guidance_scale": 5, "negative_prompt": "blue", "controls": depth(end=0.5),
    },
    "ddim unguided": {"sampler": "ddim", "steps": 5, "guidance_scale": 1},
    "ddpm": {"sampler": "ddpm", "steps": 7, "guidance_scale": 2},
    "negative": {"guidance_scale": 8, "negative_prompt": "blue (red:1.3)"},
    "weights": {"prompt": "a (red:1.4) [potion]", "kind": "texture"},
    "controls": {
        "controls": (*depth(strength=0.6), Control("pose", POSE, strength=1.3, start=0.25, end=0.75)),
    },
    "known": {"controls": (Control("depth", DEPTH, KNOWN),)},
    "init": {"init": INIT, "strength": 0.6},
    "mask": {"init": INIT, "strength": 0.8, "mask": MASK},
    "mask ddpm": {"init": INIT, "strength": 0.5, "mask": MASK, "sampler": "ddpm", "steps": 6},
    "tile": {"tile": (True, False), "kind": "texture", "controls": depth()},
    "tile init": {"tile": (True, True), "init": INIT, "strength": 0.5, "sampler": "ddim", "steps": 5},
    "size": {"width": 96},
}  # fmt: skip


def final(engine: DiffusionEngine, request: GenerationRequest) -> np.ndarray:
    latent = list(engine.run(request, wanted=("final",)))[-1].latent
    assert latent is not None
    return latent


def branched(engine: DiffusionEngine, request: GenerationRequest) -> np.ndarray:
    """The same picture, begun at its third step."""
    third = [frame for frame in engine.run(request) if frame.kind == "noisy"][2].latent
    assert third is not None
    return final(engine, replace(request, start=Start(third, 2)))


@pytest.fixture(scope="module")
def golden() -> dict[str, torch.Tensor]:
    return load_file(FILE)


@pytest.mark.parametrize("case", CASES)
def test_it_draws_what_it_drew(
    engine: DiffusionEngine, base: GenerationRequest, golden: dict[str, torch.Tensor], case: str
):
    request = replace(base, **CASES[case])
    drawn = final(engine, request)
    assert np.abs(drawn - golden[case].numpy()).max() < 1e-3
    if request.steps > 3:
        assert np.array_equal(branched(engine, request), drawn)


def test_a_batch_draws_what_it_drew(
    tiny_model: Path, base: GenerationRequest, golden: dict[str, torch.Tensor]
):
    painter = BatchPainter(load_model(str(tiny_model), CPU))
    drawn = painter.paint([base, replace(base, seed=8)]).latents
    assert np.abs(drawn[0] - golden["4 steps"].numpy()).max() < 1e-3


def _record() -> None:
    from tests.tiny.model import write_model

    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder))
        engine = DiffusionEngine(CPU)
        request = GenerationRequest(
            "a red potion", guidance_scale=3, width=64, height=64, model=folder, seed=7
        )
        save_file(
            {
                name: torch.tensor(final(engine, replace(request, **changes)))
                for name, changes in CASES.items()
            },
            FILE,
        )


if __name__ == "__main__":
    _record()
