"""Contact sheets: pictures in rows, and the committed prompts as a model draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from studio_app.core.errors import StudioError
from studio_app.core.request import GenerationRequest
from studio_app.core.resources import resources_dir
from studio_app.engine.engine import DiffusionEngine
from studio_app.training.data import KINDS
from studio_app.training.layout import Row, page, save_image

Prompt = tuple[str, str]
"""(kind of picture, prompt)."""


def to_pixels(pictures: Tensor) -> np.ndarray:
    """[B,3,H,W] in -1..1 to uint8 [B,H,W,3]."""
    scaled = (pictures.detach().float().clamp(-1, 1) * 127.5 + 127.5).round().to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).cpu().numpy()


def save_rows(path: Path, rows: Sequence[Tensor]) -> None:
    """Writes a PNG with one row per batch [B,3,H,W] in -1..1. Raises StudioError."""
    lines = [np.concatenate(list(to_pixels(row)), axis=1) for row in rows]
    save_image(path, np.concatenate(lines, axis=0))


def committed_prompts() -> tuple[Prompt, ...]:
    """The sixteen prompts of resources/prompts/sheet.txt."""
    text = (resources_dir() / "prompts" / "sheet.txt").read_text(encoding="utf-8")
    return parse_prompts(text)


def parse_prompts(text: str) -> tuple[Prompt, ...]:
    """Lines of `kind | prompt`; empty lines and those with # are skipped. Raises StudioError."""
    prompts: list[Prompt] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        kind, bar, prompt = (part.strip() for part in line.partition("|"))
        if not bar or kind not in KINDS or not prompt:
            raise StudioError("A prompt cannot be read", line, f"Kinds: {', '.join(KINDS)}.")
        prompts.append((kind, prompt))
    return tuple(prompts)


def sheet(
    model: Path,
    prompts: Sequence[Prompt],
    seeds: Sequence[int],
    path: Path,
    *,
    steps: int = 4,
    guidance_scale: float | None = None,
    sampler: str = "consistency",
    scale: float = 0.5,
    columns: int = 2,
) -> None:
    """Draws every prompt with every seed through the engine, captions below, `columns` blocks wide.

    guidance_scale: None for the model's own. scale: size of a picture on the sheet. Raises StudioError.
    """
    engine = DiffusionEngine()
    can = engine.load(str(model))
    width, height = can.sizes[0]
    asked = GenerationRequest(
        prompts[0][1],
        guidance_scale=can.guidance.default if guidance_scale is None else guidance_scale,
        steps=steps,
        sampler=sampler,
        width=width,
        height=height,
        model=str(model),
    )
    rows: list[Row] = []
    for prompt in prompts:
        rows.append(Row([_drawn(engine, asked, prompt, seed) for seed in seeds], prompt[1]))
    height, width = rows[0].pictures[0].shape[:2]
    cell = round(width * scale), round(height * scale)
    save_image(path, page(rows, columns=columns, cell=cell))


def _drawn(
    engine: DiffusionEngine, asked: GenerationRequest, prompt: Prompt, seed: int
) -> np.ndarray:
    """The final picture of a prompt, asked for as `asked` is, uint8 [H,W,3]; textures tile on both axes."""
    kind, words = prompt
    tiles = kind == "texture"
    request = replace(asked, prompt=words, seed=seed, kind=kind, tile=(tiles, tiles))
    frame = list(engine.run(request, wanted=("final",)))[-1]
    return np.ascontiguousarray(frame.rgb)
