"""The decoder of an AutoencoderDC in the order of operations that a CPU is quick at.

The network and its weights are diffusers' own. What differs is what lies between its convolutions, which
cost a CPU nearly as much as they do:

- `RMSNorm` runs over the channels, and those lie side by side (channels_last): squares, mean and products are
  four passes in two precisions. Here the length of each pixel comes from one, in float32, and scale, shift and
  residual are two multiply-adds.
- `pixel_shuffle` gathers its channels from all over a pixel. With the convolution's outputs sorted by where
  they go (upper left, upper right, ...) it is a copy of whole runs.
- the shortcut around an upsampling adds every input channel to some outputs: a one in the middle of the
  convolution's kernel does the same.
- the last convolution also brings alpha, and gives four pixels as B, G, R, A: a picture is one copy away.

It rounds less often than the original, so the two agree within what bfloat16 can tell, not bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from studio_app.engine.decoding.latents import fell_apart
from studio_app.engine.operators.packed import packed

_LEAST = 1e-6
"""Gains are divided by; a channel that is shut this far is silent either way."""


def quick_decoder(vae: Any) -> nn.Module | None:
    """(latent [1, C, h, w]) -> what `assembled` makes a picture of; None where the network is of another make."""
    decoder = getattr(vae, "decoder", None)
    if type(vae).__name__ != "AutoencoderDC" or decoder is None or not _known(decoder):
        return None
    return _Decoder(decoder).requires_grad_(False).eval()


def _known(decoder: Any) -> bool:
    if decoder.in_shortcut or not isinstance(decoder.conv_act, nn.ReLU):
        return False
    last = decoder.conv_out
    if type(last).__name__ != "DCUpBlock2d" or last.interpolate or last.shortcut:
        return False
    if last.conv.out_channels != 12 or not _has_affine(decoder.norm_out):
        return False
    for block in (block for level in decoder.up_blocks for block in level):
        if type(block).__name__ == "DCUpBlock2d":
            if block.interpolate:
                return False
        elif (
            type(block).__name__ != "ResBlock"
            or block.norm_type != "rms_norm"
            or not isinstance(block.nonlinearity, nn.SiLU)
            or not _has_affine(block.norm)
        ):
            return False
    return True


def _has_affine(norm: Any) -> bool:
    return norm.weight is not None and norm.bias is not None


class _Decoder(nn.Module):
    """`Decoder.forward` and the way to bytes. Shares the weights of the blocks, not of the upsamplings."""

    def __init__(self, decoder: Any) -> None:
        super().__init__()
        self.first = packed(decoder.conv_in)
        self.blocks = nn.ModuleList()
        for level in reversed(decoder.up_blocks):
            for block in level:
                up = type(block).__name__ == "DCUpBlock2d"
                self.blocks.append(_Up(block) if up else _Residual(block))
        self.norm = _Norm(decoder.norm_out)
        self.last = packed(_last_convolution(decoder.conv_out.conv))

    def forward(self, latent: Tensor) -> Tensor:
        x = self.first(latent)
        total = _rows(x).float()
        for block in self.blocks:
            x, total = block(x, total)
        x = self.norm(total).mul_(self.norm.gain).relu_().to(latent.dtype)
        return _levels(self.last(_planes(x)))


class _Residual(nn.Module):
    """A ResBlock. The sum of all blocks of a level is kept in float32 beside what the convolutions read."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.conv1, self.conv2 = packed(block.conv1), packed(block.conv2)
        self.norm = _Norm(block.norm)
        self._dtype = block.conv1.weight.dtype

    def forward(self, x: Tensor | None, total: Tensor) -> tuple[Tensor | None, Tensor]:
        x = _planes(total.to(self._dtype)) if x is None else x
        y = self.conv2(F.silu(self.conv1(x), inplace=True))
        normed = self.norm(_rows(y).float())
        return None, torch.addcmul(total, normed, self.norm.gain)


