"""Tiny real Stable Diffusion 3, as diffusers writes folders and as its first program (SAI) wrote one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny.model import make_tokenizer
from tests.tiny.networks import (
    WEIGHTS,
    edit_json,
    make_kl,
    write_clip,
    write_encoder,
    write_json,
    write_networks,
    write_tensors,
)
from tests.tiny.sd15 import ldm_vae
from tests.tiny.t5 import write_t5

INDEX: dict[str, Any] = {
    "_class_name": "StableDiffusion3Pipeline",
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    "text_encoder": ["transformers", "CLIPTextModelWithProjection"],
    "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
    "text_encoder_3": ["transformers", "T5EncoderModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "tokenizer_2": ["transformers", "CLIPTokenizer"],
    "tokenizer_3": ["transformers", "T5Tokenizer"],
    "transformer": ["diffusers", "SD3Transformer2DModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}
CLIP, TOLD = 64, 160
"""Widths of a CLIP and of a word that the transformer is told."""


def write_sd3(
    folder: Path,
    *,
    t5: bool = True,
    newer: bool = False,
    controls: bool = False,
    shards: bool = False,
    tokenizer: Any = None,
    seed: int = 0,
    **scheduler: Any,
) -> None:
    """Writes a whole folder, in half precision: 64x64 pictures. newer: of 3.5's make. controls: a ControlNet for depth
    that is told words, and one for edges of the other make. shards: the transformer in several files. scheduler: of its
    config."""
    import diffusers
    import torch
    from diffusers import SD3ControlNetModel

    torch.manual_seed(seed)
    transformer, vae = make_transformer(newer=newer), make_sd3_vae()
    networks: dict[str, Any] = {"transformer": transformer, "vae": vae}
    if controls:
        common: dict[str, Any] = {
            "sample_size": 8, "num_layers": 2, "attention_head_dim": 64, "num_attention_heads": 1,
            "caption_projection_dim": 64, "pooled_projection_dim": 2 * CLIP, "pos_embed_max_size": 24,
        }  # fmt: skip
        networks["controlnet_depth"] = SD3ControlNetModel(joint_attention_dim=TOLD, **common)
        blind: Any = None
        networks["controlnet_edge"] = SD3ControlNetModel(
            joint_attention_dim=blind,
            use_pos_embed=False,
            force_zeros_for_pooled_projection=False,
            **common,
        )
    write_networks(folder, networks, "60KB" if shards else "")
    tokenizer = tokenizer or make_tokenizer(77)
    for end in ("", "_2"):
        model = write_clip(folder, tokenizer, end, pools=True, width=CLIP)
        if not end:  # the first pools its words as they are
            model.text_projection.weight.data = torch.eye(CLIP).half()
            write_encoder(folder, "text_encoder", model)
    if t5:
        write_t5(folder, "_3", width=TOLD)
    settings: dict[str, Any] = {"shift": 3.0} | scheduler
    made = diffusers.FlowMatchEulerDiscreteScheduler(**settings)
    made.save_pretrained(folder / "scheduler")
    write_json(folder / "model_index.json", INDEX)


def make_transformer(*, newer: bool = False, side: int = 8) -> Any:
    """Three blocks. newer: with norms of queries and keys, and a second attention in the first block."""
    from diffusers import SD3Transformer2DModel

    return SD3Transformer2DModel(
        sample_size=side,
        num_layers=3,
        attention_head_dim=64,
        num_attention_heads=1,
        joint_attention_dim=TOLD,
        caption_projection_dim=64,
        pooled_projection_dim=2 * CLIP,
        pos_embed_max_size=24,
        dual_attention_layers=(0,) if newer else (),
        qk_norm="rms_norm" if newer else None,
    )


def make_sd3_vae(layers: int = 1) -> Any:
    return make_kl(
        layers=layers,
        latent_channels=16,
        sample_size=64,
        scaling_factor=1.5305,
        shift_factor=0.0609,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def write_single_file(path: Path, *, newer: bool = False, t5: bool = True, seed: int = 0) -> Path:
    """Writes Stable Diffusion 3 in one file, in the names of its first program, and the same networks as a folder of
    diffusers beside it, which it returns."""
    import torch
    from safetensors.torch import load_file

    from studio_app.engine.words.clip_words import clip_tokenizer

    folder = path.with_suffix("")
    write_sd3(folder, newer=newer, seed=seed, tokenizer=clip_tokenizer())
    torch.manual_seed(seed)
    vae = make_sd3_vae(2)
    write_networks(folder, {"vae": vae})
    edit_json(folder / "transformer/config.json", sample_size=128)
    state = load_file(folder / "transformer" / WEIGHTS)
    named = in_its_own_names(state)
    tensors = {f"model.diffusion_model.{name}": tensor for name, tensor in named.items()}
    tensors |= ldm_vae(vae.state_dict())
    clip_tokenizer(pad="!").save_pretrained(folder / "tokenizer_2")
    for end, before in (("", "clip_l"), ("_2", "clip_g")):
        words = load_file(folder / f"text_encoder{end}/model.safetensors")
        for name, tensor in words.items():
            own = name if name.startswith("text_") else f"text_model.{name}"
            tensors[f"text_encoders.{before}.transformer.{own}"] = tensor
    if t5:
        words = load_file(folder / "text_encoder_3/model.safetensors")
        tensors |= {f"text_encoders.t5xxl.transformer.{n}": t for n, t in words.items()}
        shared = words["shared.weight"]
        tensors["text_encoders.t5xxl.transformer.encoder.embed_tokens.weight"] = shared.clone()
    write_tensors(path, tensors)
    return folder


NAMES = {
    "pos_embed.proj.": "x_embedder.proj.",
    "time_text_embed.timestep_embedder.linear_1.": "t_embedder.mlp.0.",
    "time_text_embed.timestep_embedder.linear_2.": "t_embedder.mlp.2.",
    "time_text_embed.text_embedder.linear_1.": "y_embedder.mlp.0.",
    "time_text_embed.text_embedder.linear_2.": "y_embedder.mlp.2.",
    "proj_out.": "final_layer.linear.",
    "norm_out.linear.": "final_layer.adaLN_modulation.1.",
    "transformer_blocks.": "joint_blocks.",
    ".norm1.linear.": ".x_block.adaLN_modulation.1.",
    ".norm1_context.linear.": ".context_block.adaLN_modulation.1.",
    ".attn.to_out.0.": ".x_block.attn.proj.",
    ".attn.to_add_out.": ".context_block.attn.proj.",
    ".attn.norm_q.": ".x_block.attn.ln_q.",
    ".attn.norm_k.": ".x_block.attn.ln_k.",
    ".attn.norm_added_q.": ".context_block.attn.ln_q.",
    ".attn.norm_added_k.": ".context_block.attn.ln_k.",
    ".attn2.to_out.0.": ".x_block.attn2.proj.",
    ".attn2.norm_q.": ".x_block.attn2.ln_q.",
    ".attn2.norm_k.": ".x_block.attn2.ln_k.",
    ".ff.net.0.proj.": ".x_block.mlp.fc1.",
    ".ff.net.2.": ".x_block.mlp.fc2.",
    ".ff_context.net.0.proj.": ".context_block.mlp.fc1.",
    ".ff_context.net.2.": ".context_block.mlp.fc2.",
    ".attn.to_q.": ".x_block.attn.qkv.",
    ".attn2.to_q.": ".x_block.attn2.qkv.",
    ".attn.add_q_proj.": ".context_block.attn.qkv.",
}


def in_its_own_names(state: dict[str, Any]) -> dict[str, Any]:
    """A transformer's tensors as its first program names and joins them (diffusers' conversion, turned round)."""
    import torch

    last = max(int(name.split(".")[1]) for name in state if name.startswith("transformer_blocks."))
    found: dict[str, Any] = {}
    for name, tensor in state.items():
        if any(part in name for part in (".to_k.", ".to_v.", ".add_k_proj.", ".add_v_proj.")):
            continue
        own = "pos_embed" if name == "pos_embed.pos_embed" else name
        for new, old in NAMES.items():
            own = own.replace(new, old)
        for new in (".to_q.", ".add_q_proj."):
            if new in name:
                parts = [state[name.replace(new, new.replace("q", part, 1))] for part in "qkv"]
                tensor = torch.cat(parts)
        if name.startswith(("norm_out.", f"transformer_blocks.{last}.norm1_context.")):
            shift, scale = tensor.chunk(2)
            tensor = torch.cat([scale, shift])
        found[own] = tensor.contiguous()
    return found
