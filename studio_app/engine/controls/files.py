"""A ControlNet, a union of them or a T2I-Adapter in one file, wherever it lies: in diffusers' names, in those of the
first ControlNets (LDM) and of T2I-Adapter.

Where a config lies beside it, that says what the network is. Else it is taken for one that was begun from the U-Net
it shall draw into, as ControlNets are; shapes tell the rest, and what does not fit is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio_app.core.reading import is_file
from studio_app.engine.device import Device
from studio_app.engine.loading.checkpoint import (
    TensorInfo,
    part,
    read_config,
    read_header,
    refused,
)
from studio_app.engine.loading.ldm import UNET, Header, unet_name
from studio_app.engine.loading.networks import make_network, newer_name
from studio_app.engine.loading.weights import Rename, part_of

_ANY = (part("*", "diffusers", "ControlNetModel", "ControlNetUnionModel", "T2IAdapter"),)
_PREFIX = "control_model."
_HINT = "input_hint_block."
_SEEN = "controlnet_cond_embedding."


def load_control_file(path: Path, unet: Mapping[str, Any], device: Device) -> Any:
    """A ControlNetModel, a ControlNetUnionModel or a T2IAdapter. unet: config of the U-Net that it draws into.
    StudioError."""
    header = read_header(path, path)
    rename = _names(header)
    named = {own: info for name, info in header.items() if (own := rename(name)) is not None}
    if is_file(path.with_name("config.json")) and path.stem.startswith("diffusion_pytorch_model"):
        config = read_config(path.parent.parent, path.parent.name, _ANY)
    else:
        try:
            config = _adapter(named) if _is_adapter(named) else _controlnet(named, unet)
        except (KeyError, IndexError, ValueError) as error:
            raise refused(path, f"it is no ControlNet or adapter that is known ({error})") from None
    return make_network(config, part_of(path, path, path.stem, header, rename), device)


def _names(header: Header) -> Rename:
    """Names of the file -> of diffusers' class."""
    bare = {name.removeprefix(_PREFIX): info for name, info in header.items()}
    if f"{_HINT}0.weight" in bare:
        last = max(
            int(match[1]) for name in bare if (match := re.match(rf"{_HINT}(\d{{1,4}})\.", name))
        )
        inside = unet_name({UNET + name: info for name, info in bare.items()})
        return lambda name: _from_ldm(name.removeprefix(_PREFIX), last, inside)
    if "conv_in.weight" in bare and "body.0.block1.weight" in bare:
        return _from_adapter(bare)
    return newer_name


def _from_ldm(name: str, last: int, inside: Rename) -> str | None:
    if match := re.fullmatch(rf"{_HINT}(\d{{1,4}})\.(\w+)", name):
        number = int(match[1])
        place = "conv_in" if number == 0 else "conv_out" if number == last else ""
        return f"{_SEEN}{place or f'blocks.{number // 2 - 1}'}.{match[2]}"
    if match := re.fullmatch(r"zero_convs\.(\d{1,4})\.0\.(\w+)", name):
        return f"controlnet_down_blocks.{match[1]}.{match[2]}"
    if match := re.fullmatch(r"middle_block_out\.0\.(\w+)", name):
        return f"controlnet_mid_block.{match[1]}"
    return inside(UNET + name)


def _from_adapter(header: Header) -> Rename:
    """As its first program has it: all blocks in one row, in diffusers' a list in each level. The first to widen is the
    first of the second level."""
    per_level = next((i for i in range(1, 9) if f"body.{i}.in_conv.weight" in header), 2)

    def rename(name: str) -> str | None:
        match = re.fullmatch(r"body\.(\d{1,4})\.(in_conv|block1|block2)\.(\w+)", name)
        if match is None:
            return f"adapter.{name}"
        level, number = divmod(int(match[1]), per_level)
        inner = "in_conv" if match[2] == "in_conv" else f"resnets.{number}.{match[2]}"
        return f"adapter.body.{level}.{inner}.{match[3]}"

    return rename


def _is_adapter(named: Header) -> bool:
    return "adapter.conv_in.weight" in named


def _adapter(named: Header) -> dict[str, Any]:
    """An adapter for SDXL has two levels of the same size at its end, and sees squares of 16 pixels."""
    seen = named["adapter.conv_in.weight"].shape[1]
    levels = _count(named, r"adapter\.body\.(\d{1,4})\..+")
    widths = [named[f"adapter.body.{i}.resnets.0.block1.weight"].shape[0] for i in range(levels)]
    larger = next((side for side, planes in _LARGER if seen == side * side * planes), 0)
    side = larger or 8
    return {
        "_class_name": "T2IAdapter",
        "in_channels": max(seen // (side * side), 1),
        "channels": widths,
        "num_res_blocks": _count(named, r"adapter\.body\.0\.resnets\.(\d{1,4})\..+"),
        "downscale_factor": side,
        "adapter_type": "full_adapter_xl" if larger else "full_adapter",
    }


_LARGER = ((16, 1), (16, 3))


def _controlnet(named: Header, unet: Mapping[str, Any]) -> dict[str, Any]:
    """KeyError or IndexError where it is of another make."""
    looking = [_width(named, f"{_SEEN}conv_in.weight")]
    for i in range(1, _count(named, rf"{re.escape(_SEEN)}blocks\.(\d{{1,4}})\..+"), 2):
        looking.append(_width(named, f"{_SEEN}blocks.{i}.weight"))
    config = {key: value for key, value in unet.items() if not key.startswith("_")}
    config |= {
        "_class_name": "ControlNetModel",
        "in_channels": named["conv_in.weight"].shape[1],
        "conditioning_channels": named[f"{_SEEN}conv_in.weight"].shape[1],
        "conditioning_embedding_out_channels": looking,
    }
    if "task_embedding" not in named:
        return config
    kinds, width = named["task_embedding"].shape
    return config | {
        "_class_name": "ControlNetUnionModel",
        "num_control_type": kinds,
        "num_trans_channel": width,
        "num_trans_layer": _count(named, r"transformer_layes\.(\d{1,4})\..+"),
        "num_proj_channel": _width(named, "spatial_ch_projs.weight"),
    }


def _width(named: Mapping[str, TensorInfo], name: str) -> int:
    return named[name].shape[0]


def _count(named: Header, pattern: str) -> int:
    """One more than the largest number that `pattern` finds, at least 1."""
    numbers = (int(match[1]) for name in named if (match := re.fullmatch(pattern, name)))
    return max(numbers, default=0) + 1
