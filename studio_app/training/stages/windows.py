"""A decoder that sees a whole picture and says a part of it: how far away things are, a crop does not say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

Window = tuple[Any, ...]
"""Where the windows of a batch begin, in cells from the top and from the left, [B] each, and how many cells they have
to a side, or (down, across); () where everything is asked."""

Side = int | tuple[int, int]


class Windowed(nn.Module):
    """A decoder that may say only what lies in a window of each picture, but sees the whole of it.

    Of what a step costs, the coarsest level is a quarter: with windows of a quarter of the picture, twice as many
    pictures are seen. What lies at the window's edges is decoded as at the picture's.
    """

    def __init__(self, decoder: nn.Module) -> None:
        super().__init__()
        self.decoder: Any = decoder

    def forward(
        self, z: Tensor, tops: Sequence[int] = (), lefts: Sequence[int] = (), cells: Side = 0
    ) -> Tensor:
        """[B, C, 8h, 8w] of latents [B, 4, h, w]; or of windows of `cells` only, which begin at tops and lefts [B]."""
        if not cells:
            return self.decoder(z)
        decoder = self.decoder
        *finer, coarsest = decoder.up_blocks
        x = cut(coarsest(decoder.conv_in(z)), tops, lefts, cells)
        for block in reversed(finer):
            x = block(x)
        x = decoder.norm_out(x.movedim(1, -1)).movedim(-1, 1)
        return decoder.conv_out(decoder.conv_act(x))


def cut(planes: Tensor, tops: Sequence[int], lefts: Sequence[int], side: Side) -> Tensor:
    """Of planes [B, C, H, W] the squares [B, C, side, side], or [B, C, *side], that begin at tops and lefts [B]."""
    high, wide = (side, side) if isinstance(side, int) else side
    # Slices one by one: the slope of a gather is many times slower on a CPU.
    places = zip(planes, tops, lefts, strict=True)
    return torch.stack([plane[:, y : y + high, x : x + wide] for plane, y, x in places])
