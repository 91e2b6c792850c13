"""Tensors of Stable Diffusion 1 in one file, their matrices written with eight bits in the ways in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

UNET = "model.diffusion_model."
Tensors = dict[str, Any]


def matrices(tensors: Tensors) -> list[str]:
    return [
        n
        for n, t in tensors.items()
        if n.startswith(UNET) and t.ndim == 2 and n.endswith(".weight")
    ]


def plain(tensors: Tensors) -> None:
    for name in matrices(tensors):
        tensors[name] = tensors[name].to(torch.float8_e4m3fn)


def scaled(end: str, rows: bool = False) -> Callable[[Tensors], None]:
    def change(tensors: Tensors) -> None:
        for name in matrices(tensors):
            weight = tensors[name].float()
            most = weight.abs().amax(1, keepdim=True) if rows else weight.abs().amax()
            scale = (most / 448).clamp_min(1e-8)
            before = name.removesuffix(".weight")
            tensors[name] = (weight / scale).to(torch.float8_e4m3fn)
            tensors[f"{before}{end}"] = scale
            tensors[f"{before}.input_scale"] = torch.ones(())
        tensors[f"{UNET}scaled_fp8"] = torch.zeros(2).to(torch.float8_e4m3fn)

    return change


def in_blocks(tensors: Tensors) -> None:
    """As kohya's programs write them: of each row several blocks, each with a scale."""
    for name in matrices(tensors):
        weight = tensors[name].float()
        blocks = weight.reshape(len(weight), -1, 16)
        scale = (blocks.abs().amax(2, keepdim=True) / 448).clamp_min(1e-8)
        tensors[name] = (blocks / scale).reshape(weight.shape).to(torch.float8_e4m3fn)
        tensors[f"{name.removesuffix('.weight')}.scale_weight"] = scale
