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


def write_siglip(folder: Path) -> Path:
    """The weights of a tiny SigLIP as they are published: in the names of older versions, with what a loader reads of
    them in a folder of transformers beside it."""
    from transformers import SiglipVisionConfig, SiglipVisionModel

    torch.manual_seed(0)
    config = SiglipVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=16,
        image_size=SIDE,
        patch_size=14,
    )
    model = SiglipVisionModel(config)
    model.save_pretrained(folder / "transformers")
    tensors = {f"vision_model.{name}": t for name, t in model.state_dict().items()}
    save_file(tensors, folder / "siglip.safetensors")
    return folder / "siglip.safetensors"


def write_sd3_adapter(path: Path, transformer: Any, seen: int = WIDTH) -> Path:
    """Of Stable Diffusion 3, in the names of its first program (InstantX)."""
    from diffusers.models.attention_processor import SD3IPAdapterJointAttnProcessor2_0
    from diffusers.models.embeddings import IPAdapterTimeImageProjection

    torch.manual_seed(1)
    inner, wide = transformer.inner_dim, 64
    words = IPAdapterTimeImageProjection(
        embed_dim=seen,
        output_dim=inner,
        hidden_dim=wide,
        heads=1,
        num_queries=4,
        timestep_in_dim=32,
    )
    tensors: dict[str, Any] = {}
    for name, tensor in words.state_dict().items():
        for ours, theirs in _RESAMPLER:
            name = name.replace(ours, theirs)
        tensors[f"image_proj.{name}"] = tensor.clone()
    for number in range(len(transformer.attn_processors)):
        made = SD3IPAdapterJointAttnProcessor2_0(
            hidden_size=inner,
            ip_hidden_states_dim=inner,
            head_dim=transformer.config.attention_head_dim,
            timesteps_emb_dim=wide,
        )
        for name, tensor in made.state_dict().items():
            tensors[f"ip_adapter.{number}.{name}"] = tensor.clone() * 3
    save_file(tensors, path)
    return path


_RESAMPLER = (
    (".ln0.", ".0.norm1."), (".ln1.", ".0.norm2."), (".attn.to_out.0.", ".0.to_out."), (".attn.to_", ".0.to_"),
    (".adaln_norm.", ".1.0."), (".ff.net.0.proj.", ".1.1."), (".ff.net.2.", ".1.3."), (".adaln_proj.", ".2.1."),
)  # fmt: skip
"""diffusers' names of a resampler's parts, and those of the program that trained it."""


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
