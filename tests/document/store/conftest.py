"""Work to be saved: a document, pictures with recipes, runs with steps."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio_app.core.request import GenerationRequest
from studio_app.document.brushes import Brush
from studio_app.document.contents.pose import Pose
from studio_app.document.document import new_document
from studio_app.document.people import standing_person
from studio_app.document.results import Picture, RunRecord, StepRecord, thumbnail
from studio_app.document.settings import Settings
from studio_app.document.store.sessions import SavedSession
from studio_app.document.strokes import Sample, Stroke
from tests.nodes import with_contents

Make = Callable[..., SavedSession]

SIDE = 64


def request_of_seed(seed: int) -> GenerationRequest:
    return GenerationRequest("a red owl", seed=seed, width=SIDE, height=SIDE)


def _picture(seed: int, **more: Any) -> Picture:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (SIDE, SIDE, 4), np.uint8)
    pixels[:, :, 3] = 255
    pixels.flags.writeable = False
    return Picture(pixels, thumbnail(pixels, 96), request_of_seed(seed), **more)


def _run(seed: int, steps: int = 4, **more: Any) -> RunRecord:
    rng = np.random.default_rng(seed)
    made: list[StepRecord] = []
    for i in range(steps):
        latents = [rng.standard_normal((4, 8, 8)).astype(np.float16) for _ in range(2)]
        thumbs = [rng.integers(0, 256, (32, 32, 4), np.uint8) for _ in range(2)]
        made.append(StepRecord(i, steps - i, 0.5, latents[0], latents[1], thumbs[0], thumbs[1]))
    final = _picture(seed).pixels
    return RunRecord(seed, request_of_seed(seed), tuple(made), final, 0.5, **more)


@pytest.fixture
def make_picture() -> Callable[..., Picture]:
    """`make_picture(seed, **fields)` -> a picture of noise, always the same for a seed but for its id."""
    return _picture


@pytest.fixture
def make_run() -> Callable[..., RunRecord]:
    """`make_run(seed, steps=4, **fields)`"""
    return _run


@pytest.fixture
def session() -> Callable[..., SavedSession]:
    """`session(pictures=2, runs=2, at=20)` -> a drawing with a stroke at that place, and results."""

    def make(pictures: int = 2, runs: int = 2, at: float = 20, **more: Any) -> SavedSession:
        document = new_document(Settings(prompt="a red owl", width=SIDE, height=SIDE))
        stroke = Stroke(document, "depth", Brush())
        document, _ = stroke.extend(document, Sample(at + 9, at))
        document = with_contents(document, Pose((standing_person(SIDE, SIDE),)))
        more.setdefault("model", "tiny")
        return SavedSession(
            document,
            live=False,
            pictures=tuple(_picture(seed) for seed in range(pictures)),
            runs=tuple(_run(seed) for seed in range(runs)),
            **more,
        )

    return make


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def pngs(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.png"))


def picture_of(path: Path, member: str = "mergedimage.png") -> np.ndarray[Any, Any]:
    with zipfile.ZipFile(path) as archive:
        return np.asarray(Image.open(io.BytesIO(archive.read(member))).convert("RGBA"))
