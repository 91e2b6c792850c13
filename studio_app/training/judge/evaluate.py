"""How near a student is to its teacher, and what an autoencoder keeps: figures that need no judge.

Paired: student and teacher draw the same prompts from the same noise, so a few pictures tell much. A gap alone
would reward blur, so sharpness (judge/looks.py) stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_app.core.errors import StudioError
from studio_app.core.folders import find_model as find_by_name
from studio_app.engine.device import best_device
from studio_app.engine.families.registry import load_model
from studio_app.training.data import open_pictures
from studio_app.training.judge.drawing import Artist
from studio_app.training.judge.intervals import Figures, add, root_ratio
from studio_app.training.judge.questions import Question
from studio_app.training.stages.autoencoder import measure

TEACHER_STEPS = 50
FEW = (1, 2, 4, 8)
_OTHER_SEED = 500_000


def find_model(name: str | None) -> Path:
    """A folder as it is, or an embedded model by name. Raises StudioError."""
    return find_by_name(name or "underpaint-256")


def step_gaps(artist: Artist, questions: Sequence[Question]) -> Figures:
    """steps1_gap, steps2_gap, steps4_gap, steps8_gap; nothing where the model has no teacher.

    RMS of the student's pictures to the teacher's at 50 steps (same noise, text and guidance), over that between
    two seeds of the teacher: 0 = the teacher, 1 = another picture.
    """
    figures: Figures = {}
    if "ddim" not in artist.model.capabilities.samplers:
        return figures
    again = [replace(question, seed=question.seed + _OTHER_SEED) for question in questions]
    slow: dict[str, Any] = {"steps": TEACHER_STEPS, "sampler": "ddim"}
    teacher = artist.draw(questions, f"the teacher's {TEACHER_STEPS} steps", **slow).rgb
    other = artist.draw(again, "the teacher's, of other seeds", **slow).rgb
    between = _squared(teacher, other)
    for steps in FEW:
        mine = artist.draw(questions, f"{steps} steps of the student", steps=steps).rgb
        add(figures, f"steps{steps}_gap", root_ratio(_squared(mine, teacher), between), "low")
    return figures


def autoencoder_figures(folder: Path, data: Path, count: int) -> dict[str, float]:
    """ae_psnr, ae_psnr_subject: dB over the held-out pictures of `data`. Raises StudioError."""
    model = load_model(str(folder), best_device())
    if type(model.vae).__name__ != "AutoencoderDC":
        raise StudioError(
            "This autoencoder cannot be measured", f"it is a {type(model.vae).__name__}"
        )
    split = "val" if (data / "val").is_dir() else "train"
    return measure(model.vae.float(), open_pictures(data, split), count)


def _squared(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean squared difference of each picture [n]."""
    return np.array(
        [np.square(x.astype(np.float32) - y).mean() for x, y in zip(a, b, strict=True)], np.float64
    )
