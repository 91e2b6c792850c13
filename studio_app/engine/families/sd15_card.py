"""What a folder of Stable Diffusion 1 or 2 is made of, and what such a model can do.

Rombach et al. 2112.10752, in diffusers' layout: one U-Net, one CLIP text encoder, one autoencoder, four channels. Its
kin have the same parts: LCM (with a guidance embedding, or merged), Hyper-SD, TCD, Turbo, v-prediction.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio_app.core.capabilities import Capabilities
from studio_app.core.settings import fitting_of
from studio_app.engine.controls.folders import CONTROL_PARTS, control_folders
from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo, of_known_make, part
from studio_app.engine.models.stable_card import (
    Said,
    few_step_kind,
    said_by_folder,
    stable_capabilities,
)

NAME: str = "Stable Diffusion 1 and 2"
FAMILIES: tuple[str, ...] = ("sd1", "sd2")
SHARED = "sd15"
PARTS = (
    part("unet", "diffusers", "UNet2DConditionModel"),
    part("vae", "diffusers", "AutoencoderKL", "AutoencoderTiny"),
    part("text_encoder", "transformers", "CLIPTextModel"),
    part("tokenizer", "transformers", "CLIPTokenizer", "CLIPTokenizerFast"),
    *CONTROL_PARTS,
)


def claims(folder: Path, index: Mapping[str, Any]) -> bool:
    """A U-Net and one text encoder; SDXL has two."""
    unet = index.get("unet")
    return (
        isinstance(unet, list) and "UNet2DConditionModel" in unet and "text_encoder_2" not in index
    )


def claims_file(header: Mapping[str, TensorInfo]) -> bool:
    """Whether one file with this header is such a model."""
    return ldm.is_sd1(header)


def file_capabilities(path: Path, header: Mapping[str, TensorInfo]) -> Capabilities:
    with of_known_make(path, "its U-Net"):
        unet = ldm.unet_config(header)
    scheduler, kind = ldm.scheduler_config(header), few_step_kind(path, header)
    return _capabilities(path, Said(unet, scheduler, ldm.text_layers(header), kind))


def capabilities(folder: Path) -> Capabilities:
    return _capabilities(folder, said_by_folder(folder))


def _capabilities(place: Path, said: Said) -> Capabilities:
    controls, fitting = tuple(control_folders(place, SHARED)), fitting_of(place)
    return stable_capabilities(said, usual=512, most=1024, controls=controls, fitting=fitting)
