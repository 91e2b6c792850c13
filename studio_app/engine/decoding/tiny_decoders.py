"""Tiny decoders (TAESD and kin, Bohan: github.com/madebyollin/taesd) for pictures that are soon replaced.

Their class is diffusers' AutoencoderTiny. Files of its author hold the decoder alone, whose layers are counted from a
clamp that has no weights here.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import torch

from studio_app.catalogue.pairing import TinyKind, tiny_decoder_for
from studio_app.core.errors import StudioError
from studio_app.core.settings import fitting_of
from studio_app.engine.device import Device
from studio_app.engine.loading.checkpoint import read_header
from studio_app.engine.loading.networks import make_network
from studio_app.engine.loading.weights import part_of

log = logging.getLogger(__name__)

SCALE = 8
XL_SIDE = 1024
"""Pixels; a U-Net that was trained at so many is SDXL's, or its kin."""
_AUTHOR = re.compile(r"(?:decoder\.|taesd_decoder\.)?(\d{1,2})\.(.+)")


def chosen_decoder(model: Path, channels: int, scale: int, device: Device) -> Any:
    """The one that the artist has chosen for a model; None where none was, or it can't be read."""
    path = fitting_of(model).draft
    return _read(Path(path), channels, device) if path and scale == SCALE else None


def tiny_decoder(model: Path, channels: int, scale: int, kind: TinyKind, device: Device) -> Any:
    """An AutoencoderTiny without its encoder, of the file that lies beside a model; None where none does, or where it
    can't be read. kind: whose latents it has to decode."""
    if scale != SCALE:
        return None
    path = tiny_decoder_for(model, channels, kind)
    return None if path is None else _read(path, channels, device)


def _read(path: Path, channels: int, device: Device) -> Any:
    try:
        return read_tiny_decoder(path, channels, device)
    except StudioError as error:
        log.warning("drafts are decoded as all pictures are: %s", error)
        return None


def read_tiny_decoder(path: Path, channels: int, device: Device) -> Any:
    """StudioError where the file holds no such decoder."""
    weights = part_of(path, path, "tiny decoder", read_header(path, path), _name)
    config = {"_class_name": "AutoencoderTiny", "latent_channels": channels}
    return make_network(config, weights, device, _decoder_alone)


def _decoder_alone(network: Any) -> Any:
    network.encoder = torch.nn.Identity()
    return network


def _name(name: str) -> str | None:
    """Names of the file -> of AutoencoderTiny; None for those of an encoder."""
    if name.startswith(("encoder.", "taesd_encoder.", "vae_")):
        return None  # vae_scale, vae_shift: what its latents are, which the model itself knows
    if name.startswith("decoder.layers."):
        return name
    match = _AUTHOR.fullmatch(name)
    return f"decoder.layers.{int(match[1]) - 1}.{match[2]}" if match else f"unknown.{name}"
