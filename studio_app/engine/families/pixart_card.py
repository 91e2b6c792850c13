"""What a folder of PixArt is made of, and what such a model can do.

Chen et al. 2310.00426 (alpha) and 2403.04692 (sigma), in diffusers' layout: a transformer over tokens of 2x2 latent
pixels that looks at the words of a T5, and the autoencoder of Stable Diffusion (alpha) or of SDXL (sigma). Its LCM
and DMD kin have the same parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio_app.catalogue.headers import TensorInfo, refused
from studio_app.catalogue.identify import few_step_by_name
from studio_app.core.capabilities import Capabilities, Range
from studio_app.core.reading import is_dir
from studio_app.core.request import MAX_SIDE, MIN_SIDE, SIDE_STEP
from studio_app.core.settings import fitting_of
from studio_app.engine.families import pixart_file
from studio_app.engine.loading.checkpoint import of_known_make, part
from studio_app.engine.models.stable_card import (
    SCALE,
    XL_LATENT_RGB,
    XL_LATENT_RGB_BIAS,
    component_config,
    few_step_kind,
    few_step_sampler,
    kind_of_folder,
)

NAME: str = "PixArt"
FAMILIES: tuple[str, ...] = ("pixart",)
TRANSFORMERS = ("PixArtTransformer2DModel", "Transformer2DModel")
"""The class, and what it was part of when the first folders were written."""
PARTS = (
    part("transformer", "diffusers", *TRANSFORMERS),
    part("vae", "diffusers", "AutoencoderKL", "AutoencoderTiny"),
    part("text_encoder", "transformers", "T5EncoderModel"),
    part("tokenizer", "transformers", "T5Tokenizer", "T5TokenizerFast"),
)
SQUARE = 64
"""Latent pixels of the 512 pixels that the shapes below are of."""
SHAPES = ((512, 512), (576, 448), (448, 576), (608, 416), (416, 608), (672, 384), (384, 672))
"""The commonest of the shapes that it was trained at."""
SIGMA_SCALING = 0.13025
"""By which SDXL's autoencoder is known."""
MOST_LATENT = 512
"""Pixels of a latent's side, at most, that a config may be for."""
DMD_TIME = 400
"""What pure noise is taken for by one that was distilled to a single step."""
_ONE = {"lcm": Range(1, 4, 1)}
_SLOW = ("dpmpp_2m", "euler", "euler_ancestral", "ddim", "ddpm")


def claims(folder: Path, index: Mapping[str, Any]) -> bool:
    transformer, text = index.get("transformer"), index.get("text_encoder")
    known = isinstance(transformer, list) and any(name in transformer for name in TRANSFORMERS)
    return known and isinstance(text, list) and "T5EncoderModel" in text


def claims_file(header: Mapping[str, TensorInfo]) -> bool:
    return pixart_file.is_pixart(header)


def file_capabilities(path: Path, header: Mapping[str, TensorInfo]) -> Capabilities:
    with of_known_make(path):
        side = pixart_file.side_by_name(path.stem)
        transformer = pixart_file.transformer_config(header, side)
        vae = pixart_file.vae_config(header, told=transformer["use_additional_conditions"])
    kind = few_step_kind(path, header)
    return _capabilities(path, transformer, pixart_file.SCHEDULER, vae, kind)


def capabilities(folder: Path) -> Capabilities:
    transformer, scheduler, vae = (
        component_config(folder, name) for name in ("transformer", "scheduler", "vae")
    )
    return _capabilities(folder, transformer, scheduler, vae)


def is_dmd(place: Path) -> bool:
    """Whether a folder or a file is called, or said to be, one that was distilled to a single step."""
    named = kind_of_folder(place) if is_dir(place) else few_step_by_name(place.stem)
    return (fitting_of(place).few_step or named) == "DMD2"


def is_sigma(vae: Mapping[str, Any]) -> bool:
    """By the config of its autoencoder."""
    return vae.get("scaling_factor") == SIGMA_SCALING


def _capabilities(
    place: Path,
    transformer: Mapping[str, Any],
    scheduler: Mapping[str, Any],
    vae: Mapping[str, Any],
    kind: str = "",
) -> Capabilities:
    side: Any = transformer.get("sample_size", 128)
    if type(side) is not int or not 1 <= side <= MOST_LATENT:
        raise refused(place, f"its transformer is for latents of {str(side)[:20]} pixels")
    one = is_dmd(place)
    said = fitting_of(place).few_step
    lcm = one or (said == "LCM" if said else few_step_sampler(scheduler, kind) == "lcm")
    more: dict[str, Any] = {}
    if is_sigma(vae):
        more = {"latent_rgb": XL_LATENT_RGB, "latent_rgb_bias": XL_LATENT_RGB_BIAS}
    return Capabilities(
        samplers=("lcm", *_SLOW) if lcm else (*_SLOW, "lcm"),
        controls=(),
        sizes=_sizes(side),
        guidance=Range(1.0, 2.0, 1.0) if lcm else Range(1.0, 20.0, 4.5),
        steps=_ONE if one else {},
        negative="cfg",
        attention_guidance=True,
        target_time=False,
        native=False,
        few_step=lcm,
        tiling=False,
        loras=True,
        max_side=MAX_SIDE,
        fits=("tiny vae",),
        compiles=True,
        **more,
    )


def _sizes(side: int) -> tuple[tuple[int, int], ...]:
    """Of a transformer for latents of so many pixels a side."""
    if side % SQUARE:
        plain = min(max(side * SCALE // SIDE_STEP * SIDE_STEP, MIN_SIDE), MAX_SIDE)
        return ((plain, plain),)
    times = side // SQUARE
    found = ((width * times, height * times) for width, height in SHAPES)
    return tuple(size for size in found if max(size) <= MAX_SIDE)