class _Up(nn.Module):
    """A DCUpBlock2d: twice the size. Outputs are sorted by row, column, channel; the shortcut is inside."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        old: nn.Conv2d = block.conv
        weight = old.weight.float()
        if block.shortcut:
            weight = weight.clone()
            out = torch.arange(old.out_channels)
            weight[out, out // block.repeats, 1, 1] += 1.0
        order = _sorted(old.out_channels)
        assert old.bias is not None
        self.conv = packed(_convolution(old, weight[order], old.bias[order]))
        self._dtype = old.weight.dtype

    def forward(self, x: Tensor | None, total: Tensor) -> tuple[Tensor | None, Tensor]:
        x = _planes(total.to(self._dtype)) if x is None else x
        y = _rows(self.conv(x))
        batch, height, width, channels = (int(side) for side in y.shape)
        y = y.reshape(batch, height, width, 2, channels // 2).transpose(2, 3)
        y = y.reshape(batch, 2 * height, 2 * width, channels // 4)
        return _planes(y), y.float()


class _Norm(nn.Module):
    """An RMSNorm over channels up to its gain: y / rms(y) + bias / gain, of float32 [B, H, W, C].

    The gain is the caller's to apply, together with whatever else is to be added.
    """

    gain: Tensor
    shift: Tensor

    def __init__(self, norm: Any) -> None:
        super().__init__()
        gain = norm.weight.float()
        gain = torch.where(gain.abs() < _LEAST, torch.full_like(gain, _LEAST), gain)
        self.eps = float(norm.eps)
        self.register_buffer("gain", gain)
        self.register_buffer("shift", norm.bias.float() / gain)

    def forward(self, y: Tensor) -> Tensor:
        length = torch.linalg.vector_norm(y, dim=-1, keepdim=True)
        scale = (length * length).mul_(1 / int(y.shape[-1])).add_(self.eps).rsqrt_()
        return torch.addcmul(self.shift, y, scale)


def _rows(planes: Tensor) -> Tensor:
    """[B, C, H, W], channels_last, seen as [B, H, W, C]."""
    return planes.permute(0, 2, 3, 1)


def _planes(rows: Tensor) -> Tensor:
    return rows.permute(0, 3, 1, 2)


def _sorted(channels: int) -> Tensor:
    """For outputs by row, column, channel: which of pixel_shuffle's (channel, row, column) it was."""
    return torch.arange(channels).view(-1, 4).t().reshape(-1)


def _convolution(old: nn.Conv2d, weight: Tensor, bias: Tensor) -> nn.Conv2d:
    with torch.device("meta"):
        new = nn.Conv2d(weight.shape[1], weight.shape[0], 3, 1, 1)
    weight = weight.to(old.weight.dtype).contiguous(memory_format=torch.channels_last)
    new.weight = nn.Parameter(weight, requires_grad=False)
    new.bias = nn.Parameter(bias.to(old.weight.dtype), requires_grad=False)
    return new


def _last_convolution(old: nn.Conv2d) -> nn.Conv2d:
    """12 outputs (R, G, B of four pixels) become 16: B, G, R, A of each; A is 1, the brightest."""
    assert old.bias is not None
    order = _sorted(12).view(4, 3).flip(1)
    weight = torch.zeros(4, 4, *old.weight.shape[1:])
    bias = torch.ones(4, 4)
    weight[:, :3] = old.weight.float()[order]
    bias[:, :3] = old.bias.float()[order]
    return _convolution(old, weight.flatten(0, 1), bias.flatten())


def _levels(x: Tensor) -> Tensor:
    """uint8 [H, W, 16] of [1, 16, H, W] in -1..1, rounded as `latents` does."""
    levels = _rows(x)[0].contiguous().float()
    return levels.add(1).mul_(127.5).clamp_(0, 255).round_().to(torch.uint8)


def assembled(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 [2 H, 2 W, 4] BGRA of what a quick decoder gives, on the host. Raises StudioError on NaN and infinity."""
    height, width = levels.shape[:2]
    # Alpha is no weight times everything, plus one: no number times infinity is none, which as a byte is not 255.
    if int(levels[:, :, 3::4].min()) != 255:
        raise fell_apart("the autoencoder")
    # Two pixels side by side are eight bytes: they travel as one number.
    pairs = levels.view(np.uint64).transpose(0, 2, 1)
    return np.ascontiguousarray(pairs).view(np.uint8).reshape(2 * height, 2 * width, 4)
