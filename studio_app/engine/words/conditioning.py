"""What a denoiser is told of one prompt: named tensors. A family makes them, batches them and reads them.

The embedded model has "words" alone; others have a pooled prompt, masks, ids of places or sizes beside it. Every tensor
has the prompts along its first axis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

Conditioning = Mapping[str, Tensor]
"""By name, each [B, ...], on the device, in the network's dtype. Not to be written into: they are kept by content."""


def joined(rows: Sequence[Conditioning]) -> Conditioning:
    """Several prompts as one batch. Tensors of one name differ in length (axis 1) at most: the shorter are filled up
    with zeros, which a mask among them has to say."""
    if len(rows) == 1:
        return rows[0]
    return {name: torch.cat(_filled([row[name] for row in rows])) for name in rows[0]}


def lengthened(row: Conditioning, length: int, blank: Conditioning) -> Conditioning:
    """A prompt's with its "words" [1, L, D] brought to `length` by those of one that says nothing, over and over."""
    words = row["words"]
    missing = length - words.shape[1]
    if missing <= 0:
        return row
    more = blank["words"]
    times = -(-missing // more.shape[1])
    return {**row, "words": torch.cat([words, more.repeat(1, times, 1)[:, :missing]], 1)}


def _filled(tensors: list[Tensor]) -> list[Tensor]:
    if tensors[0].ndim < 2 or len({tensor.shape[1] for tensor in tensors}) == 1:
        return tensors
    length = max(tensor.shape[1] for tensor in tensors)
    return [_longer(tensor, length) for tensor in tensors]


def _longer(tensor: Tensor, length: int) -> Tensor:
    missing = length - tensor.shape[1]
    return torch.cat([tensor, tensor.new_zeros(len(tensor), missing, *tensor.shape[2:])], 1)
