"""What a folder of Stable Diffusion XL is made of, and what such a model can do.

Podell et al. 2307.01952, in diffusers' layout: a U-Net that is told of sizes, two CLIP text encoders, one autoencoder.
Its kin have the same parts: Illustrious, NoobAI (v-prediction), Pony; Turbo, Lightning, LCM, Hyper, DMD2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from studio_app.core.capabilities import Capabilities
from studio_app.core.settings import fitting_of
from studio_app.engine.controls.folders import CONTROL_PARTS, control_folders
from studio_app.engine.families import sdxl_file
from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo, of_known_make, part
from studio_app.engine.models.stable_card import (
    XL_LATENT_RGB,
    XL_LATENT_RGB_BIAS,
    Said,
    few_step_kind,
    said_by_folder,
    stable_capabilities,
)

NAME: str = "Stable Diffusion XL"
FAMILIES: tuple[str, ...] = ("sdxl",)
SHARED = "sdxl"
PARTS = (
    part("unet", "diffusers", "UNet2DConditionModel"),
    part("vae", "diffusers", "AutoencoderKL", "AutoencoderTiny"),
    part("text_encoder", "transformers", "CLIPTextModel"),
    part("text_encoder_2", "transformers", "CLIPTextModelWithProjection"),
    part("tokenizer", "transformers", "CLIPTokenizer", "CLIPTokenizerFast"),
    part("tokenizer_2", "transformers", "CLIPTokenizer", "CLIPTokenizerFast"),
    *CONTROL_PARTS,
)
BUCKETS = (
    (1024, 1024),
    (1152, 896),
    (896, 1152),
    (1216, 832),
    (832, 1216),
    (1344, 768),
    (768, 1344),
    (1536, 640),
    (640, 1536),
    (768, 768),
    (512, 512),
)
"""The sizes that it was trained at (appendix I of the paper), the commonest first; the last two were its first."""


def claims(folder: Path, index: Mapping[str, Any]) -> bool:
    """A U-Net and two text encoders."""
    unet = index.get("unet")
    two = {"text_encoder", "text_encoder_2"} <= set(index)
    return isinstance(unet, list) and "UNet2DConditionModel" in unet and two


def claims_file(header: Mapping[str, TensorInfo]) -> bool:
    return sdxl_file.is_sdxl(header)


def file_capabilities(path: Path, header: Mapping[str, TensorInfo]) -> Capabilities:
    with of_known_make(path, "its U-Net"):
        unet = sdxl_file.unet_config(header)
    scheduler, kind = sdxl_file.scheduler_config(header), few_step_kind(path, header)
    layers = ldm.text_layers(header, sdxl_file.FIRST_TEXT)
    return _capabilities(path, Said(unet, scheduler, layers, kind))


def capabilities(folder: Path) -> Capabilities:
    return _capabilities(folder, said_by_folder(folder))


def _capabilities(place: Path, said: Said) -> Capabilities:
    controls, fitting = tuple(control_folders(place, SHARED)), fitting_of(place)
    usual = BUCKETS[0][0]
    can = stable_capabilities(said, usual=usual, most=2048, controls=controls, fitting=fitting)
    return replace(
        can,
        sizes=BUCKETS if can.sizes == BUCKETS[:1] else can.sizes,
        latent_rgb=XL_LATENT_RGB,
        latent_rgb_bias=XL_LATENT_RGB_BIAS,
    )
