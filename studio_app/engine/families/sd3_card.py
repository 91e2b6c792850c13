"""What a folder of Stable Diffusion 3 is made of, and what such a model can do.

Esser et al. 2403.03206, in diffusers' layout: an MM-DiT on rectified flow, two CLIP text encoders, an autoencoder of 16
channels, and a T5 that it can do without. 3.5 is of the same make, and so is its Turbo, which was distilled to four
steps; only what it is called tells it from the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio_app.core.capabilities import Capabilities, Range
from studio_app.core.request import MAX_SIDE, MIN_SIDE, SIDE_STEP
from studio_app.core.settings import fitting_of
from studio_app.engine.controls.folders import control_folders
from studio_app.engine.families import sd3_file
from studio_app.engine.loading.checkpoint import TensorInfo, of_known_make, part, refused
from studio_app.engine.models.flow_card import SIZES, SLOW, as_said, flow_capabilities
from studio_app.engine.models.stable_card import (
    SCALE,
    component_config,
    few_step_kind,
    kind_of_folder,
    likeness_kinds,
)

NAME: str = "Stable Diffusion 3"
FAMILIES: tuple[str, ...] = ("sd3",)
SHARED = "sd3"
CLIPS = ("text_encoder", "text_encoder_2")
T5 = "text_encoder_3"
PARTS = (
    part("transformer", "diffusers", "SD3Transformer2DModel"),
    part("vae", "diffusers", "AutoencoderKL"),
    *(part(name, "transformers", "CLIPTextModelWithProjection") for name in CLIPS),
    part(T5, "transformers", "T5EncoderModel", needed=False, at_once=True),
    part("tokenizer", "transformers", "CLIPTokenizer", "CLIPTokenizerFast"),
    part("tokenizer_2", "transformers", "CLIPTokenizer", "CLIPTokenizerFast"),
    part("tokenizer_3", "transformers", "T5Tokenizer", "T5TokenizerFast", needed=False),
    part("controlnet_*", "diffusers", "SD3ControlNetModel", needed=False),
    part("controlnet", "diffusers", "SD3ControlNetModel", needed=False),
)
USUAL = 128
"""Latent pixels of a side, of all that were published."""
_LATENT_RGB = (
    (-0.0922, -0.0175, 0.0749), (0.0311, 0.0633, 0.0954), (0.1994, 0.0927, 0.0458), (0.0856, 0.0339, 0.0902),
    (0.0587, 0.0272, -0.0496), (-0.0006, 0.1104, 0.0309), (0.0978, 0.0306, 0.0427), (-0.0042, 0.1038, 0.1358),
    (-0.0194, 0.0020, 0.0669), (-0.0488, 0.0130, -0.0268), (0.0922, 0.0988, 0.0951), (-0.0278, 0.0524, -0.0542),
    (0.0332, 0.0456, 0.0895), (-0.0069, -0.0030, -0.0810), (-0.0596, -0.0465, -0.0293), (-0.1448, -0.1463, -0.1189),
)  # fmt: skip
_LATENT_RGB_BIAS = (0.2394, 0.2135, 0.1925)
"""Of its latents, as ComfyUI and others have them."""
_SLOW = (*SLOW, "euler_ancestral")


def claims(folder: Path, index: Mapping[str, Any]) -> bool:
    transformer = index.get("transformer")
    return isinstance(transformer, list) and "SD3Transformer2DModel" in transformer


def claims_file(header: Mapping[str, TensorInfo]) -> bool:
    return sd3_file.is_sd3(header)


def capabilities(folder: Path) -> Capabilities:
    return _capabilities(folder, component_config(folder, "transformer"), kind_of_folder(folder))


def file_capabilities(path: Path, header: Mapping[str, TensorInfo]) -> Capabilities:
    with of_known_make(path, "its transformer"):
        config = sd3_file.transformer_config(header)
    return _capabilities(path, config, few_step_kind(path, header))


def _capabilities(place: Path, transformer: Mapping[str, Any], kind: str) -> Capabilities:
    few = as_said(place, bool(kind))
    side: Any = transformer.get("sample_size", USUAL)
    most: Any = transformer.get("pos_embed_max_size", 96)
    if not all(type(number) is int and number > 0 for number in (side, most)):
        raise refused(place, "its transformer's sizes are no numbers")
    plain = min(max(side * SCALE // SIDE_STEP * SIDE_STEP, MIN_SIDE), MAX_SIDE)
    longest = min(most * 2 * SCALE // SIDE_STEP * SIDE_STEP, MAX_SIDE)
    sizes = SIZES if side == USUAL else ((plain, plain),)
    sizes = tuple(size for size in sizes if max(size) <= longest) or ((longest, longest),)
    return flow_capabilities(
        few,
        guidance=4.5,
        slow=_SLOW,
        controls=(*control_folders(place, SHARED), *likeness_kinds(fitting_of(place))),
        sizes=sizes,
        steps={"euler": Range(1, 150, 28), "dpmpp_2m": Range(1, 150, 28)},
        max_side=longest,
        latent_rgb=_LATENT_RGB,
        latent_rgb_bias=_LATENT_RGB_BIAS,
        fits=("controlnet", "tiny vae", "ip adapter"),
        compiles=True,
    )
