"""Tiny real Z-Image, as diffusers writes folders and as ComfyUI keeps the parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny import networks
from tests.tiny.networks import WEIGHTS, make_kl, write_json, write_networks
from tests.tiny.qwen import write_qwen
from tests.tiny.sd15 import ldm_vae

INDEX = {
    "_class_name": "ZImagePipeline",
    "_diffusers_version": "0.42.1",
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    "text_encoder": ["transformers", "Qwen3ForCausalLM"],
    "tokenizer": ["transformers", "Qwen2Tokenizer"],
    "transformer": ["diffusers", "ZImageTransformer2DModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def write_z_image(
    folder: Path, *, shift: float = 3.0, union: bool = True, shards: bool = False, seed: int = 0
) -> None:
    """Writes a whole folder, in half precision. union: with a ControlNet. shards: of the denoiser, several files."""
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler

    torch.manual_seed(seed)
    transformer = make_transformer()
    made: dict[str, Any] = {"transformer": transformer, "vae": make_flux_vae()}
    if union:
        made["controlnet_union"] = make_union()
    write_networks(folder, made, "60KB" if shards else "")
    write_qwen(folder, 4)
    FlowMatchEulerDiscreteScheduler(shift=shift).save_pretrained(folder / "scheduler")
    write_json(folder / "model_index.json", INDEX)


def make_transformer() -> Any:
    from diffusers import ZImageTransformer2DModel

    return ZImageTransformer2DModel(
        dim=64,
        n_layers=3,
        n_refiner_layers=2,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=32,
        axes_dims=[8, 12, 12],
        axes_lens=[1536, 512, 512],
    )


def make_flux_vae() -> Any:
    return make_kl(
        latent_channels=16,
        sample_size=1024,
        scaling_factor=0.3611,
        shift_factor=0.1159,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def make_union(version: str = "2.1") -> Any:
    from diffusers import ZImageControlNetModel

    later = version != "1"
    places: Any = [0, 1] if later else None
    refiners: Any = {"1": None, "2.0": "control_layers", "2.1": "control_noise_refiner"}[version]
    return ZImageControlNetModel(
        control_layers_places=[0, 1, 2],
        control_refiner_layers_places=places,
        control_in_dim=33 if later else 16,
        add_control_noise_refiner=refiners,
        dim=64,
        n_refiner_layers=2,
        n_heads=2,
        n_kv_heads=2,
    )


def original(tensors: dict[str, Any]) -> dict[str, Any]:
    """Those of a ZImageTransformer2DModel under the names of its first program, queries, keys and values as one."""
    import torch

    made: dict[str, Any] = {}
    for name, tensor in tensors.items():
        if ".attention.to_k." in name or ".attention.to_v." in name:
            continue
        if ".attention.to_q." in name:
            each = [tensors[name.replace("to_q", f"to_{letter}")] for letter in "qkv"]
            tensor = torch.cat(each)
        made[original_name(name)] = tensor
    return made


def original_name(name: str) -> str:
    """Names of ZImageTransformer2DModel -> of its first program."""
    for new, old in (
        ("all_final_layer.2-1.", "final_layer."),
        ("all_x_embedder.2-1.", "x_embedder."),
        (".attention.to_q.", ".attention.qkv."),
        (".attention.to_out.0.", ".attention.out."),
        (".attention.norm_q.", ".attention.q_norm."),
        (".attention.norm_k.", ".attention.k_norm."),
    ):
        name = name.replace(new, old)
    return name


def write_parts(folder: Path, tree: Path) -> Path:
    """What is in a folder as files of its parts in a tree of ComfyUI's make, with the words; returns the denoiser."""
    from safetensors.torch import load_file

    return networks.write_parts(
        folder,
        tree,
        ("z_image_turbo.safetensors", original(load_file(folder / "transformer" / WEIGHTS))),
        ("ae.safetensors", ldm_vae(load_file(folder / "vae" / WEIGHTS), alone=True)),
    )
