"""Making networks from a checked folder. Their classes are diffusers' and transformers' own, by name.

A network is described first, without memory; the file must hold exactly its tensors; then they are read.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from studio_app.core.errors import StudioError
from studio_app.engine.checkpoint import (
    check_shapes,
    go_offline,
    read_config,
    read_header,
    refused,
    weights_file,
)
from studio_app.engine.device import Device
from studio_app.engine.lean import lean
from studio_app.engine.maps import CHANNELS, precise_end, without_encoder

_DECODERS = ("maps", "draft")
"""Components that are the decoder of an AutoencoderDC alone."""

_POSITIONS = "position_ids"
MAX_WORDS = 1024
"""Tokens a text encoder may read: its attention takes memory with their square."""


def load_network(folder: Path, component: str, device: Device) -> Any:
    """The diffusers network of a component (unet, teacher, vae, maps, draft, adapter_*), frozen, in eval mode.

    Raises StudioError where config and weights do not make the same network.
    """
    config = read_config(folder, component)
    path = weights_file(folder, component)
    header = read_header(path)
    kind = _classes()[config["_class_name"]]
    try:
        with torch.device("meta"), _no_larger_than(len(header)), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # a stranger's config may hold keys that diffusers grumbles at
            network: nn.Module = kind.from_config(config)
            if component in _DECODERS:
                network = without_encoder(network)
    except Exception as error:  # whatever a stranger's config makes diffusers raise
        raise refused(folder, f"{component}/config.json makes no network ({error})") from error
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    check_shapes(folder, component, header, wanted)
    network.load_state_dict(_read(folder, path, device), strict=True, assign=True)
    return _settled(network, device)


def load_maps(folder: Path, device: Device, latent_channels: int) -> Any:
    """The maps decoder of a folder, whose latents have `latent_channels`. Raises StudioError."""
    network = load_network(folder, "maps", device)
    if network.config.in_channels != CHANNELS:
        raise refused(
            folder, f"its maps have {network.config.in_channels} channels, not {CHANNELS}"
        )
    if network.config.latent_channels != latent_channels:
        raise refused(folder, "its maps decoder and its autoencoder have different latents")
    return precise_end(network)


def load_draft(folder: Path, device: Device, latent_channels: int) -> Any:
    """The draft decoder of a folder, whose latents have `latent_channels`. Raises StudioError."""
    network = load_network(folder, "draft", device)
    if network.config.in_channels != 3 or network.config.latent_channels != latent_channels:
        raise refused(folder, "its draft decoder and its autoencoder do not fit each other")
    return network


def load_text_encoder(folder: Path, device: Device) -> tuple[Any, Any]:
    """(CLIPTokenizer, CLIPTextModel) of the folder; the model in float32 on a CPU, where it is cheap."""
    config = read_config(folder, "text_encoder")
    path = weights_file(folder, "text_encoder")
    header = {_text_name(name): info for name, info in read_header(path).items()}
    header = {name: info for name, info in header.items() if not name.endswith(_POSITIONS)}
    kinds = _classes()
    try:
        with torch.device("meta"), _no_larger_than(len(header)):
            model: Any = kinds["CLIPTextModel"](kinds["CLIPTextConfig"].from_dict(config))
        words = folder / "tokenizer"
        tokenizer = kinds["CLIPTokenizer"].from_pretrained(words, local_files_only=True)
    except Exception as error:  # whatever a stranger's files make transformers raise
        raise refused(folder, f"its text encoder can't be loaded ({error})") from error
    named = {_text_name(name): name for name in model.state_dict()}
    wanted = {name: tuple(model.state_dict()[own].shape) for name, own in named.items()}
    check_shapes(folder, "text_encoder", header, wanted)
    precise = Device(device.place, torch.float32) if device.place.type == "cpu" else device
    tensors = {_text_name(name): tensor for name, tensor in _read(folder, path, precise).items()}
    model.load_state_dict({named[name]: tensors[name] for name in named}, strict=True, assign=True)
    for name, buffer in list(model.named_buffers()):
        if buffer.is_meta:  # position_ids is in no file
            owner = model.get_submodule(name.rpartition(".")[0])
            owner.position_ids = torch.arange(buffer.shape[-1], device=device.place)[None]
    length: int = model.config.max_position_embeddings
    if length > MAX_WORDS:
        raise refused(
            folder, f"its text encoder reads {length} tokens, and at most {MAX_WORDS} are borne"
        )
    tokenizer.model_max_length = min(tokenizer.model_max_length, length)
    if max(tokenizer.get_vocab().values(), default=0) >= model.config.vocab_size:
        raise refused(folder, "its tokenizer has more words than its text encoder")
    return tokenizer, model.to(device.place).requires_grad_(False).eval()


def _text_name(name: str) -> str:
    # Checkpoints of older transformers call the body of CLIPTextModel `text_model`.
    return name.removeprefix("text_model.")


@cache
def _classes() -> dict[str, Any]:
    """Of diffusers and transformers, by name. Seconds, once."""
    go_offline()
    return {kind.__name__: kind for kind in lean(_by_file, _by_package)}


def _by_file() -> tuple[Any, ...]:
    """Where the files are may change with diffusers and transformers: `_by_package` finds them then."""
    from diffusers.models.adapter import T2IAdapter
    from diffusers.models.autoencoders.autoencoder_dc import AutoencoderDC
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
    from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
    from transformers.models.clip.configuration_clip import CLIPTextConfig
    from transformers.models.clip.modeling_clip import CLIPTextModel
    from transformers.models.clip.tokenization_clip import CLIPTokenizer

    autoencoders = AutoencoderDC, AutoencoderKL, AutoencoderTiny
    return (
        *autoencoders,
        T2IAdapter,
        UNet2DConditionModel,
        CLIPTextConfig,
        CLIPTextModel,
        CLIPTokenizer,
    )


def _by_package() -> tuple[Any, ...]:
    from diffusers import (
        AutoencoderDC,
        AutoencoderKL,
        AutoencoderTiny,
        T2IAdapter,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    autoencoders = AutoencoderDC, AutoencoderKL, AutoencoderTiny
    return (
        *autoencoders,
        T2IAdapter,
        UNet2DConditionModel,
        CLIPTextConfig,
        CLIPTextModel,
        CLIPTokenizer,
    )


def _read(folder: Path, path: Path, device: Device) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise StudioError(f"Can't read {path.name} of {path.parent.name}", str(error)) from error
    for name, tensor in tensors.items():
        if tensor.is_floating_point():
            tensors[name] = tensor = tensor.to(device.place, device.dtype)
            # One infinite weight of an autoencoder makes every picture black, without a word.
            if not bool(torch.isfinite(tensor.sum(dtype=torch.float32))):
                raise refused(
                    folder, f"{path.parent.name}: {name} holds numbers that are not finite"
                )
    return tensors


@contextlib.contextmanager
def _no_larger_than(tensors: int) -> Iterator[None]:
    """Stops the making of a network that could never fit a file of so many tensors: 64 blocks of 64 layers of 64
    transformers take minutes, though they take no memory."""
    # An AutoencoderDC is made with the encoder that its decoder's file lacks; some weights are made twice.
    left = {"parameters": 4 * tensors + 200, "modules": 20 * tensors + 1000}

    def counted(what: str) -> None:
        left[what] -= 1
        if left[what] < 0:
            raise ValueError(
                f"it asks for far more {what} than the {tensors} tensors of its weights"
            )

    handles = (
        torch.nn.modules.module.register_module_parameter_registration_hook(
            lambda *_: counted("parameters")
        ),
        torch.nn.modules.module.register_module_module_registration_hook(
            lambda *_: counted("modules")
        ),
    )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _settled(network: nn.Module, device: Device) -> nn.Module:
    network = network.to(device.place).requires_grad_(False).eval()
    return network.to(memory_format=device.memory_format)  # type: ignore[call-overload]
