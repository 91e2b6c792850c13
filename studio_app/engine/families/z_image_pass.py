"""A pass of Z-Image's denoiser: its words are refined once for all steps, places are worked out once for a size, and
nothing in a step makes the host wait for a card.

The network and its weights are diffusers' own, and so is the order of things. Its own forward refines the words in
every step, and asks the card for the places of tokens and for what is padding. Pictures of a batch differ in how long
their words are: they go through one after another, without the padding and the masks that they would need together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from studio_app.engine.denoising.joint_guidance import AnsweredTwice, Sequenced
from studio_app.engine.device import sent

PATCH = 2
"""Latent pixels on a side of a token."""
SIZE = "2-1"
"""What diffusers calls the parts for tokens of that size."""
WHOLE = 32
"""Sequences of words and of pictures are multiples of so many tokens."""

Samples = Mapping[int, Tensor]
"""By layer of the denoiser, what is added behind it, [1, N, D] of picture and words."""


@dataclass(frozen=True)
class Told:
    """A prompt, refined. tokens: [1, L, D]. turns: of their places, [1, L, D']."""

    tokens: Tensor
    turns: Tensor

    @property
    def length(self) -> int:
        return self.tokens.shape[1]


@dataclass(frozen=True)
class Looked:
    """A picture on its way in, before it knows its time. tokens: [1, N, D]. size: of the latent, (h, w)."""

    tokens: Tensor
    turns: Tensor
    size: tuple[int, int]


class Passes:
    """Of one ZImageTransformer2DModel."""

    def __init__(self, network: Any) -> None:
        self.network = network
        self._places: dict[tuple[int, ...], Tensor] = {}

    def tell(self, words: Tensor) -> Told:
        """words: [L, D] of a prompt."""
        net = self.network
        tokens = filled(net.cap_embedder(words)[None], net.cap_pad_token)
        turns = self._turns((tokens.shape[1], 1, 1), (1, 0, 0), 0)
        for layer in net.context_refiner:
            tokens = layer(tokens, None, turns)
        return Told(tokens, turns)

    def look(self, x_t: Tensor, told: Told) -> Looked:
        """x_t: [1, C, h, w]."""
        tokens = self.network.all_x_embedder[SIZE](patches(x_t))
        height, width = x_t.shape[2] // PATCH, x_t.shape[3] // PATCH
        missing = -tokens.shape[1] % WHOLE
        turns = self._turns((1, height, width), (told.length + 1, 0, 0), missing)
        tokens = filled(tokens, self.network.x_pad_token)
        return Looked(tokens, turns, (x_t.shape[2], x_t.shape[3]))

    def time(self, t: Tensor, like: Tensor) -> Tensor:
        """What every layer is told of a time."""
        return self.network.t_embedder(t * self.network.t_scale).type_as(like)

    def run(
        self,
        seen: Looked,
        time: Tensor,
        told: Told,
        added: Samples | None = None,
        unwanted: Told | None = None,
    ) -> Tensor:
        """The network's output, [1, C, h, w]. added: of a ControlNet. unwanted: words that it goes from."""
        net, tokens = self.network, seen.tokens
        for layer in net.noise_refiner:
            tokens = layer(tokens, None, seen.turns, time)
        words = (told,) if unwanted is None else (told, unwanted)
        whole = torch.cat([tokens, *(each.tokens for each in words)], 1)
        turns = torch.cat([seen.turns, *(each.turns for each in words)], 1)
        if unwanted is None:
            whole = self._through(whole, turns, time, added)
        else:
            length = tokens.shape[1]
            with AnsweredTwice(Sequenced(told.length, unwanted.length, length, first=False)):
                whole = self._through(whole, turns, time, added)
        whole = net.all_final_layer[SIZE](whole, c=time)
        return self._picture(whole, seen.size)

    def _through(self, whole: Tensor, turns: Tensor, time: Tensor, added: Samples | None) -> Tensor:
        for number, layer in enumerate(self.network.layers):
            whole = layer(whole, None, turns, time)
            if added is not None and number in added:
                more = added[number]
                whole = whole + F.pad(more, (0, 0, 0, whole.shape[1] - more.shape[1]))
        return whole

    def _picture(self, tokens: Tensor, size: tuple[int, int]) -> Tensor:
        height, width = size[0] // PATCH, size[1] // PATCH
        grid = tokens[:, : height * width].unflatten(1, (height, width))
        grid = grid.unflatten(3, (PATCH, PATCH, self.network.out_channels))
        return grid.permute(0, 5, 1, 3, 2, 4).reshape(1, -1, *size)

    def _turns(self, size: tuple[int, int, int], first: tuple[int, int, int], more: int) -> Tensor:
        """Of places of a grid, by rows, and of `more` at its origin."""
        key = (*size, *first, more)
        if key not in self._places:
            axes = [torch.arange(at, at + count) for at, count in zip(first, size, strict=True)]
            places = torch.cat(
                [torch.cartesian_prod(*axes), torch.zeros(more, 3, dtype=torch.long)]
            )
            made = self.network.rope_embedder(places)[None]
            if len(self._places) >= _KEPT:
                self._places.pop(next(iter(self._places)))
            self._places[key] = sent(made, self.network.x_pad_token.device)
        return self._places[key]


_KEPT = 16


def patches(x: Tensor) -> Tensor:
    """[1, N, 4 C] of [1, C, h, w]: of each token's pixels by rows, all channels."""
    x = x.unflatten(3, (-1, PATCH)).unflatten(2, (-1, PATCH))  # [1, C, h, p, w, p]
    return x.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)


def filled(tokens: Tensor, blank: Tensor) -> Tensor:
    """[1, N, D] with as many `blank` [1, D] behind it as make it whole."""
    missing = -tokens.shape[1] % WHOLE
    return torch.cat([tokens, blank.expand(1, missing, -1)], 1) if missing else tokens
