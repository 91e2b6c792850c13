"""Tiny real Stable Diffusion 3, as diffusers writes folders and as its first program (SAI) wrote one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.tiny_model import liven, make_tokenizer
from tests.tiny_sd15 import ldm_vae_name
from tests.tiny_t5 import write_t5

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
    for name, network in networks.items():
        liven(network)
        more = {"max_shard_size": "60KB"} if shards and name == "transformer" else {}
        network.half().save_pretrained(folder / name, **more)
    tokenizer = tokenizer or make_tokenizer(77)
    for end in ("", "_2"):
        write_clip(folder, tokenizer, end)
    if t5:
        write_t5(folder, "_3", width=TOLD)
    settings: dict[str, Any] = {"shift": 3.0} | scheduler
    made = diffusers.FlowMatchEulerDiscreteScheduler(**settings)
    made.save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text(json.dumps(INDEX), encoding="utf-8")


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
    from diffusers import AutoencoderKL

    sizes: Any = (32, 32, 32, 32)
    down: Any = ("DownEncoderBlock2D",) * 4
    up: Any = ("UpDecoderBlock2D",) * 4
    return AutoencoderKL(
        block_out_channels=sizes,
        down_block_types=down,
        up_block_types=up,
        layers_per_block=layers,
        latent_channels=16,
        sample_size=64,
        scaling_factor=1.5305,
        shift_factor=0.0609,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def write_clip(folder: Path, tokenizer: Any, end: str) -> Any:
    """One of two, and its tokenizer; both pool their words, the first as they are."""
    import torch
    from safetensors.torch import save_file
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=CLIP,
        intermediate_size=2 * CLIP,
        projection_dim=CLIP,
        num_hidden_layers=3,
        num_attention_heads=1,
        hidden_act="gelu" if end else "quick_gelu",
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=1,
    )
    model: Any = CLIPTextModelWithProjection(config)
    if not end:
        model.text_projection.weight.data = torch.eye(CLIP)
    model = model.half()
    config.architectures = ["CLIPTextModelWithProjection"]
    config.save_pretrained(folder / f"text_encoder{end}")
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(
        tensors, folder / f"text_encoder{end}" / "model.safetensors", metadata={"format": "pt"}
    )
    tokenizer.save_pretrained(folder / f"tokenizer{end}")
    return model


def write_single_file(path: Path, *, newer: bool = False, t5: bool = True, seed: int = 0) -> Path:
    """Writes Stable Diffusion 3 in one file, in the names of its first program, and the same networks as a folder of
    diffusers beside it, which it returns."""
    import torch
    from safetensors.torch import load_file, save_file

    from studio_app.engine.words.clip_words import clip_tokenizer

    folder = path.with_suffix("")
    write_sd3(folder, newer=newer, seed=seed, tokenizer=clip_tokenizer())
    torch.manual_seed(seed)
    vae = make_sd3_vae(2)
    liven(vae)
    vae.half().save_pretrained(folder / "vae")
    config = folder / "transformer/config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"sample_size": 128}))
    state = load_file(folder / "transformer/diffusion_pytorch_model.safetensors")
    named = in_its_own_names(state)
    tensors = {f"model.diffusion_model.{name}": tensor for name, tensor in named.items()}
    for name, tensor in vae.state_dict().items():
        flat = ".attentions." in name and name.endswith("weight") and tensor.ndim == 2
        tensors[ldm_vae_name(name)] = tensor[:, :, None, None] if flat else tensor
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
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
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
