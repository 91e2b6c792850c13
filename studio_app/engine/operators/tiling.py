"""Seamless pictures: convolutions that wrap round the left/right or top/bottom edge, or both.

A network whose only sense of place is its padding becomes shift-equivariant on an axis when that axis
is padded circularly. The same patch serves the denoiser, the adapter, the decoder and the encoder, and
training on textures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@contextmanager
def circular_padding(modules: Iterable[nn.Module], x: bool, y: bool) -> Iterator[None]:
    """Within the block every 2D convolution of `modules` wraps on the chosen axes; after it, none does.

    x wraps left to right (width), y top to bottom (height). With neither, nothing is touched. Gradients
    flow. Not reentrant on the same module, and not for a module that another thread is running.
    """
    if not (x or y):
        yield
        return
    convolutions: list[nn.Conv2d] = []
    downsamplers: list[Any] = []
    try:
        for module in modules:
            for child in module.modules():
                if _pads_by_itself(child):
                    child: Any = child
                    # An autoencoder's down-sampler pads (0, 1, 0, 1) with zeros by itself, before its
                    # convolution: tell it not to, and let the convolution do it.
                    child.padding = -1
                    downsamplers.append(child)
                    _patch(child.conv, (0, 1, 0, 1), x, y)
                    convolutions.append(child.conv)
            for child in module.modules():
                if isinstance(child, nn.Conv2d) and "_conv_forward" not in vars(child):
                    pad_y, pad_x = _padding(child)
                    if pad_x or pad_y:
                        _patch(child, (pad_x, pad_x, pad_y, pad_y), x, y)
                        convolutions.append(child)
        yield
    finally:
        for convolution in convolutions:
            del convolution._conv_forward  # the class's own method shows again
        for downsampler in downsamplers:
            downsampler.padding = 0


def _pads_by_itself(module: nn.Module) -> bool:
    # By name: importing diffusers here would bring it in before it is told to stay offline.
    if type(module).__name__ != "Downsample2D":
        return False
    down: Any = module
    return bool(down.use_conv) and down.padding == 0


def _padding(convolution: nn.Conv2d) -> tuple[int, int]:
    padding = convolution.padding
    if isinstance(padding, str):
        if padding == "valid":
            return 0, 0
        return convolution.kernel_size[0] // 2, convolution.kernel_size[1] // 2
    return int(padding[0]), int(padding[1])


def _patch(convolution: nn.Conv2d, sides: tuple[int, int, int, int], x: bool, y: bool) -> None:
    forward = partial(_wrapped_forward, convolution, sides, x, y)
    object.__setattr__(convolution, "_conv_forward", forward)


def _wrapped_forward(
    convolution: nn.Conv2d,
    sides: tuple[int, int, int, int],
    x: bool,
    y: bool,
    picture: Tensor,
    weight: Tensor,
    bias: Tensor | None,
) -> Tensor:
    left, right, top, bottom = sides
    picture = _pad(picture, (left, right, 0, 0), x)
    picture = _pad(picture, (0, 0, top, bottom), y)
    return torch.conv2d(
        picture, weight, bias, convolution.stride, 0, convolution.dilation, convolution.groups
    )


def _pad(picture: Tensor, sides: tuple[int, int, int, int], wrap: bool) -> Tensor:
    if not any(sides):
        return picture
    return F.pad(picture, sides, mode="circular" if wrap else "constant")
