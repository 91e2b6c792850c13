"""What networks of real sizes are is read off their headers alone: made without memory, of the real classes."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from studio_app.catalogue.headers import TensorInfo
from studio_app.engine.families import flux2_klein_file, z_image_file

KLEIN: dict[str, Any] = {
    "num_layers": 5,
    "num_single_layers": 20,
    "num_attention_heads": 24,
    "joint_attention_dim": 7680,
    "guidance_embeds": False,
}


@pytest.mark.parametrize(
    ("kind", "settings", "config", "billions"),
    [
        ("ZImageTransformer2DModel", {}, z_image_file.denoiser_config, 6.15),
        ("Flux2Transformer2DModel", KLEIN, flux2_klein_file.denoiser_config, 3.88),
    ],
)
def test_a_denoiser_is_what_its_header_says(
    kind: str, settings: dict[str, Any], config: Any, billions: float
):
    import diffusers

    shapes = shapes_of(getattr(diffusers, kind), settings)
    assert sum(map(math.prod, shapes.values())) / 1e9 == pytest.approx(billions, abs=0.05)
    found = config({name: TensorInfo("BF16", shape) for name, shape in shapes.items()})
    assert found.pop("_class_name") == kind
    assert shapes_of(getattr(diffusers, kind), found) == shapes


def shapes_of(kind: Any, settings: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        return {name: tuple(t.shape) for name, t in kind(**settings).state_dict().items()}
