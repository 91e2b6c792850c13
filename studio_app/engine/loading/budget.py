"""Whether a model fits into the memory that is free, asked before a byte of it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from studio_app.catalogue.budget import PIXEL_BYTES, in_words
from studio_app.catalogue.folders import component_header
from studio_app.catalogue.headers import DTYPE_BITS, TensorInfo
from studio_app.catalogue.joining import JoinedHeader
from studio_app.catalogue.numbers import KEPT_BITS
from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.core.hardware import memory
from studio_app.core.reading import is_dir
from studio_app.engine.device import Device, cpu_has_bf16
from studio_app.engine.loading.checkpoint import Part


@dataclass(frozen=True)
class Weight:
    """written: bytes of the weights in their files. held: as the device holds them, with room for a picture. words:
    what of that reads prompts, and can do so beside a card that has no room for it. kept: likewise where weights of few
    bits stay as they are written; None where it has none."""

    written: int
    held: int
    words: int = 0
    kept: Weight | None = None


@dataclass(frozen=True)
class Fit:
    """beside: whether a model fits beside the one that is open. kept: whether its weights have to stay as small as they
    are written. held: bytes that it takes."""

    beside: bool
    kept: bool
    held: int


@dataclass(frozen=True)
class _Lies:
    """A tensor. few: bits of a number of it, where a network computes with it as it is written."""

    info: TensorInfo
    few: float | None


def weight_of_file(header: Mapping[str, TensorInfo], can: Capabilities, device: Device) -> Weight:
    """Of one file that holds all parts."""
    packed = header.packed if isinstance(header, JoinedHeader) else {}
    told: list[_Lies] = []
    rest: list[_Lies] = []
    for name, info in header.items():
        small = len(info.shape) > 1 and not name.startswith(_MULTIPLIED_OUT)
        few = KEPT_BITS.get(packed.get(name, info.dtype)) if small else None
        (told if name.startswith(_WORDS) else rest).append(_Lies(info, few))
    return _weight(rest, told, can, device)


def weight_of_folder(
    folder: Path, parts: Sequence[Part], can: Capabilities, device: Device
) -> Weight:
    """Of what is read at once: what is only read when it is first asked for is another matter. StudioError."""
    names = [part.name for part in parts if part.at_once and not part.name.startswith("tokenizer")]
    there = {name: folder / name for name in names if is_dir(folder / name)}
    told: list[_Lies] = []
    rest: list[_Lies] = []
    for name, path in there.items():
        for info in component_header(path).tensors.values():
            small = len(info.shape) > 1 and name != "vae"
            few = KEPT_BITS.get(info.dtype) if small else None
            (told if name.startswith("text_encoder") else rest).append(_Lies(info, few))
    return _weight(rest, told, can, device)


_WORDS = ("text_encoders.", "cond_stage_model.", "conditioner.")
"""What the names of text encoders begin with in one file."""
_MULTIPLIED_OUT = (
    "vae.",
    "first_stage_model.",
    "cond_stage_model.",
    "conditioner.",
    "text_encoders.clip",
)
"""What those of autoencoders and of CLIPs begin with, which are small."""


def _weight(
    rest: Sequence[_Lies], words: Sequence[_Lies], can: Capabilities, device: Device
) -> Weight:
    written = sum(t.info.count * DTYPE_BITS[t.info.dtype] // 8 for t in (*rest, *words))
    pixels = max((width * height for width, height in can.sizes), default=0)
    picture = pixels * PIXEL_BYTES * device.dtype.itemsize // 2
    whole = 8 * device.dtype.itemsize

    def held(kept: bool, tensors: Sequence[_Lies]) -> int:
        bits = sum(t.info.count * (t.few if kept and t.few else whole) for t in tensors)
        return round(bits / 8)

    kept = None
    if any(tensor.few for tensor in (*rest, *words)):
        told = held(True, words)
        kept = Weight(written, held(True, rest) + told + picture, told)
    told = held(False, words)
    return Weight(written, held(False, rest) + told + picture, told, kept)


def free_memory(device: Device) -> int:
    """Bytes; 0 where nobody knows."""
    if device.place.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device.place)
        kept = torch.cuda.memory_reserved(device.place) - torch.cuda.memory_allocated(device.place)
        return free + kept
    return memory()[1]


def check_room(what: str, count: int, place: torch.device) -> None:
    """StudioError where so many bytes more can't be had there: before they are, for what an open model takes beside its
    own parts."""
    free = free_memory(Device(place, torch.float32))
    if free and count > free:
        where = "graphics memory" if place.type == "cuda" else "memory"
        raise StudioError(
            f"{what} does not fit",
            f"it takes about {in_words(count)} beside the model, and {in_words(free)} of {where} are free",
            "Close other programs, or leave it out.",
        )


def bytes_of(networks: Iterable[Any]) -> int:
    """What the numbers of networks take."""
    return sum(
        tensor.nbytes
        for network in networks
        for tensor in (*network.parameters(), *network.buffers())
    )


def reader_device(device: Device, count: int, there: int) -> Device:
    """Where a large text encoder (T5, Qwen) of `count` numbers reads prompts, and in which precision: by the CPU where
    the card has no room for its bytes beside what runs at every step, which is there already. there: bytes on the
    card."""
    if device.place.type != "cuda" or free_memory(device) > there + ROOM:
        return device
    total = memory()[0]
    small = bool(total) and 5 * count > total  # in full precision it would take most of the memory
    dtype = torch.bfloat16 if small or cpu_has_bf16() else torch.float32
    return Device(torch.device("cpu"), dtype, keeps=device.keeps)


ROOM = 1 << 31
"""Bytes of a card that a picture takes beside the networks; else prompts are read by the CPU."""


def fit_of(name: str, weight: Weight, held: int, device: Device) -> Fit:
    """How a model fits beside the one that is open, or in its place: multiplied out where it can be, since so it is
    quicker. held: bytes that the open one gives back.

    StudioError where it does not even fit in its place.
    """
    free = free_memory(device)
    if not free:
        return Fit(True, False, weight.held)
    card = device.place.type == "cuda"
    least = weight.held
    for each in (weight, *(() if weight.kept is None else (weight.kept,))):
        kept = each is not weight
        if each.held <= free:
            return Fit(True, kept, each.held)
        least = each.held - each.words if card else each.held
        if least <= free + held:
            return Fit(False, kept, each.held)
    where = "graphics memory" if card else "memory"
    raise StudioError(
        f"The model {name} does not fit",
        f"it takes about {in_words(least)}, and {in_words(free + held)} of {where} can be had",
        "Close other programs, or choose a smaller model.",
    )
