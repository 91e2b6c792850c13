"""What a folder of Z-Image is made of, and what such a model can do.

A single-stream DiT on the latents of FLUX.1's autoencoder, told words by a Qwen3, in diffusers' layout. Turbo was
distilled to 8 steps, and is drawn with without guidance; the model that it was distilled of takes true guidance.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio_app.catalogue.pairing import union_for
from studio_app.core.capabilities import Capabilities, Range
from studio_app.core.controls import ControlKind
from studio_app.core.reading import is_file
from studio_app.core.settings import fitting_of
from studio_app.engine.controls.folders import ControlFolder, shared_folders
from studio_app.engine.families import z_image_file
from studio_app.engine.loading.checkpoint import Part, TensorInfo, part
from studio_app.engine.models.flow_card import as_said, flow_capabilities
from studio_app.engine.models.stable_card import component_config, few_step_kind

NAME: str = "Z-Image"
FAMILIES: tuple[str, ...] = ("z-image",)
SHARED = "z_image"
UNION = "controlnet_union"
DRAWN: tuple[ControlKind, ...] = ("depth", "pose", "edge")
"""What a union of ControlNets was trained to read; which of them it is it sees for itself."""
PARTS: tuple[Part, ...] = (
    part("transformer", "diffusers", "ZImageTransformer2DModel"),
    part("vae", "diffusers", "AutoencoderKL"),
    part("text_encoder", "transformers", "Qwen3Model", "Qwen3ForCausalLM"),
    part("tokenizer", "transformers", "Qwen2Tokenizer", "Qwen2TokenizerFast"),
    part(UNION, "diffusers", "ZImageControlNetModel", needed=False),
    part("controlnet", "diffusers", "ZImageControlNetModel", needed=False),
)
LATENT_RGB = (
    (-0.0346, 0.0244, 0.0681),
    (0.0034, 0.0210, 0.0687),
    (0.0275, -0.0668, -0.0433),
    (-0.0174, 0.0160, 0.0617),
    (0.0859, 0.0721, 0.0329),
    (0.0004, 0.0383, 0.0115),
    (0.0405, 0.0861, 0.0915),
    (-0.0236, -0.0185, -0.0259),
    (-0.0245, 0.0250, 0.1180),
    (0.1008, 0.0755, -0.0421),
    (-0.0515, 0.0201, 0.0011),
    (0.0428, -0.0012, -0.0036),
    (0.0817, 0.0765, 0.0749),
    (-0.1264, -0.0522, -0.1103),
    (-0.0280, -0.0881, -0.0499),
    (-0.1262, -0.0982, -0.0778),
)
LATENT_RGB_BIAS = (-0.0329, -0.0718, -0.0851)
"""Of the latents of FLUX.1's autoencoder, as ComfyUI and others have them."""
_BASE_SHIFT = 5.0
"""A folder whose scheduler moves its steps by more was not distilled: Turbo's has 3, the other's 6."""
_BASE_NAME = re.compile(r"base|^z[-_. ]?image([-_. ](bf16|fp16|fp8\w*|i?q\d\w*))?$")


def claims(folder: Path, index: Mapping[str, Any]) -> bool:
    transformer = index.get("transformer")
    return isinstance(transformer, list) and "ZImageTransformer2DModel" in transformer


def claims_file(header: Mapping[str, TensorInfo]) -> bool:
    return z_image_file.is_z_image(header)


def capabilities(folder: Path) -> Capabilities:
    shift = component_config(folder, "scheduler").get("shift", 3.0)
    few = not (isinstance(shift, int | float) and shift > _BASE_SHIFT)
    return _capabilities(folder, as_said(folder, few))


def file_capabilities(path: Path, header: Mapping[str, TensorInfo]) -> Capabilities:
    return _capabilities(path, is_few_step(path, header))


def is_few_step(path: Path, header: Mapping[str, TensorInfo]) -> bool:
    """Whether a file is Turbo or made of it, as nearly all are: unless it is called what the other is called, or the
    artist has said another thing."""
    named = few_step_kind(path, header)
    return as_said(path, bool(named) or not _BASE_NAME.search(path.stem.lower()))


def union_place(model: Path) -> ControlFolder | Path | None:
    """Where the ControlNet of a model lies: the file that was chosen for it, a component of its folder, or of the one
    that all share, or a file in the tree of folders in which it is kept; None where there is none."""
    chosen = fitting_of(model).controls
    for kind in DRAWN:
        if chosen.get(kind) and is_file(Path(chosen[kind])):
            return Path(chosen[kind])
    for place in (model, *shared_folders(SHARED)):
        for name in (UNION, "controlnet"):
            if is_file(place / name / "config.json"):
                return ControlFolder(place, name)
    return union_for(model, FAMILIES[0])


def _capabilities(place: Path, few: bool) -> Capabilities:
    return flow_capabilities(
        few,
        guidance=5.0,
        controls=DRAWN if union_place(place) is not None else (),
        steps={
            "euler_trailing": Range(1, 16, 8),
            "lcm": Range(1, 16, 8),
            "euler": Range(1, 100, 8 if few else 28),
            "dpmpp_2m": Range(1, 100, 8 if few else 28),
        },
        latent_rgb=LATENT_RGB,
        latent_rgb_bias=LATENT_RGB_BIAS,
        fits=("union controlnet", "tiny vae"),
        compiles=True,
    )
