"""Tiny U-Nets of the shapes that are walked through quickly."""

from __future__ import annotations

from typing import Any

import torch

WORDY: dict[str, Any] = {"addition_embed_type": "text", "addition_embed_type_num_heads": 4}


def still(network: Any) -> Any:
    """As `load_network` leaves it."""
    return network.requires_grad_(False).eval().to(memory_format=torch.channels_last)


def make_unet(**changes: Any) -> Any:
    from diffusers import UNet2DConditionModel

    torch.manual_seed(0)
    config: dict[str, Any] = {
        "sample_size": 8,
        "block_out_channels": (16, 32, 32),
        "down_block_types": ("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        "layers_per_block": 1,
        "norm_num_groups": 8,
        "cross_attention_dim": 32,
        "attention_head_dim": 1,
        "time_cond_proj_dim": 256,
    }
    unet = UNet2DConditionModel(**(config | changes))
    for name, weight in unet.named_parameters():
        if weight.ndim == 1:
            torch.nn.init.normal_(weight, mean=float("norm" in name and "weight" in name), std=0.2)
        elif "cond_proj" in name:
            torch.nn.init.normal_(weight, std=0.05)
    return still(unet)
