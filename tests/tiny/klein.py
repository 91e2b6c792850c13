"""Tiny real FLUX.2 klein, as diffusers writes folders and as its parts lie in files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.tiny import networks
from tests.tiny.networks import WEIGHTS, liven, write_json, write_networks
from tests.tiny.qwen import write_qwen
from tests.tiny.sd15 import ldm_vae

INDEX = {
    "_class_name": "Flux2KleinPipeline",
    "_diffusers_version": "0.42.1",
    "is_distilled": True,
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    "text_encoder": ["transformers", "Qwen3ForCausalLM"],
    "tokenizer": ["transformers", "Qwen2Tokenizer"],
    "transformer": ["diffusers", "Flux2Transformer2DModel"],
    "vae": ["diffusers", "AutoencoderKLFlux2"],
}
LAYERS = 28
"""As few as klein reads of a Qwen3."""


def write_klein(
    folder: Path, *, distilled: bool = True, shards: bool = False, seed: int = 0
) -> None:
    """Writes a whole folder, in half precision. shards: of the denoiser, several files."""
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler

    torch.manual_seed(seed)
    transformer, vae = make_transformer(), make_vae()
    liven(transformer)
    for weight in transformer.parameters():
        weight.data *= 2  # so that what it looks at tells
    made = {"transformer": transformer, "vae": vae}
    write_networks(folder, made, "100KB" if shards else "")
    write_qwen(folder, LAYERS)
    FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True).save_pretrained(
        folder / "scheduler"
    )
    write_json(folder / "model_index.json", INDEX | {"is_distilled": distilled})


def make_transformer() -> Any:
    from diffusers import Flux2Transformer2DModel

    return Flux2Transformer2DModel(
        num_layers=2,
        num_single_layers=2,
        attention_head_dim=32,
        num_attention_heads=2,
        joint_attention_dim=3 * 32,
        axes_dims_rope=(8, 8, 8, 8),
        guidance_embeds=False,
    )


def make_vae() -> Any:
    import torch
    from diffusers import AutoencoderKLFlux2

    sizes: Any = (32, 32, 32, 32)
    vae: Any = AutoencoderKLFlux2(block_out_channels=sizes, layers_per_block=1)
    vae.bn.running_mean.copy_(torch.randn(128) / 4)
    vae.bn.running_var.copy_(torch.rand(128) + 0.5)
    return vae


def original(tensors: dict[str, Any]) -> dict[str, Any]:
    """Those of a Flux2Transformer2DModel under the names of its first program: queries, keys and values as one, the
    halves of the last modulation swapped."""
    import torch

    made: dict[str, Any] = {}
    for name, tensor in tensors.items():
        if re.search(r"attn\.(to_[kv]|add_[kv]_proj)\.", name):
            continue
        for first, rest in (
            ("to_q", ("to_k", "to_v")),
            ("add_q_proj", ("add_k_proj", "add_v_proj")),
        ):
            if f".{first}." in name:
                each = [tensors[name.replace(first, other)] for other in rest]
                tensor = torch.cat([tensor, *each])
        if name.startswith("norm_out."):
            tensor = torch.cat(tensor.chunk(2)[::-1])
        made[original_name(name)] = tensor.contiguous()
    return made


def original_name(name: str) -> str:
    """Names of Flux2Transformer2DModel -> of its first program."""
    single = name.startswith("single_transformer_blocks.")
    for new, old in (*(_SINGLE if single else _DOUBLE), *_STEM):
        name = name.replace(new, old)
    return re.sub(r"(query_norm|key_norm)\.weight", r"\1.scale", name)


_SINGLE = (
    ("single_transformer_blocks.", "single_blocks."), ("attn.to_qkv_mlp_proj.", "linear1."),
    ("attn.to_out.", "linear2."), ("attn.norm_q.", "norm.query_norm."), ("attn.norm_k.", "norm.key_norm."),
)  # fmt: skip
_DOUBLE = (
    ("transformer_blocks.", "double_blocks."), ("attn.to_q.", "img_attn.qkv."), ("attn.add_q_proj.", "txt_attn.qkv."),
    ("attn.norm_q.", "img_attn.norm.query_norm."), ("attn.norm_k.", "img_attn.norm.key_norm."),
    ("attn.norm_added_q.", "txt_attn.norm.query_norm."), ("attn.norm_added_k.", "txt_attn.norm.key_norm."),
    ("attn.to_out.0.", "img_attn.proj."), ("attn.to_add_out.", "txt_attn.proj."),
    ("ff.linear_in.", "img_mlp.0."), ("ff.linear_out.", "img_mlp.2."),
    ("ff_context.linear_in.", "txt_mlp.0."), ("ff_context.linear_out.", "txt_mlp.2."),
)  # fmt: skip
_STEM = (
    ("x_embedder.", "img_in."), ("context_embedder.", "txt_in."), ("proj_out.", "final_layer.linear."),
    ("time_guidance_embed.timestep_embedder.linear_1.", "time_in.in_layer."),
    ("time_guidance_embed.timestep_embedder.linear_2.", "time_in.out_layer."),
    ("norm_out.linear.", "final_layer.adaLN_modulation.1."),
    ("modulation_img.linear.", "modulation_img.lin."), ("modulation_txt.linear.", "modulation_txt.lin."),
    ("stream_modulation.linear.", "stream_modulation.lin."),
)  # fmt: skip


def write_parts(folder: Path, tree: Path) -> Path:
    """What is in a folder as files of its parts in a tree of ComfyUI's make, with the words; returns the denoiser."""
    from safetensors.torch import load_file

    pictures: dict[str, Any] = {}
    for name, tensor in ldm_vae(load_file(folder / "vae" / WEIGHTS), alone=True).items():
        side = "decoder" if "post_quant_conv" in name else "encoder"
        pictures[f"{side}.{name}" if "quant_conv" in name else name] = tensor
    return networks.write_parts(
        folder,
        tree,
        ("flux-2-klein-4b.safetensors", original(load_file(folder / "transformer" / WEIGHTS))),
        ("flux2-vae.safetensors", pictures),
    )
