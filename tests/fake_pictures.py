"""Pictures that no model made, with their maps, as the session holds them: a red disc on mid grey."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio_app.core.maps import Maps
from studio_app.core.request import GenerationRequest
from studio_app.document.results import RunRecord, StepRecord

SIDE = 64


def disc(radius: int = 20) -> Any:
    ys, xs = np.mgrid[0:SIDE, 0:SIDE]
    return (ys - 34) ** 2 + (xs - 32) ** 2 < radius**2


def maps_of(alpha: Any) -> Maps:
    plane = np.full((SIDE, SIDE), 0.5, np.float32)
    up = np.zeros((SIDE, SIDE, 3), np.float32)
    up[..., 2] = 1
    return Maps(alpha.astype(np.float32), plane, up, np.full_like(up, 0.4), plane, plane)


def record_of(
    prompt: str = "a red potion",
    kind: Any = "isolated",
    seed: int = 3,
    tile: tuple[bool, bool] | None = None,
) -> RunRecord:
    """A red disc on mid grey, as a run of one step. tile: else a texture's on both axes, of others on none."""
    tile = (kind == "texture", kind == "texture") if tile is None else tile
    request = GenerationRequest(
        prompt, width=SIDE, height=SIDE, kind=kind, model="fake", seed=seed, steps=1, tile=tile
    )
    pixels = np.full((SIDE, SIDE, 4), 128, np.uint8)
    pixels[disc()] = (20, 30, 200, 255)
    pixels[..., 3] = 255
    pixels.flags.writeable = False
    latent = np.zeros((4, 8, 8), np.float16)
    small = np.ascontiguousarray(pixels[::4, ::4])
    small.flags.writeable = False
    step = StepRecord(0, 999, 0.0, latent, latent, small, small)
    return RunRecord(0, request, (step,), pixels, 0.1)
