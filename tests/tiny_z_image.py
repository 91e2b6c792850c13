"""Tiny real Z-Image, as diffusers writes folders and as ComfyUI keeps the parts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.tiny_model import liven
from tests.tiny_qwen import write_qwen

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
    networks: dict[str, Any] = {"transformer": transformer, "vae": make_flux_vae()}
    if union:
        networks["controlnet_union"] = make_union()
    for name, network in networks.items():
        liven(network)
        size = "60KB" if shards and name == "transformer" else "10GB"
        network.half().save_pretrained(folder / name, max_shard_size=size)
    write_qwen(folder, 4)
    FlowMatchEulerDiscreteScheduler(shift=shift).save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text(json.dumps(INDEX), encoding="utf-8")


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
    from diffusers import AutoencoderKL

    sizes: Any = (32, 32, 32, 32)
    down: Any = ("DownEncoderBlock2D",) * 4
    up: Any = ("UpDecoderBlock2D",) * 4
    return AutoencoderKL(
        down_block_types=down,
        up_block_types=up,
        block_out_channels=sizes,
        layers_per_block=1,
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
    import shutil

    from safetensors.torch import load_file, save_file

    from tests.tiny_sd15 import ldm_vae_name

    for name in ("diffusion_models", "vae", "text_encoders"):
        (tree / name).mkdir(parents=True)
    weights = "diffusion_pytorch_model.safetensors"
    path = tree / "diffusion_models/z_image_turbo.safetensors"
    save_file(original(load_file(folder / "transformer" / weights)), path)
    pictures: dict[str, Any] = {}
    for name, tensor in load_file(folder / "vae" / weights).items():
        flat = ".attentions." in name and name.endswith("weight") and tensor.ndim == 2
        own = ldm_vae_name(name).removeprefix("first_stage_model.")
        pictures[own] = tensor[:, :, None, None] if flat else tensor
    save_file({name: t.contiguous() for name, t in pictures.items()}, tree / "vae/ae.safetensors")
    shutil.copy(
        folder / "text_encoder/model.safetensors", tree / "text_encoders/qwen_3_4b.safetensors"
    )
    shutil.copytree(folder / "tokenizer", tree / "text_encoders/qwen25_tokenizer")
    return path
