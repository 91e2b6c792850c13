"""Where a transformer's tokens lie in a picture: sines and cosines of their places, added to what they are.

diffusers' PatchEmbed keeps those of one size, in no file, and works out those of any other at every step. Here they are
kept by size.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

MOST_SIDE = 512
"""Tokens of a side, at most, whose places are worked out: four times those of the largest picture."""


def fill_places(network: Any) -> None:
    """Gives a network that was made without memory the places that its file lacks. ValueError where they are too
    many."""
    embed = getattr(network, "pos_embed", None)
    places = getattr(embed, "pos_embed", None)
    if embed is None or not isinstance(places, Tensor) or not places.is_meta:
        return
    if embed.pos_embed_max_size is not None:
        return  # these lie in the file
    embed.pos_embed = _places(embed, embed.height, embed.width, torch.device("cpu"))


def fit_places(embed: Any, height: int, width: int, kept: dict[tuple[int, int], Tensor]) -> None:
    """Sets a PatchEmbed for latents of one size; what it does then is only an addition. kept: by size."""
    size = height // embed.patch_size, width // embed.patch_size
    if size == (embed.height, embed.width):
        return
    kept.setdefault((embed.height, embed.width), embed.pos_embed)
    if size not in kept:
        if len(kept) >= _KEPT:
            kept.pop(next(iter(kept)))
        kept[size] = _places(embed, *size, embed.pos_embed.device)
    embed.pos_embed, (embed.height, embed.width) = kept[size], size


_KEPT = 8


def _places(embed: Any, height: int, width: int, device: torch.device) -> Tensor:
    """float32 [1, height x width, D]"""
    from diffusers.models.embeddings import get_2d_sincos_pos_embed

    if not 0 < max(height, width) <= MOST_SIDE:
        raise ValueError(f"{height} x {width} tokens")
    grid: Any = (height, width)
    places = get_2d_sincos_pos_embed(
        embed_dim=embed.proj.out_channels,
        grid_size=grid,
        base_size=embed.base_size,
        interpolation_scale=embed.interpolation_scale,
        device=device,
        output_type="pt",
    )
    return places.float()[None]
