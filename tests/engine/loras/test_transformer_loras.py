"""LoRAs of transformers, in diffusers' names and in those of their first programs, where three layers are one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from studio_app.core.request import GenerationRequest
from studio_app.engine.engine import DiffusionEngine
from studio_app.engine.families import flux2_klein_file, z_image_file
from studio_app.engine.loras.loras import Loras
from studio_app.engine.loras.names import TRANSFORMER
from tests.loras import factors, kohya, layers_of, peft
from tests.tiny import klein, z_image

FAMILIES: dict[str, tuple[Any, Any, tuple[str, ...], tuple[str, ...]]] = {
    "Z-Image": (
        z_image.make_transformer,
        z_image_file.also_called,
        ("to_q", "to_out.0", "feed_forward.w1", "2-1"),
        ("layers.0.attention.qkv", "layers.1.attention.qkv"),
    ),
    "FLUX.2 klein": (
        klein.make_transformer,
        flux2_klein_file.also_called,
        ("to_q", "add_k_proj", "to_add_out", "ff.linear_in", "to_qkv_mlp_proj", "x_embedder"),
        ("double_blocks.0.img_attn.qkv", "double_blocks.1.txt_attn.qkv"),
    ),
}
THIRDS = {
    "img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "attention.qkv": ("attention.to_q", "attention.to_k", "attention.to_v"),
}


def weights_of(network: Any) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in network.named_parameters()}


def save(path: Path, tensors: dict[str, Any]) -> str:
    save_file(tensors, path)
    return str(path)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("layout", ["diffusers", "ComfyUI", "kohya"])
def test_layers_are_found_in_every_layout(family: str, layout: str, tmp_path: Path):
    make, also, ends, _ = FAMILIES[family]
    network = make()
    before, parts = weights_of(network), factors(layers_of(network, *ends))
    tensors = {
        "diffusers": lambda: peft("transformer.", parts),
        "ComfyUI": lambda: peft("diffusion_model.", parts),
        "kohya": lambda: kohya("lora_unet_", parts, alpha=2.0),
    }[layout]()
    path = save(tmp_path / "style.safetensors", tensors)
    loras = Loras({TRANSFORMER: network}, also)
    assert loras.wear([(path, 0.7)]) == len(parts) and loras.notes([(path, 0.7)]) == []
    assert loras.words == ()  # prompts are read as before
    for name, (a, b) in parts.items():
        expected = before[f"{name}.weight"] + 0.7 * (b @ a)
        torch.testing.assert_close(network.get_submodule(name).weight.data, expected)
    loras.wear([])
    after = weights_of(network)
    assert all(torch.equal(after[name], weight) for name, weight in before.items())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("layout", ["ComfyUI", "kohya"])
def test_what_changes_three_layers_at_once_is_parted(family: str, layout: str, tmp_path: Path):
    make, also, _, fused = FAMILIES[family]
    network = make()
    before, parts = weights_of(network), factors(dict.fromkeys(fused, (3 * 64, 64)))
    written = (
        peft("diffusion_model.", parts) if layout == "ComfyUI" else kohya("lora_unet_", parts, 2.0)
    )
    path = save(tmp_path / "style.safetensors", written)
    loras = Loras({TRANSFORMER: network}, also, aside=True)
    assert loras.wear([(path, 1.0)]) == 6
    for name, (a, b) in parts.items():
        where, end = name.rsplit(".", 2)[0], ".".join(name.rsplit(".", 2)[1:])
        where = where.replace("double_blocks", "transformer_blocks")
        for part, third in zip(THIRDS[end], b.chunk(3), strict=True):
            layer = f"{where}.{part}"
            expected = before[f"{layer}.weight"] + third @ a
            torch.testing.assert_close(network.get_submodule(layer).weight.data, expected)
    loras.wear([])
    after = weights_of(network)
    assert all(torch.equal(after[name], weight) for name, weight in before.items())


def test_a_picture_is_drawn_with_one(tmp_path: Path, engine: DiffusionEngine):
    folder = tmp_path / "Z-Image-Turbo"
    z_image.write_z_image(folder, union=False)
    parts = factors(layers_of(z_image.make_transformer(), "to_v"))
    path = save(tmp_path / "ink.safetensors", peft("transformer.", parts) | {"odd": torch.ones(1)})
    request = GenerationRequest(
        "a potion", sampler="lcm", steps=1, guidance_scale=1, width=64, height=64, model=str(folder)
    )

    def draw(**changes: Any) -> np.ndarray:
        return list(engine.run(replace(request, **changes), wanted=("final",)))[-1].pixels

    plain, worn = draw(), draw(loras=((path, 1.0),))
    assert not np.array_equal(plain, worn)
    assert np.array_equal(plain, draw())
    assert any("1 of" in note for note in engine.notes(replace(request, loras=((path, 1.0),))))
