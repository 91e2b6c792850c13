"""Stable Diffusion XL in one file: U-Net and autoencoder are named as those of Stable Diffusion 1
(`engine/loading/ldm.py`), the second text encoder as OpenCLIP names it. Free of torch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo
from studio_app.engine.loading.ldm import UNET, Config, Header

FIRST_TEXT = "conditioner.embedders.0.transformer."
SECOND_TEXT = "conditioner.embedders.1.model."
_HEAD = 64
"""Channels of an attention head, in all of its networks."""
_TIMES = 6
"""Numbers that the network is told of a picture's size and place."""
_SECOND_STEM = {
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
    "text_projection": "text_projection.weight",
    "text_projection.weight": "text_projection.weight",
}
_SECOND_LAYER = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
    "attn": "self_attn",
}


def is_sdxl(header: Header) -> bool:
    """Whether a file with this header is Stable Diffusion XL with all its parts."""
    return (
        ldm.FIRST in header
        and any(name.startswith(FIRST_TEXT) for name in header)
        and any(name.startswith(SECOND_TEXT) for name in header)
    )


def first_text_part(name: str) -> str | None:
    """Names of the file -> of CLIPTextModel."""
    return name.removeprefix(FIRST_TEXT) if name.startswith(FIRST_TEXT) else None


def second_text_part(name: str) -> str | None:
    """Names of the file -> of CLIPTextModelWithProjection, but for `in_proj`, which is three layers there."""
    if not name.startswith(SECOND_TEXT):
        return None
    rest = name.removeprefix(SECOND_TEXT)
    if rest == "logit_scale" or rest.endswith("attn_mask"):
        return None
    if rest.startswith("text_model."):  # a file of its own, as transformers names it
        return None if rest.endswith("position_ids") else rest.removeprefix("text_model.")
    if rest in _SECOND_STEM:
        return _SECOND_STEM[rest]
    if match := re.fullmatch(
        r"transformer\.resblocks\.(\d{1,3})\.(.+?)\.(weight|bias|in_proj_weight|in_proj_bias)", rest
    ):
        inner = _SECOND_LAYER.get(match[2], match[2])
        return f"encoder.layers.{match[1]}.{inner}.{match[3]}"
    return f"unknown.{rest}"  # said by name when the tensors are compared


def is_turned(header: Header) -> bool:
    """Whether the projection of the second text encoder lies there with its rows as columns, as OpenCLIP has it."""
    return f"{SECOND_TEXT}text_projection" in header


def second_text_config(header: Header) -> Config:
    """KeyError, ValueError or IndexError where the header is of no such network."""
    found = {
        own: info for name, info in header.items() if (own := second_text_part(name)) is not None
    }
    words, width = found["embeddings.token_embedding.weight"].shape
    projection = found["text_projection.weight"].shape
    layers = {
        int(match[1])
        for name in found
        if (match := re.fullmatch(r"encoder\.layers\.(\d+)\.mlp\.fc1\.weight", name))
    }
    return {
        "_class_name": "CLIPTextModelWithProjection",
        "vocab_size": words,
        "hidden_size": width,
        "intermediate_size": found["encoder.layers.0.mlp.fc1.weight"].shape[0],
        "num_hidden_layers": len(layers),
        "num_attention_heads": max(width // _HEAD, 1),
        "max_position_embeddings": found["embeddings.position_embedding.weight"].shape[0],
        "hidden_act": "gelu",
        "projection_dim": projection[1] if is_turned(header) else projection[0],
        "pad_token_id": 1,
        "eos_token_id": 49407,
    }


def first_text_config(header: Header) -> Config:
    """Likewise; it is the text encoder of Stable Diffusion 1."""
    own = {
        ldm.TEXT + name.removeprefix(FIRST_TEXT): info
        for name, info in header.items()
        if name.startswith(FIRST_TEXT)
    }
    return ldm.text_config(own)


def unet_config(header: Header) -> Config:
    """Likewise. Of Stable Diffusion 1's make, with more transformers in a block, heads of one width, and what it is
    told of sizes."""
    config = ldm.unet_config(header)
    middle = _depth(header, f"{UNET}middle_block.1")
    depths = [
        _depth(header, f"{UNET}input_blocks.{1 + level * (config['layers_per_block'] + 1)}.1") or 1
        for level in range(len(config["block_out_channels"]))
    ]
    if middle != depths[-1]:
        raise ValueError(f"its middle has {middle} layers, and the block before it {depths[-1]}")
    told = header[f"{UNET}label_emb.0.0.weight"].shape[1]
    projected = second_text_config(header)["projection_dim"]
    turned = f"{UNET}middle_block.1.proj_in.weight"
    return config | {
        "sample_size": 128,
        "attention_head_dim": [max(width // _HEAD, 1) for width in config["block_out_channels"]],
        "transformer_layers_per_block": depths,
        "use_linear_projection": len(header[turned].shape) == 2,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": (told - projected) // _TIMES,
        "projection_class_embeddings_input_dim": told,
    }


def vae_config(header: Header) -> Config:
    return ldm.vae_config(header) | {
        "sample_size": 1024,
        "scaling_factor": 0.13025,
        "force_upcast": True,
    }


def scheduler_config(header: Mapping[str, TensorInfo]) -> Config:
    """As of Stable Diffusion 1: a tensor `v_pred` says v-prediction (NoobAI), `ztsnr` noise alone at the end."""
    return ldm.scheduler_config(header)


def _depth(header: Header, attention: str) -> int:
    pattern = re.compile(rf"{re.escape(attention)}\.transformer_blocks\.(\d{{1,3}})\..+")
    return len({match[1] for name in header if (match := pattern.fullmatch(name))})
