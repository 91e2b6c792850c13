"""How good a checkpoint is, in figures that need no other network.

Paired: student and teacher draw the same prompts from the same noise through the engine itself, so a
few pictures tell much. A gap alone would reward blur, so sharpness stands beside it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from studio_app.core.errors import StudioError
from studio_app.engine.device import best_device
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.model import find_model as find_by_name
from studio_app.engine.model import load_model
from studio_app.training.autoencoder import measure
from studio_app.training.data import open_pictures
from studio_app.training.sheet import committed_prompts, render

TEACHER_STEPS = 50
GUIDANCE = 3.0


def find_model(name: str | None) -> Path:
    """A folder as it is, or an embedded model by name. Raises StudioError."""
    return find_by_name(name or "underpaint-256")


def evaluate(
    folder: Path, data: Path | None = None, count: int = 16, guidance_scale: float = GUIDANCE
) -> dict[str, float]:
    """Figures of the model in `folder`.

    steps1_gap, steps2_gap, steps4_gap, steps8_gap: RMS of the student's pictures to the teacher's at 50
    steps, over that between two seeds of the teacher (0 = the teacher, 1 = another picture).
    sharpness: Laplacian energy of 4-step pictures over the teacher's (1 = as sharp).
    ae_psnr, ae_psnr_subject: dB over the held-out pictures of `data`; absent without it.
    Raises StudioError.
    """
    figures = step_gaps(folder, count, guidance_scale)
    if data is not None:
        model = load_model(str(folder), best_device())
        if type(model.vae).__name__ != "AutoencoderDC":
            raise StudioError(
                "This autoencoder cannot be measured", f"it is a {type(model.vae).__name__}"
            )
        split = "val" if (data / "val").is_dir() else "train"
        figures |= measure(model.vae.float(), open_pictures(data, split), count)
    return figures


def step_gaps(folder: Path, count: int, guidance_scale: float) -> dict[str, float]:
    """The paired figures of `evaluate`, over `count` of the committed prompts, in turn."""
    engine = DiffusionEngine()
    if "ddim" not in engine.load(str(folder)).samplers:
        raise StudioError(
            "Nothing to compare with",
            f"{folder.name} has no teacher.",
            "Only models with a teacher can be measured this way.",
        )
    prompts = committed_prompts()
    chosen = [prompts[i % len(prompts)] for i in range(count)]

    def draw(sampler: str, steps: int, first_seed: int) -> np.ndarray:
        pictures = [
            render(engine, folder, kind, text, first_seed + i, steps, guidance_scale, sampler)
            for i, (kind, text) in enumerate(chosen)
        ]
        return np.stack(pictures).astype(np.float32)

    teacher = draw("ddim", TEACHER_STEPS, 0)
    other = draw("ddim", TEACHER_STEPS, 1000)
    between = max(_rms(teacher - other), 1e-6)
    figures: dict[str, float] = {}
    for steps in (1, 2, 4, 8):
        mine = draw("consistency", steps, 0)
        figures[f"steps{steps}_gap"] = _rms(mine - teacher) / between
        if steps == 4:
            figures["sharpness"] = sharpness(mine) / max(sharpness(teacher), 1e-6)
    return figures


def sharpness(pictures: np.ndarray) -> float:
    """RMS of the Laplacian of luma; pictures [B,H,W,3] in 0..255."""
    luma = torch.from_numpy(pictures @ np.array([0.299, 0.587, 0.114], np.float32))[:, None]
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]).view(1, 1, 3, 3)
    return float(F.conv2d(luma, kernel).square().mean().sqrt())


def _rms(difference: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(difference))))
