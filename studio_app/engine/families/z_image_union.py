"""A union of ControlNets for Z-Image (Fun-Controlnet-Union): what it adds inside the denoiser, of drawings and of x_t.

It is diffusers' ZImageControlNetModel, which borrows the entry of the denoiser that it is for. A drawing goes through
the autoencoder, once; whether it is a depth, a pose or edges the network sees for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.catalogue.folders import component_header
from studio_app.engine.controls.folders import ControlFolder
from studio_app.engine.device import Device
from studio_app.engine.families.z_image_card import PARTS
from studio_app.engine.families.z_image_file import control_config
from studio_app.engine.families.z_image_pass import SIZE, Looked, Samples, Told, filled, patches
from studio_app.engine.loading.budget import check_room
from studio_app.engine.loading.checkpoint import (
    TensorInfo,
    check_positive,
    read_header,
    refused,
)
from studio_app.engine.loading.networks import load_network, make_network
from studio_app.engine.loading.weights import Weights, part_of

_REFINER = "control_noise_refiner."
_MARK = "control_noise_refiner.0.before_proj.weight"


def load_union(model: Path, place: ControlFolder | Path, transformer: Any, device: Device) -> Any:
    """StudioError where it can't be used, or is for another denoiser."""
    if isinstance(place, Path):
        header = read_header(place, place)
        _check_room(place.name, header, device)
        network = _of_file(place, header, transformer, device)
    else:
        _check_room(place.name, component_header(place.place / place.name).tensors, device)
        network = load_network(place.place, place.name, device, PARTS)
    theirs, ours = network.config, transformer.config
    check_positive(model, place.name, {"norm_eps": theirs.norm_eps})
    if not _are_places(theirs.control_layers_places) or not (
        theirs.add_control_noise_refiner is None
        or _are_places(theirs.control_refiner_layers_places)
    ):
        raise refused(model, f"its {place.name} does not say behind which layers it acts")
    fits = (
        (theirs.dim, theirs.n_heads) == (ours.dim, ours.n_heads)
        and max(theirs.control_layers_places) < ours.n_layers
        and theirs.n_refiner_layers == ours.n_refiner_layers
        and theirs.control_in_dim >= ours.in_channels
    )
    if not fits:
        name = place.name
        raise refused(
            model, f"its {name} is for another model", "Take the one that was trained for it"
        )
    return type(network).from_transformer(network, transformer)


def _are_places(value: Any) -> bool:
    listed = isinstance(value, list | tuple)
    return listed and all(type(number) is int and number >= 0 for number in value)


def bytes_of_union(network: Any) -> int:
    """Of its own numbers, without what it borrows."""
    own = (tensor for name, tensor in network.named_parameters() if name.startswith("control_"))
    return sum(tensor.nbytes for tensor in own)


def _check_room(name: str, header: Mapping[str, TensorInfo], device: Device) -> None:
    """StudioError where it does not fit beside the model."""
    count = sum(info.count for info in header.values())
    check_room(f"The ControlNet {name}", count * device.dtype.itemsize, device.place)


def samples(
    network: Any,
    seen: Looked,
    time: Tensor,
    told: Told,
    drawings: Sequence[tuple[Tensor, float]],
) -> Samples:
    """seen, time, told: as the denoiser is asked. drawings: latents [1, C, h, w], and how strongly each acts; what they
    add is summed."""
    total: dict[int, Tensor] = {}
    for drawn, strength in drawings:
        hints = _hints(network, seen, time, told, drawn, strength)
        for layer, hint in zip(network.control_layers_places, hints, strict=True):
            more = hint * strength
            total[layer] = total[layer] + more if layer in total else more
    return total


def _hints(
    network: Any, seen: Looked, time: Tensor, told: Told, drawn: Tensor, strength: float
) -> Sequence[Tensor]:
    """What each of its layers adds, as in diffusers' forward, which works out again what the denoiser knows."""
    tokens, refined = seen.tokens, dict[int, Tensor]()
    context = network.control_all_x_embedder[SIZE](patches(_context(network, drawn)))
    context = filled(context, network.x_pad_token)
    first = network.add_control_noise_refiner
    if first is not None:
        layers = (
            network.control_layers if first == "control_layers" else network.control_noise_refiner
        )
        for layer in layers:
            context = layer(context, tokens, None, seen.turns, time)
        *hints, context = context.unbind()
        refined = dict(zip(network.control_refiner_layers_places, hints, strict=False))
    for number, layer in enumerate(network.noise_refiner):
        tokens = layer(tokens, None, seen.turns, time)
        if number in refined:
            tokens = tokens + refined[number] * strength
    if first is None:
        for layer in network.control_noise_refiner:
            context = layer(context, None, seen.turns, time)
    whole = torch.cat([tokens, told.tokens], 1)
    turns = torch.cat([seen.turns, told.turns], 1)
    context = torch.cat([context, told.tokens], 1)
    for layer in network.control_layers:
        context = layer(context, whole, None, turns, time)
    return context.unbind()[:-1]


def _context(network: Any, drawn: Tensor) -> Tensor:
    """The latent; of later versions also a mask and a picture to paint into, which are nothing here."""
    missing = network.config.control_in_dim - drawn.shape[1]
    if not missing:
        return drawn
    return torch.cat([drawn, drawn.new_zeros(len(drawn), missing, *drawn.shape[2:])], 1)


def _of_file(path: Path, header: Mapping[str, TensorInfo], transformer: Any, device: Device) -> Any:
    weights = part_of(path, path, "ControlNet", header, lambda name: name)
    config = control_config(path, weights.header, transformer.config.n_layers)
    own = {"dim", "n_heads", "n_kv_heads", "n_refiner_layers", "norm_eps", "qk_norm"}
    config |= {name: transformer.config[name] for name in own}
    if _is_silent(weights):
        config["add_control_noise_refiner"] = "control_layers"
    if config["add_control_noise_refiner"] == "control_layers":
        weights = weights.only(lambda name: not name.startswith(_REFINER))
    return make_network(config, weights, device)


def _is_silent(weights: Weights) -> bool:
    """Whether it has layers for the drawing that were never trained (version 2.0): they begin with zeros, which no
    header tells."""
    if _MARK not in weights.header:
        return False
    alone = weights.only(lambda name: name == _MARK)
    entry = alone.read(Device(torch.device("cpu"), torch.float32))[_MARK]
    return not bool(entry.any())
