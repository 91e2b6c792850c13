"""What a folder of FLUX.2 klein is made of, and what such a model can do.

An MM-DiT with single-stream blocks on packed latents, told words by a Qwen3, in diffusers' layout; 4B and 9B have the
same parts. It was distilled to 4 steps and draws without guidance; the base model takes true guidance. Drawings and
references enter as pictures that it looks at: they are there or not, and have no strength.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio_app.core.capabilities import Capabilities, Range
from studio_app.core.jsons import read_object
from studio_app.core.reading import is_file
from studio_app.engine.families import flux2_klein_file
from studio_app.engine.loading.checkpoint import Part, TensorInfo, part
from studio_app.engine.models.flow_card import as_said, flow_capabilities

NAME: str = "FLUX.2 klein"
FAMILIES: tuple[str, ...] = ("flux2-klein", "flux2-klein-9b")
PARTS: tuple[Part, ...] = (
    part("transformer", "diffusers", "Flux2Transformer2DModel"),
    part("vae", "diffusers", "AutoencoderKLFlux2"),
    part("text_encoder", "transformers", "Qwen3ForCausalLM", "Qwen3Model"),
    part("tokenizer", "transformers", "Qwen2TokenizerFast", "Qwen2Tokenizer"),
)
TOKEN = 16
"""Pixels on a side of a token, which is a pixel of the denoiser's latent: two by two of the autoencoder's."""
LATENT_RGB = (
    (0.0058, 0.0113, 0.0073), (0.0495, 0.0443, 0.0836), (-0.0099, 0.0096, 0.0644), (0.2144, 0.3009, 0.3652),
    (0.0166, -0.0039, -0.0054), (0.0157, 0.0103, -0.0160), (-0.0398, 0.0902, -0.0235), (-0.0052, 0.0095, 0.0109),
    (-0.3527, -0.2712, -0.1666), (-0.0301, -0.0356, -0.0180), (-0.0107, 0.0078, 0.0013), (0.0746, 0.0090, -0.0941),
    (0.0156, 0.0169, 0.0070), (-0.0034, -0.0040, -0.0114), (0.0032, 0.0181, 0.0080), (-0.0939, -0.0008, 0.0186),
    (0.0018, 0.0043, 0.0104), (0.0284, 0.0056, -0.0127), (-0.0024, -0.0022, -0.0030), (0.1207, -0.0026, 0.0065),
    (0.0128, 0.0101, 0.0142), (0.0137, -0.0072, -0.0007), (0.0095, 0.0092, -0.0059), (0.0000, -0.0077, -0.0049),
    (-0.0465, -0.0204, -0.0312), (0.0095, 0.0012, -0.0066), (0.0290, -0.0034, 0.0025), (0.0220, 0.0169, -0.0048),
    (-0.0332, -0.0457, -0.0468), (-0.0085, 0.0389, 0.0609), (-0.0076, 0.0003, -0.0043), (-0.0111, -0.0460, -0.0614),
)  # fmt: skip
LATENT_RGB_BIAS = (-0.0329, -0.0718, -0.0851)
"""Of its latents where they are not packed, as ComfyUI and others have them."""


def claims(folder: Path, index: Mapping[str, Any]) -> bool:
    """FLUX.2 itself, whose words are read by another model, is none."""
    transformer, text = index.get("transformer"), index.get("text_encoder")
    flux2 = isinstance(transformer, list) and "Flux2Transformer2DModel" in transformer
    return flux2 and isinstance(text, list) and any("Qwen3" in str(name) for name in text)


def claims_file(header: Mapping[str, TensorInfo]) -> bool:
    return flux2_klein_file.is_klein(header)


def capabilities(folder: Path) -> Capabilities:
    path = folder / "model_index.json"
    index = read_object(path, f"{folder.name}/{path.name}") if is_file(path) else {}
    return _capabilities(as_said(folder, index.get("is_distilled") is True))


def file_capabilities(path: Path, header: Mapping[str, TensorInfo]) -> Capabilities:
    return _capabilities(as_said(path, "base" not in path.stem.lower()))


def _capabilities(few: bool) -> Capabilities:
    return flow_capabilities(
        few,
        guidance=4.0,
        controls=("depth", "pose", "edge", "normal", "reference"),
        steps={
            "euler_trailing": Range(1, 16, 4),
            "lcm": Range(1, 16, 4),
            "euler": Range(1, 100, 4 if few else 50),
            "dpmpp_2m": Range(1, 100, 8 if few else 30),
        },
        strongest=0.0,
        compiles=True,
        latent_rgb=LATENT_RGB,
        latent_rgb_bias=LATENT_RGB_BIAS,
        latent_pixels=TOKEN,
    )
