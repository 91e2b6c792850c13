"""Layers whose weights stay as small as they are in their file, and are multiplied out where they are used: in four
bits a network of six billion numbers takes 4 GB rather than 12, and every step a little longer.

A pass sees the very numbers that it would see if they had been multiplied out when they were read, with LoRAs too: the
picture is the same, bit for bit, however much memory there was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from studio_app.engine.operators.unpacking import multiplied_out, unpacked

FP8 = ("F8_E4M3", "F8_E5M2")
"""In safetensors' words."""
_AT_ONCE = 1 << 23
"""Numbers that are multiplied out at once, in float32."""


@dataclass(frozen=True)
class Small:
    """numbers: uint8 [O, bytes], blocks of GGML's `kind`; or fp8 [O, ...], where there is none. scale: of fp8, as
    `multiplied_out` takes it; one for each row, or each block of it, or for all."""

    numbers: Tensor
    kind: str = ""
    scale: Tensor | None = None

    @property
    def nbytes(self) -> int:
        return self.numbers.nbytes + (0 if self.scale is None else self.scale.nbytes)

    def rows(self, which: slice | Tensor) -> Tensor:
        """float32 of these."""
        numbers = self.numbers.view(torch.uint8)[which].view(self.numbers.dtype)
        if self.kind:
            return unpacked(numbers, self.kind)
        scale = self.scale
        if scale is not None and scale.numel() > 1:
            scale = scale[which]
        return multiplied_out(numbers, scale)

    def parts(self) -> Iterator[Tensor]:
        """float32 of all rows, a few at once."""
        count = len(self.numbers)
        step = max(_AT_ONCE * count // max(self.numbers.numel(), 1), 1)
        for first in range(0, count, step):
            yield self.rows(slice(first, first + step))


class Change(Protocol):
    def of(self, weight: Tensor) -> Tensor:
        """What it adds to a weight: float32 of and in its shape."""
        ...


class KeptLayer(nn.Module):
    """dtype: that it computes in. shape: of its weight. changes: what is added to that, and how much of each."""

    numbers: Tensor
    scale: Tensor | None
    kind: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    changes: tuple[tuple[Change, float], ...]

    @property
    def small(self) -> Small:
        return Small(self.numbers, self.kind, self.scale)

    @property
    def plain(self) -> Tensor:
        """The weight without changes."""
        parts = [part.to(self.dtype) for part in self.small.parts()]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    @property
    def weight(self) -> Tensor:
        plain = self.plain
        if not self.changes:
            return plain
        total = base = plain.float()
        for change, share in self.changes:
            total = total + share * change.of(base)
        return total.to(self.dtype)


class KeptLinear(KeptLayer, nn.Linear): ...  # pyright: ignore[reportIncompatibleVariableOverride]


class KeptConv2d(KeptLayer, nn.Conv2d): ...  # pyright: ignore[reportIncompatibleVariableOverride]


class KeptEmbedding(KeptLayer, nn.Embedding):  # pyright: ignore[reportIncompatibleVariableOverride]
    """Only the rows of the words of a prompt are multiplied out."""

    def forward(self, input: Tensor) -> Tensor:
        rows = self.small.rows(input.flatten()).to(self.dtype)
        return rows.unflatten(0, input.shape)


_KINDS: dict[type, type[KeptLayer]] = {
    nn.Linear: KeptLinear,
    nn.Conv2d: KeptConv2d,
    nn.Embedding: KeptEmbedding,
}


def keepable(network: nn.Module) -> set[str]:
    """Names of weights of a network that may stay small."""
    names = (f"{path}.weight" for path, m in network.named_modules() if type(m) in _KINDS)
    return set(names)


def keep(network: nn.Module, state: Mapping[str, Tensor | Small], dtype: torch.dtype) -> Any:
    """Makes the layers of what is small in a state keep it so; the rest of the state. dtype: that they compute in."""
    rest: dict[str, Tensor] = {}
    for name, value in state.items():
        if isinstance(value, Small):
            _keep(network.get_submodule(name.removesuffix(".weight")), value, dtype)
        else:
            rest[name] = value
    return rest


def _keep(layer: Any, small: Small, dtype: torch.dtype) -> None:
    shape = tuple(layer.weight.shape)
    del layer._parameters["weight"]
    layer.__class__ = _KINDS[type(layer)]
    layer.register_buffer("numbers", small.numbers, persistent=False)
    layer.register_buffer("scale", small.scale, persistent=False)
    layer.kind, layer.dtype, layer.shape, layer.changes = small.kind, dtype, shape, ()


def keeps(network: nn.Module) -> bool:
    """Whether any of its layers does."""
    return any(isinstance(module, KeptLayer) for module in network.modules())
