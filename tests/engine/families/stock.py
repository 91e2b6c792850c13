"""What the stock pipelines of diffusers draw, to be compared with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

CLOSE = 1.5
"""Of 255, between a stock pipeline in float32 and ours: its decoder ends in other roundings."""


def pipeline(folder: Path, kind: str, scheduler: str = "", **parts: Any) -> Any:
    """scheduler: a class instead of the folder's, with its config. parts: instead of its own, or beside them."""
    import diffusers

    if scheduler:
        config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())
        config |= {"set_alpha_to_one": True, "clip_sample": False}
        parts["scheduler"] = getattr(diffusers, scheduler).from_config(config)
    pipe: Any = getattr(diffusers, kind).from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, **parts
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def shown(pipe: Any, **given: Any) -> Any:
    """Its picture of the words, seed and size of the tests, 0..255, where nothing else is given."""
    given = {"prompt": "a red potion", "width": 64, "height": 96} | given
    generator = torch.Generator().manual_seed(7)
    return pipe(generator=generator, output_type="np", **given).images[0] * 255


class Mode:
    """An encoding without chance, as ours is."""

    def __init__(self, latent: torch.Tensor) -> None:
        self.latent_dist = self
        self._latent = latent

    def sample(self, *_: Any) -> torch.Tensor:
        return self._latent


def without_chance(pipe: Any) -> Any:
    """The pipeline, whose autoencoder takes the middle of what it sees from now on."""
    encode = pipe.vae.encode
    pipe.vae.encode = lambda x: Mode(encode(x).latent_dist.mode())
    return pipe
