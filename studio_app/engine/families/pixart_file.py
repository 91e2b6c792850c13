"""PixArt whose transformer lies alone in a file, in the names of its first program or of diffusers, with its other
parts beside it: as the one file that `catalogue/joining.py` makes of them. Free of torch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from studio_app.catalogue.joining import PIXART
from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo
from studio_app.engine.loading.cuts import Cuts, parted
from studio_app.engine.loading.ldm import Config, Header
from studio_app.engine.loras.names import WHOLE, Share

TRANSFORMER = PIXART["denoiser"]
TEXT = PIXART["t5-xxl"]
SCHEDULER: Config = {
    "_class_name": "DPMSolverMultistepScheduler",
    "beta_schedule": "linear",
    "beta_start": 0.0001,
    "beta_end": 0.02,
    "prediction_type": "epsilon",
    "timestep_spacing": "linspace",
}
_HEAD = 72
"""Channels of an attention head, in all that were published."""
_STEM = {
    "x_embedder.proj": "pos_embed.proj",
    "y_embedder.y_proj.fc1": "caption_projection.linear_1",
    "y_embedder.y_proj.fc2": "caption_projection.linear_2",
    "t_embedder.mlp.0": "adaln_single.emb.timestep_embedder.linear_1",
    "t_embedder.mlp.2": "adaln_single.emb.timestep_embedder.linear_2",
    "csize_embedder.mlp.0": "adaln_single.emb.resolution_embedder.linear_1",
    "csize_embedder.mlp.2": "adaln_single.emb.resolution_embedder.linear_2",
    "ar_embedder.mlp.0": "adaln_single.emb.aspect_ratio_embedder.linear_1",
    "ar_embedder.mlp.2": "adaln_single.emb.aspect_ratio_embedder.linear_2",
    "t_block.1": "adaln_single.linear",
    "final_layer.linear": "proj_out",
}
_BLOCK = {
    "attn.qkv": "attn1.qkv",
    "attn.proj": "attn1.to_out.0",
    "cross_attn.q_linear": "attn2.to_q",
    "cross_attn.kv_linear": "attn2.kv",
    "cross_attn.proj": "attn2.to_out.0",
    "mlp.fc1": "ff.net.0.proj",
    "mlp.fc2": "ff.net.2",
}
_UNREAD = ("pos_embed", "y_embedder.y_embedding")
"""What it knows of places, which follows from their number, and of prompts that were left out in training."""


def is_pixart(header: Header) -> bool:
    """Whether a file with this header is PixArt with all its parts."""
    own = {name.removeprefix(TRANSFORMER) for name in header if name.startswith(TRANSFORMER)}
    known = {"adaln_single.linear.weight", "t_block.1.weight"} & own
    return bool(known) and any(name.startswith(TEXT) for name in header)


def transformer_part(name: str) -> str | None:
    """Names of the file -> of PixArtTransformer2DModel, but for what is cut there (`cuts`)."""
    if not name.startswith(TRANSFORMER):
        return None
    own = name.removeprefix(TRANSFORMER)
    if own in _UNREAD:
        return None
    if own == "final_layer.scale_shift_table":
        return "scale_shift_table"
    stem, _, end = own.rpartition(".")
    if stem in _STEM:
        return f"{_STEM[stem]}.{end}"
    if match := re.fullmatch(r"blocks\.(\d{1,3})\.(.+)", own):
        inner, _, end = match[2].rpartition(".")
        inner = f"{_BLOCK.get(inner, inner)}." if inner else ""
        return f"transformer_blocks.{match[1]}.{inner}{end}"
    return own


def cuts(header: Mapping[str, TensorInfo]) -> Cuts:
    """Of those names: query, key and value that lie in one tensor."""
    found: Cuts = {}
    for name, info in header.items():
        for inner, parts in (("attn1.qkv", "qkv"), ("attn2.kv", "kv")):
            before, _, end = name.partition(f".{inner}.")
            if end:
                names = [f"{before}.{inner.partition('.')[0]}.to_{part}.{end}" for part in parts]
                found[name] = parted(info, names)
    return found


def also_called(path: str) -> list[tuple[str, Share]]:
    """What a layer of PixArtTransformer2DModel is called in its first program, and which share of what is there."""
    match = re.fullmatch(r"transformer_blocks\.(\d{1,3})\.(.+)", path)
    if match is None:
        return [(old, WHOLE) for old, new in _STEM.items() if new == path]
    number, inner = match.groups()
    found: list[tuple[str, Share]] = []
    for old, new in _BLOCK.items():
        before, _, last = new.rpartition(".")
        parts = last if last in ("qkv", "kv") else ""
        shares = (Share(i, len(parts)) for i, p in enumerate(parts) if f"{before}.to_{p}" == inner)
        found += [(f"blocks.{number}.{old}", share) for share in shares]
        if new == inner:
            found.append((f"blocks.{number}.{old}", WHOLE))
    return found


def text_part(name: str) -> str | None:
    """Names of the file -> of T5EncoderModel."""
    return name.removeprefix(TEXT) if name.startswith(TEXT) else None


def transformer_config(header: Header, side: int = 128) -> Config:
    """KeyError, ValueError or IndexError where the header is of no such network. side: in latent pixels, of the
    pictures it was trained at, which no tensor tells."""
    own = {
        new: info for name, info in header.items() if (new := transformer_part(name)) is not None
    }
    width, channels, patch, _ = own["pos_embed.proj.weight"].shape
    blocks = {
        int(match[1])
        for name in own
        if (match := re.match(r"transformer_blocks\.(\d{1,3})\.", name))
    }
    return {
        "_class_name": "PixArtTransformer2DModel",
        "num_attention_heads": max(width // _HEAD, 1),
        "attention_head_dim": _HEAD,
        "in_channels": channels,
        "out_channels": own["proj_out.weight"].shape[0] // (patch * patch),
        "num_layers": len(blocks),
        "cross_attention_dim": width,
        "sample_size": side,
        "patch_size": patch,
        "caption_channels": own["caption_projection.linear_1.weight"].shape[1],
        "use_additional_conditions": "adaln_single.emb.resolution_embedder.linear_1.weight" in own,
    }


def side_by_name(name: str) -> int:
    """In latent pixels, of a file that is called so."""
    match = re.search(r"(?<!\d)(256|512|2048|2k)(?!\d)", name.lower())
    return {"256": 32, "512": 64, "2048": 256, "2k": 256}.get(match[1], 128) if match else 128


def vae_config(header: Header, *, told: bool) -> Config:
    """told: whether the transformer is told of sizes. The larger alpha has the autoencoder of Stable Diffusion 1;
    sigma has that of SDXL."""
    return ldm.vae_config(header) | ({} if told else {"scaling_factor": 0.13025})
