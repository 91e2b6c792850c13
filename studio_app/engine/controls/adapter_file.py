"""The file of an IP-Adapter (Ye et al. 2308.06721): what makes words of what an image encoder saw, and a processor for
each attention that hears them. Both are diffusers' own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.core.errors import StudioError
from studio_app.engine.device import Device
from studio_app.engine.loading.budget import check_room
from studio_app.engine.loading.checkpoint import TensorInfo, read_header, refused
from studio_app.engine.loading.networks import no_larger_than
from studio_app.engine.loading.weights import part_of

State = Mapping[str, Mapping[str, Tensor]]
"""By "image_proj" and "ip_adapter", tensors by their names in that part."""
_STRANGE = (
    AttributeError,
    IndexError,
    KeyError,
    RuntimeError,
    TypeError,
    ValueError,
    ZeroDivisionError,
)
"""What diffusers raise at tensors that they do not expect."""
_FIRST = ("proj.weight", "proj_in.weight", "proj.0.weight")
"""Of what makes words, the product that what was seen goes into first."""


def read_adapter(
    path: Path, device: Device, made_of: Callable[[State], tuple[Mapping[str, Any], Any]]
) -> tuple[dict[str, Any], Any, Mapping[str, Tensor]]:
    """(processors by name, what makes words of what was seen, tensors of that in the names of the file). made_of: both,
    of the tensors. StudioError where it is for another model, or does not fit."""
    header = read_header(path, path)
    if _is_of_faces(header):
        raise refused(path, "it is told of faces by another network", "Take an ordinary IP-Adapter")
    count = sum(info.count for info in header.values())
    check_room(f"The {path.name}", count * device.dtype.itemsize, device.place)
    weights = part_of(path, path, "IP-Adapter", header, lambda name: name)
    try:
        # On no memory first: of a few small tensors some networks would be made that are large in between.
        with torch.device("meta"), no_larger_than(len(weights.header)):
            nowhere = {name: torch.empty(info.shape) for name, info in weights.header.items()}
            made_of(_parted(nowhere))
        state = _parted(weights.read(device))
        made, words = made_of(state)
    except _STRANGE as error:
        raise for_another(path, str(error)) from None
    processors = {name: one for name, one in made.items() if isinstance(one, torch.nn.Module)}
    for network in (words, *processors.values()):
        network.to(device.place, device.dtype).requires_grad_(False).eval()
    return processors, words, state["image_proj"]


def check_sight(adapter: Path, sight: Path, reads: Mapping[str, Tensor], sees: int) -> None:
    """StudioError where an image encoder, which gives so many numbers, sees in others than the adapter reads."""
    first = next(reads[name] for name in _FIRST if name in reads)
    if first.shape[-1] != sees:
        raise StudioError(
            f"{sight.name} does not see for {adapter.name}",
            f"it gives {sees} numbers, and {first.shape[-1]} are read",
            "Put the image encoder that belongs to it beside it, and choose it again.",
        )


def for_another(adapter: Path, why: str) -> StudioError:
    said = f"it is for another model ({why[:80]})"
    return refused(adapter, said, "Take one that was made for it")


def _parted(tensors: Mapping[str, Tensor]) -> State:
    state: dict[str, dict[str, Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in tensors.items():
        part, _, own = name.partition(".")
        if part in state:
            state[part][own] = tensor
    return state


def _is_of_faces(header: Mapping[str, TensorInfo]) -> bool:
    """Whether it is told of a face by another network (FaceID): such have a perceiver, or a norm after two products."""
    perceives = any(name.startswith("image_proj.perceiver_resampler.") for name in header)
    return perceives or {"image_proj.proj.0.weight", "image_proj.norm.weight"} <= header.keys()
