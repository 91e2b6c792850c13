"""Normalised attention guidance (`attention_guidance.py`) where words and picture attend to each other in one sequence:
MM-DiT (Stable Diffusion 3, FLUX.2) and single streams (Z-Image).

There the unwanted words are a part of the sequence too, and neither words ever see the other: each attends to itself
and the picture. The picture asks twice, once with each, and goes on with what guidance makes of both answers. So the
network's products, which take most of the time, are asked for the picture once, as without a negative prompt; only
attention is twice what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from studio_app.engine.denoising.attention_guidance import Strength, guided

JOINT = Strength(scale=5.0, tau=2.5, alpha=0.25)
"""Of the paper's program, for Stable Diffusion 3.5 and FLUX.1 in few steps."""


@dataclass(frozen=True)
class Sequenced:
    """How a sequence is made up, in tokens. first: whether the words come before the picture; the unwanted ones follow
    the others."""

    words: int
    unwanted: int
    picture: int
    first: bool

    @property
    def sizes(self) -> list[int]:
        words = [self.words, self.unwanted]
        return [*words, self.picture] if self.first else [self.picture, *words]

    def parted(self, tensor: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(words, unwanted, picture) of [B, heads, tokens, D]."""
        parts = tensor.split(self.sizes, dim=2)
        return (parts[0], parts[1], parts[2]) if self.first else (parts[1], parts[2], parts[0])

    def joined(self, parts: Sequence[Tensor]) -> Tensor:
        """The other way; of one of both words with the picture as well."""
        *words, picture = parts
        return torch.cat([*words, picture] if self.first else [picture, *words], 2)


class AnsweredTwice(TorchFunctionMode):
    """Within the block attention of sequences of this length is as the module says; every other is as ever.

    diffusers ask for it in the processors of every family by one function of torch.
    """

    def __init__(self, sequence: Sequenced) -> None:
        super().__init__()
        self._sequence = sequence

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        named = dict(kwargs or {})
        if func is F.scaled_dot_product_attention:
            asked = dict(zip(("query", "key", "value"), args, strict=False)) | named
            whole = [asked.pop(name) for name in ("query", "key", "value")]
            if all(tensor.shape[2] == sum(self._sequence.sizes) for tensor in whole):
                return self._answer(whole, {**asked, "attn_mask": None})
        return func(*args, **named)

    def _answer(self, whole: Sequence[Tensor], how: dict[str, Any]) -> Tensor:
        sequence = self._sequence
        parts = [sequence.parted(tensor) for tensor in whole]
        told: list[Tensor] = []
        seen: list[Tensor] = []
        for which, length in enumerate((sequence.words, sequence.unwanted)):
            q, k, v = (sequence.joined((part[which], part[2])) for part in parts)
            answer = F.scaled_dot_product_attention(q, k, v, **how)
            sizes = [length, sequence.picture]
            ends = answer.split(sizes if sequence.first else sizes[::-1], dim=2)
            told.append(ends[0 if sequence.first else 1])
            seen.append(ends[1 if sequence.first else 0])
        wanted, unwanted = (_flat(answer) for answer in seen)
        picture = guided(wanted, unwanted, JOINT).unflatten(2, (seen[0].shape[1], -1))
        return sequence.joined((*told, picture.transpose(1, 2)))


def _flat(answer: Tensor) -> Tensor:
    """[B, tokens, heads x D] of [B, heads, tokens, D]."""
    return answer.transpose(1, 2).flatten(2)
