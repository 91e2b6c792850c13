"""A negative prompt without a second pass: normalised attention guidance (NAG, Chen et al. 2505.21179, algorithm 1).

Where true guidance asks the whole network twice, this asks only its cross-attentions: z of the words and z' of the
unwanted ones. z~ = s z - (s - 1) z' goes from what is unwanted; where it is longer than tau times z (L1), it is cut to
that; and the layer says alpha z~ + (1 - alpha) z. So it works with models that were distilled to few steps, at guidance
1, and those with a guidance embedding, which have no other way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from studio_app.engine.denoising.attention import attending
from studio_app.engine.denoising.unets import Pass


@dataclass(frozen=True)
class Strength:
    """scale: how far it goes from what is unwanted; the other two are as above."""

    scale: float
    tau: float
    alpha: float


CROSS = Strength(scale=3.0, tau=2.5, alpha=0.5)
"""Of the paper, for Stable Diffusion XL in few steps."""
_AS_IT_IS = nn.ModuleList([nn.Identity(), nn.Identity()])


def avoiding(plain: Pass, network: Any, unwanted: Tensor, hidden: Tensor | None = None) -> Pass:
    """A pass of a diffusers network with cross-attention that goes from the words `unwanted` [B, L, D], as its
    attentions hear them. hidden: [B, 1, L], what is added where one is none."""
    return attending(plain, network, lambda name, inner: _Avoiding(inner, unwanted, hidden))


class _Avoiding:
    """A processor of cross-attention around the one that was there."""

    def __init__(self, inner: Any, unwanted: Tensor, hidden: Tensor | None) -> None:
        self._inner, self._unwanted, self._hidden = inner, unwanted, hidden

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        *rest: Any,
        **named: Any,
    ) -> Tensor:
        words = self._unwanted.expand(len(hidden_states), -1, -1)
        last = attn.to_out
        attn.to_out = _AS_IT_IS  # both answers are compared before the layer's last product
        try:
            z = self._inner(attn, hidden_states, encoder_hidden_states, *rest, **named)
            named["attention_mask"] = self._hidden
            away = self._inner(attn, hidden_states, words, *rest, **named)
        finally:
            attn.to_out = last
        return last[1](last[0](guided(z, away)))


def guided(z: Tensor, away: Tensor, strength: Strength = CROSS) -> Tensor:
    """[B, N, C] of answers to the words and to the unwanted ones."""
    far = strength.scale * z - (strength.scale - 1) * away
    length = far.abs().sum(-1, keepdim=True)
    allowed = strength.tau * z.abs().sum(-1, keepdim=True)
    far = far * (allowed / length.clamp_min(torch.finfo(far.dtype).tiny)).clamp_max(1.0)
    return torch.lerp(z, far, strength.alpha)
