"""Making networks from a checked folder. Their classes are diffusers' and transformers' own, by name.

A network is described first, without memory; the file must hold exactly its tensors; then they are read.
"""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from torch import nn

from studio_app.engine.device import Device, words_device
from studio_app.engine.loading.checkpoint import (
    Part,
    check_shapes,
    go_offline,
    read_config,
    refused,
)
from studio_app.engine.loading.lean import lean
from studio_app.engine.loading.patches import fill_places
from studio_app.engine.loading.weights import Weights, weights_of
from studio_app.engine.operators.kept import keep, keepable

_BODY = "text_model."
CHEAP = 200_000_000
"""Parameters of a text encoder up to which a CPU holds it in full precision."""
MAX_WORDS = 1024
"""Tokens a text encoder may read: its attention takes memory with their square."""
LEAST_WORDS = 4
"""Tokens that it has to: where a text begins and ends, what kind it is of, and one of its words."""


def load_network(
    folder: Path,
    component: str,
    device: Device,
    parts: Sequence[Part],
    trimmed: Callable[[Any], Any] | None = None,
) -> Any:
    """The diffusers network of a folder's component, frozen, in eval mode.

    parts: of its family. trimmed: takes off what the file has no weights of. StudioError where config and weights do
    not make the same network.
    """
    config = read_config(folder, component, parts)
    return make_network(config, weights_of(folder, component, newer_name), device, trimmed)


def make_network(
    config: dict[str, Any],
    weights: Weights,
    device: Device,
    trimmed: Callable[[Any], Any] | None = None,
) -> Any:
    """The network that a config describes (`_class_name` is one of `CLASSES`), with these weights. Otherwise as
    `load_network`."""
    kind = class_of(config["_class_name"])
    try:
        _check_kinds(config)
        with torch.device("meta"), no_larger_than(len(weights.header)), warnings.catch_warnings():
            # A stranger's config may hold keys that diffusers grumbles at.
            warnings.simplefilter("ignore")
            network: Any = kind.from_config(known_keys(config, kind))
            if trimmed is not None:
                network = trimmed(network)
        _check_scaling(network.config)
        _check_groups(network)
    except Exception as error:  # whatever a stranger's config makes diffusers raise
        raise refused(weights.model, f"its {weights.part} makes no network ({error})") from error
    wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    check_shapes(weights.model, weights.part, weights.header, wanted)
    try:
        fill_places(network)  # not before its width is known to be that of the file
    except ValueError as error:
        raise refused(weights.model, f"its {weights.part} makes no network ({error})") from error
    # An autoencoder is small beside what it takes for a picture.
    small = keepable(network) if device.keeps and not kind.__name__.startswith("Auto") else ()
    state = keep(network, weights.read_small(device, small), device.dtype)
    network.load_state_dict(state, strict=True, assign=True)
    return _settled(network, device)


def _check_scaling(config: Any) -> None:
    """ValueError where an autoencoder's latents are scaled by what is no number, or by nothing."""
    for name in ("scaling_factor", "shift_factor"):
        value = config.get(name)
        if value is None:
            continue
        plain = isinstance(value, int | float) and type(value) is not bool and math.isfinite(value)
        if not plain or (name == "scaling_factor" and value == 0):
            raise ValueError(f"{name} is {str(value)[:40]}")


_NUMBERS = ("norm_eps", "freq_shift", "mid_block_scale_factor")
_COUNTS = ("attention_head_dim", "addition_time_embed_dim")


def _check_kinds(config: dict[str, Any]) -> None:
    """ValueError where what diffusers asks for when it draws first is not of its kind."""
    for name in (name for name in _NUMBERS if name in config):
        value = config[name]
        if type(value) not in (int, float) or not math.isfinite(value):
            raise ValueError(f"{name} is {str(value)[:40]}")
    padding = config.get("downsample_padding", 0)
    if type(padding) is not int or padding < 0:
        raise ValueError(f"downsample_padding is {str(padding)[:40]}")
    for name in _COUNTS:
        value: Any = config.get(name)
        counts: list[Any] = list(value) if isinstance(value, list | tuple) else [value]
        if value is not None and not all(type(one) is int and one > 0 for one in counts):
            raise ValueError(f"{name} is {str(value)[:40]}")


def _check_groups(network: nn.Module) -> None:
    """ValueError where channels are taken together in groups that torch has none of."""
    for part in network.modules():
        if isinstance(part, nn.GroupNorm) and part.num_groups < 1:
            raise ValueError(f"it has {part.num_groups} groups of channels")


def load_text_encoder(
    folder: Path, device: Device, parts: Sequence[Part], end: str = ""
) -> tuple[Any, Any]:
    """(CLIPTokenizer, CLIPTextModel or CLIPTextModelWithProjection) of the folder. end: of the components' names."""
    config = read_config(folder, f"text_encoder{end}", parts)
    weights = weights_of(folder, f"text_encoder{end}", text_name)
    words = folder / f"tokenizer{end}"
    try:
        tokenizer = class_of("CLIPTokenizer").from_pretrained(words, local_files_only=True)
    except Exception as error:  # whatever a stranger's files make transformers raise
        raise refused(folder, f"its {words.name} can't be loaded ({error})") from error
    return tokenizer, make_text_encoder(config, weights, tokenizer, device)


