"""From a drawing to what it adds inside the denoiser.

An adapter (T2I-Adapter, Mou et al. 2302.08453) runs once per drawing; its features are added at every
step, times the control's strength, while the control is active. Several controls sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from studio_app.core.controls import Control

Features = tuple[Tensor, ...]
Residuals = Sequence[Tensor | None]
"""What is added inside a network at one step."""


def depth_input(value: NDArray[Any], known: NDArray[Any] | None) -> NDArray[np.float32]:
    """The depth adapter's input: float32 [2, H, W] of (value x known, known), both 0..1.

    value: 1 = near, 0 = background. Where nothing is known the value is 0 and says nothing; a soft brush's
    edge is known from half of its opacity on, as in training.
    """
    if known is None:
        return np.stack([unit(value), np.ones(value.shape[:2], np.float32)])
    seen = (known >= 128).astype(np.float32)
    return np.stack([unit(value) * seen, seen])


def unit(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """uint8 0..255 as float32 0..1; float32 as it is."""
    return pixels.astype(np.float32) / np.float32(255) if pixels.dtype == np.uint8 else pixels


def adapter_input(control: Control, channels: int, width: int, height: int) -> Tensor:
    """float32 [1, channels, height, width] of a control of any size.

    Depth for 2 channels is (value x known, known); an adapter of another make with 1 or 3 channels gets
    the value, repeated. Pictures are resized bilinearly with antialiasing; the mean of a depth is taken over
    what is known of it.
    """
    if control.kind in ("depth", "edge"):
        planes = depth_input(control.pixels, control.known)
    else:
        planes = unit(control.pixels).transpose(2, 0, 1)
        if control.known is not None:
            planes = planes * unit(control.known)
    picture = torch.from_numpy(np.ascontiguousarray(planes))[None]
    if picture.shape[-2:] != (height, width):
        picture = F.interpolate(picture, (height, width), mode="bilinear", antialias=True)
        if control.kind in ("depth", "edge"):
            share = picture[:, 1:]
            seen = (share >= 0.5).float()
            picture = torch.cat([picture[:, :1] / share.clamp_min(1e-3) * seen, seen], 1)
    if picture.shape[1] == channels:
        return picture
    if channels == 1 or control.kind in ("depth", "edge"):
        return picture[:, :1].expand(1, channels, height, width)
    return picture[:, :channels]


def residuals(
    controls: Sequence[Control],
    features: Sequence[Features],
    i: int,
    n: int,
    gains: Mapping[str, float] | None = None,
) -> Features | None:
    """The summed features of step i of n, or None where no control is active.

    gains: by kind, what a strength of 1 means to this model (`Capabilities.control_gain`).
    """
    total: Features | None = None
    for control, levels in zip(controls, features, strict=True):
        if not control.acts(i, n):
            continue
        strength = control.strength * (gains or {}).get(control.kind, 1.0)
        scaled = levels if strength == 1.0 else tuple(f * strength for f in levels)
        total = (
            scaled if total is None else tuple(a + b for a, b in zip(total, scaled, strict=True))
        )
    return total


def every_other(
    controls: Callable[[int, Tensor, float], Residuals], drawn: Sequence[Control], n: int
) -> Callable[[int, Tensor, float], Residuals]:
    """`ControlsAt` of n steps that asks `controls` in every other one, and gives the same once more in the next, where
    the same of `drawn` act there. For pictures that are soon replaced: what a ControlNet says of neighbouring steps is
    much alike (Li et al. 2312.09608), and it takes two fifths of a step."""
    asked: tuple[int, Residuals] | None = None

    def held(i: int, x_t: Tensor, t: float) -> Residuals:
        nonlocal asked
        alike = all(control.acts(i, n) == control.acts(i - 1, n) for control in drawn)
        if asked is not None and asked[0] == i - 1 and alike:
            given, asked = asked[1], None
            return given
        given = controls(i, x_t, t)
        asked = i, given
        return given

    return held
