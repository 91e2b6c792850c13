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
from studio_app.core.capabilities import Capabilities
from studio_app.core.errors import StudioError
from studio_app.core.hardware import memory
from studio_app.core.reading import is_dir
from studio_app.engine.device import Device, cpu_has_bf16
from studio_app.engine.loading.checkpoint import Part


@dataclass(frozen=True)
class Weight:
    """written: bytes of the weights in their files. held: as the device holds them, with room for a picture. words:
    what of that reads prompts, and can do so beside a card that has no room for it."""

    written: int
    held: int
    words: int = 0


def weight_of_file(header: Mapping[str, TensorInfo], can: Capabilities, device: Device) -> Weight:
    """Of one file that holds all parts."""
    told = {name: info for name, info in header.items() if name.startswith(_WORDS)}
    rest = {name: info for name, info in header.items() if name not in told}
    return _weight([rest], [told], can, device)


def weight_of_folder(
    folder: Path, parts: Sequence[Part], can: Capabilities, device: Device
) -> Weight:
    """Of what is read at once: what is only read when it is first asked for is another matter. StudioError."""
    names = [part.name for part in parts if part.at_once and not part.name.startswith("tokenizer")]
    there = [folder / name for name in names if is_dir(folder / name)]
    told = [path for path in there if path.name.startswith("text_encoder")]
    return _weight(_headers(set(there) - set(told)), _headers(told), can, device)


_WORDS = ("text_encoders.", "cond_stage_model.", "conditioner.")
"""What the names of text encoders begin with in one file."""


def _headers(places: Iterable[Path]) -> list[Mapping[str, TensorInfo]]:
    return [component_header(path).tensors for path in places]


def _weight(
    networks: Sequence[Mapping[str, TensorInfo]],
    words: Sequence[Mapping[str, TensorInfo]],
    can: Capabilities,
    device: Device,
) -> Weight:
    written = 0
    for header in (*networks, *words):
        written += sum(info.count * DTYPE_BITS[info.dtype] // 8 for info in header.values())
    held, told = (
        sum(info.count for header in headers for info in header.values()) * device.dtype.itemsize
        for headers in (networks, words)
    )
    pixels = max((width * height for width, height in can.sizes), default=0)
    held += pixels * PIXEL_BYTES * device.dtype.itemsize // 2
    return Weight(written, held + told, told)


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


def reader_device(device: Device, count: int) -> Device:
    """Where a large text encoder (T5, Qwen) reads prompts, and in which precision: by the CPU where the card holds no
    such one of `count` numbers beside what runs at every step, which is there already."""
    if device.place.type != "cuda" or free_memory(device) > count * device.dtype.itemsize + ROOM:
        return device
    total = memory()[0]
    small = bool(total) and 5 * count > total  # in full precision it would take most of the memory
    dtype = torch.bfloat16 if small or cpu_has_bf16() else torch.float32
    return Device(torch.device("cpu"), dtype)


ROOM = 1 << 31
"""Bytes of a card that a picture takes beside the networks; else prompts are read by the CPU."""


def fits_beside(name: str, weight: Weight, held: int, device: Device) -> bool:
    """Whether it fits beside the model that is open. held: bytes that this one gives back.

    StudioError where it does not even fit in its place.
    """
    free = free_memory(device)
    if not free or weight.held <= free:
        return True
    card = device.place.type == "cuda"
    least = weight.held - weight.words if card else weight.held
    if least > free + held:
        where = "graphics memory" if card else "memory"
        raise StudioError(
            f"The model {name} does not fit",
            f"it takes about {in_words(least)}, and {in_words(free + held)} of {where} can be had",
            "Close other programs, or choose a smaller model.",
        )
    return False
