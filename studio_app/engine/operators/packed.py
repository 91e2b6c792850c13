"""Convolutions whose weights already lie the way oneDNN multiplies them.

A plain convolution rearranges its weights at every call. For a small picture with many channels that is a
quarter of its time; the result is the same, bit for bit.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class PackedConvolution(nn.Module):
    """A Conv2d with frozen weights. They are packed for the first picture that comes; any other size works."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self._conv = (conv,)  # not as a part of this one: it is only read
        self.context: Any = None

    def forward(self, x: Tensor) -> Tensor:
        if self.context is None:
            (conv,) = self._conv
            self.context = torch.ops.mkldnn_prepacked.conv2d_prepack(
                conv.weight.detach(),
                None if conv.bias is None else conv.bias.detach(),
                list(conv.stride),
                list(conv.padding),
                list(conv.dilation),
                conv.groups,
                list(x.shape),
                "none",
            )
        return torch.ops.mkldnn_prepacked.conv2d_run(x, self.context)


def packed(conv: nn.Conv2d) -> nn.Module:
    """`conv`, packed where this torch can and where it gives the same bits: in bfloat16."""
    plain = conv.padding_mode == "zeros" and not isinstance(conv.padding, str)
    if conv.weight.dtype != torch.bfloat16 or not plain or not _can_pack():
        return conv
    return PackedConvolution(conv)


def _can_pack() -> bool:
    return torch.backends.mkldnn.is_available() and hasattr(
        torch.ops.mkldnn_prepacked, "conv2d_run"
    )
