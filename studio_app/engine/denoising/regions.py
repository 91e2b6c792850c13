"""Words of regions in one pass: cross-attention hears, at each place, the words of the regions that lie there.

As Attention Couple does for Stable Diffusion: the queries of every cross-attention are answered by the words of the
picture and by those of each region, and the answers are mixed by the regions' masks at that layer's size. All else of
the network sees the whole picture, so that what lies side by side is still one scene.

The embedded model was tried with "a red glass potion" on the left and "a blue crystal crown" on the right (three
seeds, share 1): it drew one thing, in one colour, with a bottle's neck on the left and a crown's points on the right.
It has cross-attention at one level alone, and its prompt, pooled, is in every block's time embedding: its card says
that it hears no regions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from studio_app.engine.denoising.attention import attending
from studio_app.engine.denoising.unets import Pass
from studio_app.engine.device import sent

SHARE = 0.7
"""Of an answer, that is a region's where its mask is whole; the rest are the words of the picture: its style."""
_HALVINGS = 6


def regional(
    plain: Pass,
    unet: Any,
    words: Sequence[Tensor],
    masks: Sequence[NDArray[np.uint8]],
    *,
    guided: bool,
) -> Pass:
    """A pass of a diffusers U-Net in which regions are heard. words: [1, L, D] of each region; masks: uint8 [H, W] of
    the picture. guided: the first half of each batch are unwanted words, where no region is heard."""
    told = _Told(words, _shares(masks), guided=guided)
    hearing = attending(plain, unet, lambda name, inner: _Regional(inner, told))

    def run(x_t: Tensor, *given: Any) -> Tensor:
        told.size = int(x_t.shape[-2]), int(x_t.shape[-1])
        return hearing.run(x_t, *given)

    return replace(plain, run=run)


class _Told:
    """What the attentions of one pass are told beside its words. size: (height, width) of the latent."""

    def __init__(self, words: Sequence[Tensor], shares: Tensor, *, guided: bool) -> None:
        self.words = words
        self.guided = guided
        self.size: tuple[int, int] = (1, 1)
        self._shares = shares
        self._known: dict[tuple[int, int, int], Tensor] = {}

    def shares(self, length: int, like: Tensor) -> Tensor:
        """[R, length, 1]: how much of each place belongs to each region, at the layer that has so many places."""
        height, width = self.size
        key = (length, height, width)
        if key not in self._known:
            for _ in range(_HALVINGS):
                if height * width == length:
                    break
                height, width = -(-height // 2), -(-width // 2)  # as a convolution of stride 2
            else:
                raise ValueError(f"no layer of {self.size} has {length} places")
            small = F.interpolate(self._shares[:, None], (height, width), mode="area")
            small = small.reshape(len(self._shares), length, 1)
            self._known[key] = sent(small, like.device, like.dtype)
        return self._known[key]


class _Regional:
    """A processor of cross-attention around the one that was there."""

    def __init__(self, inner: Any, told: _Told) -> None:
        self._inner = inner
        self._told = told

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        *rest: Any,
        **named: Any,
    ) -> Tensor:
        whole = self._inner(attn, hidden_states, encoder_hidden_states, *rest, **named)
        first = len(hidden_states) // 2 if self._told.guided else 0
        asking, mixed = hidden_states[first:], whole[first:]
        shares = self._told.shares(hidden_states.shape[1], whole)
        answer = mixed
        for share, words in zip(shares, self._told.words, strict=True):
            told = words.expand(len(asking), -1, -1)
            answer = answer + share * (self._inner(attn, asking, told, *rest, **named) - mixed)
        return torch.cat([whole[:first], answer])


def _shares(masks: Sequence[NDArray[np.uint8]]) -> Tensor:
    """[R, H, W]: where several regions lie on each other, each has its part."""
    cover = torch.from_numpy(np.stack(masks).astype(np.float32) / 255)
    return SHARE * cover / cover.sum(0, keepdim=True).clamp_min(1.0)
