"""Numbers of few bits as the numbers that they stand for: fp8 with its scales, and the blocks of GGML's types.

Only what a card does by itself is done: no table is sent to it, so a pass may be captured or compiled around it. Each
type is multiplied out in the order of ggml-org/ggml (`src/ggml-quants.c`), in float32: the bits are those of the
package `gguf`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def multiplied_out(weight: Tensor, scale: Tensor | None) -> Tensor:
    """float32 of a matrix [O, ...] in fp8 and its scale: none, one number, [O], or [O, B, 1] of B blocks of a row."""
    whole = weight.to(torch.float32)
    if scale is None:
        return whole
    factor = scale.to(torch.float32)
    if is_of_blocks(tuple(scale.shape)):
        blocks = whole.reshape(*scale.shape[:2], -1)
        return (blocks * factor).reshape(whole.shape)
    factor = factor.flatten()
    return whole * (factor if factor.numel() == 1 else factor.reshape(-1, *[1] * (whole.ndim - 1)))


def is_of_blocks(scale: tuple[int, ...]) -> bool:
    """[O, B, 1], as kohya's programs write them: of a row's numbers, B blocks one after another."""
    return len(scale) == 3 and scale[1] > 1 and scale[2] == 1


def unpacked(rows: Tensor, kind: str) -> Tensor:
    """float32 [O, I] of uint8 [O, bytes], blocks of a type of `UNPACKED` one after another."""
    length, unpack = UNPACKED[kind]
    blocks = rows.reshape(-1, length)
    return unpack(blocks).reshape(len(rows), -1)


def _half(blocks: Tensor, at: int) -> Tensor:
    """float32 [n, 1] of what lies there."""
    return blocks[:, at : at + 2].view(torch.float16).float()


def _nibbles(quants: Tensor, run: int) -> Tensor:
    """uint8 [n, 2 m] of [n, m]: of each `run` bytes the lower halves, then the upper."""
    each = quants.reshape(len(quants), -1, run)
    return torch.stack((each & 15, each >> 4), 2).reshape(len(quants), -1)


def _quarters(quants: Tensor) -> Tensor:
    """uint8 [n, 4 m] of [n, m]: of each 32 bytes the lowest two bits, then the next."""
    each = quants.reshape(len(quants), -1, 32)
    return torch.stack([(each >> shift) & 3 for shift in (0, 2, 4, 6)], 2).reshape(len(quants), -1)


def _bits(each: Tensor) -> Tensor:
    """uint8 [n, 8, m] of [n, m]: of all bytes the lowest bit, then the next."""
    return torch.stack([(each >> shift) & 1 for shift in range(8)], 1)


def _fifth(high: Tensor) -> Tensor:
    """uint8 [n, 32]: one bit for each number of a block, out of four bytes."""
    return _bits(high).transpose(1, 2).reshape(len(high), 32) << 4


def _q4_0(blocks: Tensor) -> Tensor:
    return _half(blocks, 0) * (_nibbles(blocks[:, 2:], 16).float() - 8)


def _q4_1(blocks: Tensor) -> Tensor:
    return _half(blocks, 0) * _nibbles(blocks[:, 4:], 16) + _half(blocks, 2)


def _q5_0(blocks: Tensor) -> Tensor:
    quants = _nibbles(blocks[:, 6:], 16) | _fifth(blocks[:, 2:6])
    return _half(blocks, 0) * (quants.float() - 16)


def _q5_1(blocks: Tensor) -> Tensor:
    quants = _nibbles(blocks[:, 8:], 16) | _fifth(blocks[:, 4:8])
    return _half(blocks, 0) * quants + _half(blocks, 2)


def _q8_0(blocks: Tensor) -> Tensor:
    return _half(blocks, 0) * blocks[:, 2:].view(torch.int8)


def _q2_k(blocks: Tensor) -> Tensor:
    scales = blocks[:, :16]
    factor = (_half(blocks, 80) * (scales & 15))[:, :, None]
    least = (_half(blocks, 82) * (scales >> 4))[:, :, None]
    quants = _quarters(blocks[:, 16:80]).reshape(-1, 16, 16)
    return factor * quants - least


def _q3_k(blocks: Tensor) -> Tensor:
    low = torch.cat((blocks[:, 96:104] & 15, blocks[:, 96:104] >> 4), 1)
    high = torch.cat([(blocks[:, 104:108] >> shift) & 3 for shift in (0, 2, 4, 6)], 1)
    scales = (low | (high << 4)).float() - 32
    factor = (_half(blocks, 108) * scales)[:, :, None]
    missing = (_bits(blocks[:, :32]) ^ 1).reshape(-1, 16, 16)  # where the third bit is not set
    quants = _quarters(blocks[:, 32:96]).reshape(-1, 16, 16)
    return factor * (quants.float() - (missing << 2))


def _scales_and_least(blocks: Tensor) -> tuple[Tensor, Tensor]:
    """float32 [n, 8, 1] each, of six bits in the twelve bytes behind two halves."""
    first, second, both = blocks[:, 4:8], blocks[:, 8:12], blocks[:, 12:16]
    scales = torch.cat((first & 63, (both & 15) | ((first >> 2) & 48)), 1)
    least = torch.cat((second & 63, (both >> 4) | ((second >> 2) & 48)), 1)
    return (_half(blocks, 0) * scales)[:, :, None], (_half(blocks, 2) * least)[:, :, None]


def _q4_k(blocks: Tensor) -> Tensor:
    factor, least = _scales_and_least(blocks)
    return factor * _nibbles(blocks[:, 16:], 32).reshape(-1, 8, 32) - least


def _q5_k(blocks: Tensor) -> Tensor:
    factor, least = _scales_and_least(blocks)
    quants = _nibbles(blocks[:, 48:], 32).reshape(-1, 8, 32) | (_bits(blocks[:, 16:48]) << 4)
    return factor * quants - least


def _q6_k(blocks: Tensor) -> Tensor:
    factor = (_half(blocks, 208) * blocks[:, 192:208].view(torch.int8))[:, :, None]
    quants = _nibbles(blocks[:, :128], 64) | (_quarters(blocks[:, 128:192]) << 4)
    return factor * (quants.float() - 32).reshape(-1, 16, 16)


UNPACKED: dict[str, tuple[int, Callable[[Tensor], Tensor]]] = {
    "Q4_0": (18, _q4_0),
    "Q4_1": (20, _q4_1),
    "Q5_0": (22, _q5_0),
    "Q5_1": (24, _q5_1),
    "Q8_0": (34, _q8_0),
    "Q2_K": (84, _q2_k),
    "Q3_K": (110, _q3_k),
    "Q4_K": (144, _q4_k),
    "Q5_K": (176, _q5_k),
    "Q6_K": (210, _q6_k),
}
"""By GGML's name of a type, the bytes of its blocks, and how they are multiplied out."""
