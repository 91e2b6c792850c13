"""A tiny image encoder and an IP-Adapter that looks through it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

SIDE, WIDTH, PROJECTED = 28, 32, 24
"""Of the encoder: pixels of a picture's side, numbers of a token, and of what it says of the picture."""


def write_sight(folder: Path) -> Path:
    """The weights of a tiny image encoder."""
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(0)
    config = CLIPVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=16,
        image_size=SIDE,
        patch_size=14,
        projection_dim=PROJECTED,
        hidden_act="gelu",
    )
    CLIPVisionModelWithProjection(config).save_pretrained(folder)
    return folder / "model.safetensors"


def write_adapter(path: Path, unet: Any, seen: int = PROJECTED, words: int = 4) -> Path:
    """Of the plain kind, in the names of its first program."""
    torch.manual_seed(1)
    dim = unet.config.cross_attention_dim
    tensors = {
        "image_proj.proj.weight": torch.randn(words * dim, seen) * 0.2,
        "image_proj.proj.bias": torch.zeros(words * dim),
        "image_proj.norm.weight": torch.ones(dim),
        "image_proj.norm.bias": torch.zeros(dim),
    }
    number = 1
    for name in unet.attn_processors:
        if name.endswith("attn2.processor"):
            wide = unet.get_submodule(name.removesuffix(".processor")).to_k.out_features
            for which in ("to_k_ip", "to_v_ip"):
                tensors[f"ip_adapter.{number}.{which}.weight"] = torch.randn(wide, dim) * 0.5
            number += 2
    save_file(tensors, path)
    return path
