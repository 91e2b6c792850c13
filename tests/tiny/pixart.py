"""Tiny real PixArt, as diffusers writes folders: 64x64 pictures, seeded random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.tiny.model import make_vae
from tests.tiny.networks import edit_json, make_kl, write_json, write_networks, write_tensors
from tests.tiny.sd15 import ldm_vae
from tests.tiny.t5 import write_t5


def write_pixart(
    folder: Path,
    *,
    sigma: bool = False,
    scheduler: str = "DPMSolverMultistepScheduler",
    older: bool = False,
    tokenizer: str = "json",
    shards: bool = False,
    seed: int = 0,
) -> None:
    """Writes a whole folder, in half precision. sigma: with the autoencoder of SDXL, and not told of sizes. older: as
    the first ones called the transformer. shards: the transformer in several files."""
    import diffusers
    import torch

    torch.manual_seed(seed)
    transformer = make_transformer(told=not sigma, side=8 if sigma else 128)
    vae = make_vae(attention=True)
    vae.register_to_config(scaling_factor=0.13025 if sigma else 0.18215)
    write_networks(folder, {"transformer": transformer, "vae": vae}, "60KB" if shards else "")
    write_t5(folder, tokenizer=tokenizer)
    getattr(diffusers, scheduler)(
        beta_start=0.0001, beta_end=0.02, beta_schedule="linear", timestep_spacing="linspace"
    ).save_pretrained(folder / "scheduler")
    kind = "Transformer2DModel" if older else "PixArtTransformer2DModel"
    if older:
        edit_json(folder / "transformer/config.json", _class_name=kind)
    index = {
        "_class_name": "PixArtSigmaPipeline" if sigma else "PixArtAlphaPipeline",
        "scheduler": ["diffusers", scheduler],
        "text_encoder": ["transformers", "T5EncoderModel"],
        "tokenizer": ["transformers", "T5Tokenizer"],
        "transformer": ["diffusers", kind],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    write_json(folder / "model_index.json", index)


def make_transformer(*, told: bool = True, side: int = 8) -> Any:
    """told: of the picture's size, which the stock pipeline does with one of 128 latent pixels."""
    from diffusers import PixArtTransformer2DModel

    return PixArtTransformer2DModel(
        num_attention_heads=1,
        attention_head_dim=72,
        cross_attention_dim=72,
        caption_channels=32,
        num_layers=2,
        sample_size=side,
        use_additional_conditions=told,
    )


NAMES = {
    "pos_embed.proj.": "x_embedder.proj.",
    "caption_projection.linear_1.": "y_embedder.y_proj.fc1.",
    "caption_projection.linear_2.": "y_embedder.y_proj.fc2.",
    "adaln_single.emb.timestep_embedder.linear_1.": "t_embedder.mlp.0.",
    "adaln_single.emb.timestep_embedder.linear_2.": "t_embedder.mlp.2.",
    "adaln_single.emb.resolution_embedder.linear_1.": "csize_embedder.mlp.0.",
    "adaln_single.emb.resolution_embedder.linear_2.": "csize_embedder.mlp.2.",
    "adaln_single.emb.aspect_ratio_embedder.linear_1.": "ar_embedder.mlp.0.",
    "adaln_single.emb.aspect_ratio_embedder.linear_2.": "ar_embedder.mlp.2.",
    "adaln_single.linear.": "t_block.1.",
    "proj_out.": "final_layer.linear.",
    "transformer_blocks.": "blocks.",
    ".attn1.to_out.0.": ".attn.proj.",
    ".attn2.to_q.": ".cross_attn.q_linear.",
    ".attn2.to_out.0.": ".cross_attn.proj.",
    ".ff.net.0.proj.": ".mlp.fc1.",
    ".ff.net.2.": ".mlp.fc2.",
}


def in_its_own_names(state: dict[str, Any]) -> dict[str, Any]:
    """A transformer's tensors as its first program names and joins them (diffusers' conversion, turned round)."""
    import torch

    found: dict[str, Any] = {}
    for name, tensor in state.items():
        own = name
        for new, old in NAMES.items():
            own = own.replace(new, old)
        if name == "scale_shift_table":
            own = "final_layer.scale_shift_table"
        for inner, parts, joined in (
            ("attn1", "qkv", "attn.qkv"),
            ("attn2", "kv", "cross_attn.kv_linear"),
        ):
            if f".{inner}.to_{parts[0]}." in name:
                each = [state[name.replace(f"to_{parts[0]}", f"to_{part}")] for part in parts]
                own, tensor = own.replace(f"{inner}.to_{parts[0]}", joined), torch.cat(each)
        if ".attn1.to_" not in own and ".attn2.to_" not in own:
            found[own] = tensor.contiguous()
    found["pos_embed"] = torch.zeros(1, 16, 72)
    found["y_embedder.y_embedding"] = torch.zeros(120, 32)
    return found


def write_split(place: Path) -> Path:
    """A whole folder, which it returns, and its text encoder and autoencoder in files of their own in a tree of
    ComfyUI's make beside it (`tree`)."""
    from safetensors.torch import load_file

    folder = place / "whole"
    write_pixart(folder)
    vae = make_kl(layers=2)
    write_networks(folder, {"vae": vae})
    for inner in ("diffusion_models", "vae", "text_encoders"):
        (place / "tree" / inner).mkdir(parents=True)
    write_tensors(place / "tree/vae/sd.safetensors", ldm_vae(vae.state_dict(), alone=True))
    words = load_file(folder / "text_encoder/model.safetensors")
    write_tensors(place / "tree/text_encoders/t5.safetensors", words)
    return folder