def make_text_encoder(
    config: dict[str, Any], weights: Weights, tokenizer: Any, device: Device
) -> Any:
    """A CLIPTextModel (unless `_class_name` says another) with these weights; a small one in float32 on a CPU, where
    it is cheap. tokenizer: whose words it has to know; told how many it reads."""
    model_path, device = weights.model, words_device(device)
    kind = class_of(config.get("_class_name", "CLIPTextModel"))
    settings = class_of("CLIPTextConfig")
    try:
        with torch.device("meta"), no_larger_than(len(weights.header)):
            model: Any = kind(settings(**known_keys(config, settings)))
    except Exception as error:  # whatever a stranger's files make transformers raise
        raise refused(model_path, f"its text encoder can't be loaded ({error})") from error
    named = {name.removeprefix(_BODY): name for name in model.state_dict()}
    wanted = {name: tuple(model.state_dict()[own].shape) for name, own in named.items()}
    check_shapes(model_path, weights.part, weights.header, wanted)
    count = sum(math.prod(shape) for shape in wanted.values())
    cheap = device.place.type == "cpu" and count < CHEAP
    precise = Device(device.place, torch.float32) if cheap else device
    tensors = weights.read(precise)
    model.load_state_dict({named[name]: tensors[name] for name in named}, strict=True, assign=True)
    for name, buffer in list(model.named_buffers()):
        if buffer.is_meta:  # position_ids is in no file
            owner = model.get_submodule(name.rpartition(".")[0])
            owner.position_ids = torch.arange(buffer.shape[-1], device=device.place)[None]
    length: int = model.config.max_position_embeddings
    if length > MAX_WORDS:
        raise refused(
            model_path, f"its text encoder reads {length} tokens, and at most {MAX_WORDS} are borne"
        )
    read: Any = tokenizer.model_max_length
    if type(read) not in (int, float) or not min(read, length) >= LEAST_WORDS:
        raise refused(model_path, f"its tokenizer reads {str(read)[:20]} tokens")
    tokenizer.model_max_length = min(read, length)
    if type(model.config.eos_token_id) is not int:
        raise refused(model_path, "its text encoder does not know by one token where a text ends")
    if max(tokenizer.get_vocab().values(), default=0) >= model.config.vocab_size:
        raise refused(model_path, "its tokenizer has more words than its text encoder")
    return model.to(device.place).requires_grad_(False).eval()


def known_keys(config: dict[str, Any], kind: Any) -> dict[str, Any]:
    """What a class itself says that it reads of a config. Other keys of a stranger's file never reach the libraries:
    some make them look for code elsewhere (`_attn_implementation`)."""
    own = vars(kind).get("__annotations__", {}) if is_dataclass(kind) else {}
    names = own or signature(kind.__init__).parameters
    return {name: value for name, value in config.items() if name in names and name[0] != "_"}


_OLDER = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
"""What the attention of an autoencoder was called before diffusers 0.17, as in the files of Stable Diffusion 1.5."""


def newer_name(name: str) -> str:
    before, _, last = name.rpartition(".")
    block, _, part = before.rpartition(".")
    return f"{block}.{_OLDER[part]}.{last}" if part in _OLDER and ".attentions." in name else name


def text_name(name: str) -> str | None:
    """Checkpoints of older transformers call the body of CLIPTextModel `text_model`, and keep what is counted."""
    return None if name.endswith("position_ids") else name.removeprefix(_BODY)


CLASSES = {
    "AutoencoderDC": "diffusers.models.autoencoders.autoencoder_dc",
    "AutoencoderKL": "diffusers.models.autoencoders.autoencoder_kl",
    "AutoencoderKLFlux2": "diffusers.models.autoencoders.autoencoder_kl_flux2",
    "AutoencoderTiny": "diffusers.models.autoencoders.autoencoder_tiny",
    "ControlNetModel": "diffusers.models.controlnets.controlnet",
    "ControlNetUnionModel": "diffusers.models.controlnets.controlnet_union",
    "Flux2Transformer2DModel": "diffusers.models.transformers.transformer_flux2",
    "PixArtTransformer2DModel": "diffusers.models.transformers.pixart_transformer_2d",
    "SD3ControlNetModel": "diffusers.models.controlnets.controlnet_sd3",
    "SD3Transformer2DModel": "diffusers.models.transformers.transformer_sd3",
    "T2IAdapter": "diffusers.models.adapter",
    "UNet2DConditionModel": "diffusers.models.unets.unet_2d_condition",
    "ZImageControlNetModel": "diffusers.models.controlnets.controlnet_z_image",
    "ZImageTransformer2DModel": "diffusers.models.transformers.transformer_z_image",
    "CLIPTextConfig": "transformers.models.clip.configuration_clip",
    "CLIPTextModel": "transformers.models.clip.modeling_clip",
    "CLIPTextModelWithProjection": "transformers.models.clip.modeling_clip",
    "CLIPVisionConfig": "transformers.models.clip.configuration_clip",
    "CLIPVisionModelWithProjection": "transformers.models.clip.modeling_clip",
    "SiglipVisionConfig": "transformers.models.siglip.configuration_siglip",
    "SiglipVisionModel": "transformers.models.siglip.modeling_siglip",
    "CLIPTokenizer": "transformers.models.clip.tokenization_clip",
    "Qwen2Tokenizer": "transformers.models.qwen2.tokenization_qwen2",
    "Qwen3Config": "transformers.models.qwen3.configuration_qwen3",
    "Qwen3Model": "transformers.models.qwen3.modeling_qwen3",
    "T5Config": "transformers.models.t5.configuration_t5",
    "T5EncoderModel": "transformers.models.t5.modeling_t5",
}
"""Every class that is ever made of a model's files, and where it lies in these versions of the two libraries."""


@cache
def class_of(name: str) -> Any:
    """A class of `CLASSES`. The first one takes seconds; only the one that is asked for is brought in."""
    go_offline()
    place = CLASSES[name]
    library = place.partition(".")[0]
    return lean(
        lambda: getattr(import_module(place), name),
        lambda: getattr(import_module(library), name),  # where it lies elsewhere
    )


@contextlib.contextmanager
def no_larger_than(tensors: int) -> Iterator[None]:
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
