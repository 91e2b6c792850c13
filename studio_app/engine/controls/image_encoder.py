"""Image encoders from one file: CLIP's, a CLIPVisionModelWithProjection of transformers, by the shapes in its header or
by the config that lies beside it; and SigLIP's (Zhai et al. 2303.15343), a SiglipVisionModel, by its shapes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from studio_app.core.reading import is_file
from studio_app.engine.device import Device
from studio_app.engine.loading.budget import check_room
from studio_app.engine.loading.checkpoint import (
    check_shapes,
    part,
    read_config,
    read_header,
    refused,
)
from studio_app.engine.loading.ldm import Header
from studio_app.engine.loading.networks import class_of, known_keys, no_larger_than
from studio_app.engine.loading.weights import part_of

_PARTS = (part("*", "transformers", "CLIPVisionModelWithProjection"),)
_HEADS = 16
"""Of every one that is in use: ViT-L, ViT-H and ViT-bigG."""
_SIGLIP_HEADS = {768: 12}
"""By width, of SigLIP's; the larger ones have as many as those of CLIP."""
_ACTIVATIONS = {1024: "quick_gelu"}
"""OpenAI's ViT-L was trained with another than those of OpenCLIP."""
MAX_SIDE = 1024
"""Pixels of the square that it may want to see."""


def load_image_encoder(path: Path, device: Device) -> Any:
    """CLIP's. StudioError where it is none, or does not fit."""
    names = "CLIPVisionConfig", "CLIPVisionModelWithProjection"
    return _load(path, device, names, _own_name, lambda header: _config(path, header))


def load_siglip(path: Path, device: Device) -> Any:
    """SigLIP's. StudioError where it is none, or does not fit."""
    names = "SiglipVisionConfig", "SiglipVisionModel"
    return _load(path, device, names, _siglip_name, _siglip_config)


def _load(
    path: Path,
    device: Device,
    names: tuple[str, str],
    own_name: Callable[[str], str | None],
    config_of: Callable[[Header], dict[str, Any]],
) -> Any:
    """names: of the classes of config and model. own_name: of a tensor of the file, in the model; None of what is left
    out."""
    header = read_header(path, path)
    weights = part_of(path, path, "image encoder", header, own_name)
    settings, kind = (class_of(name) for name in names)
    try:
        config = config_of(weights.header)
        with torch.device("meta"), no_larger_than(len(weights.header)):
            model: Any = kind(settings(**known_keys(config, settings)))
    except (KeyError, IndexError, ValueError, TypeError, RuntimeError, ZeroDivisionError) as error:
        raise refused(path, f"it is no image encoder that is known ({error})") from None
    if model.config.image_size > MAX_SIDE:
        raise refused(path, f"it wants to see {model.config.image_size} pixels in a row")
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    check_shapes(path, weights.part, weights.header, wanted)
    count = sum(math.prod(shape) for shape in wanted.values())
    check_room(f"The {path.name}", count * device.dtype.itemsize, device.place)
    model.load_state_dict(weights.read(device), strict=True, assign=True)
    for name, buffer in list(model.named_buffers()):
        if buffer.is_meta:  # position_ids is in no file
            owner = model.get_submodule(name.rpartition(".")[0])
            owner.position_ids = torch.arange(buffer.shape[-1], device=device.place)[None]
    return model.to(device.place).requires_grad_(False).eval()


def _own_name(name: str) -> str | None:
    """What a whole CLIP has beside is left out."""
    seeing = name.startswith(("vision_model.", "visual_projection."))
    return name if seeing and not name.endswith("position_ids") else None


def _config(path: Path, header: Header) -> dict[str, Any]:
    if is_file(path.with_name("config.json")) and path.stem.startswith("model"):
        return read_config(path.parent.parent, path.parent.name, _PARTS)
    width, _, patch, _ = header["vision_model.embeddings.patch_embedding.weight"].shape
    places = header["vision_model.embeddings.position_embedding.weight"].shape[0]
    return {
        "hidden_size": width,
        "patch_size": patch,
        "image_size": patch * math.isqrt(places - 1),
        "num_hidden_layers": _layers(header, "vision_model.encoder.layers."),
        "num_attention_heads": _HEADS,
        "intermediate_size": header["vision_model.encoder.layers.0.mlp.fc1.weight"].shape[0],
        "projection_dim": header["visual_projection.weight"].shape[0],
        "hidden_act": _ACTIVATIONS.get(width, "gelu"),
    }


def _siglip_name(name: str) -> str | None:
    """Whether it begins as older versions of transformers wrote it, or not. What pools a picture, and what a SigLIP
    has beside its eyes, is left out."""
    own = name.removeprefix("vision_model.")
    seeing = own.startswith(("embeddings.", "encoder.", "post_layernorm."))
    return own if seeing and not own.endswith("position_ids") else None


def _siglip_config(header: Header) -> dict[str, Any]:
    width, _, patch, _ = header["embeddings.patch_embedding.weight"].shape
    places = header["embeddings.position_embedding.weight"].shape[0]
    return {
        "hidden_size": width,
        "patch_size": patch,
        "image_size": patch * math.isqrt(places),
        "num_hidden_layers": _layers(header, "encoder.layers."),
        "num_attention_heads": _SIGLIP_HEADS.get(width, _HEADS),
        "intermediate_size": header["encoder.layers.0.mlp.fc1.weight"].shape[0],
        "vision_use_head": False,
    }


def _layers(header: Header, before: str) -> int:
    pattern = re.compile(re.escape(before) + r"(\d{1,3})\.")
    return len({match[1] for match in map(pattern.match, header) if match})
