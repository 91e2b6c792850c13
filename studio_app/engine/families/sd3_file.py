"""Stable Diffusion 3 in one file, in the names of its first program (SAI), and whatever of it lies beside: transformer,
autoencoder, two CLIPs and, where it is there, a T5. Free of torch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from studio_app.catalogue.joining import SD3
from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo
from studio_app.engine.loading.cuts import Cut, Cuts, parted
from studio_app.engine.loading.ldm import Config, Header
from studio_app.engine.loras.names import WHOLE, Share

TRANSFORMER = SD3["denoiser"]
TEXTS = (SD3["clip-l"], SD3["clip-g"])
T5 = SD3["t5-xxl"]
SCHEDULER: Config = {"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0}
_HEAD = 64
"""Channels of an attention head, in all of its networks."""
_STEM = {
    "x_embedder.proj": "pos_embed.proj",
    "t_embedder.mlp.0": "time_text_embed.timestep_embedder.linear_1",
    "t_embedder.mlp.2": "time_text_embed.timestep_embedder.linear_2",
    "y_embedder.mlp.0": "time_text_embed.text_embedder.linear_1",
    "y_embedder.mlp.2": "time_text_embed.text_embedder.linear_2",
    "final_layer.linear": "proj_out",
    "final_layer.adaLN_modulation.1": "norm_out.linear",
}
_PICTURE = {
    "adaLN_modulation.1": "norm1.linear",
    "attn.qkv": "attn.qkv",
    "attn.proj": "attn.to_out.0",
    "attn.ln_q": "attn.norm_q",
    "attn.ln_k": "attn.norm_k",
    "attn2.qkv": "attn2.qkv",
    "attn2.proj": "attn2.to_out.0",
    "attn2.ln_q": "attn2.norm_q",
    "attn2.ln_k": "attn2.norm_k",
    "mlp.fc1": "ff.net.0.proj",
    "mlp.fc2": "ff.net.2",
}
_WORDS = {
    "adaLN_modulation.1": "norm1_context.linear",
    "attn.qkv": "attn.added_qkv",
    "attn.proj": "attn.to_add_out",
    "attn.ln_q": "attn.norm_added_q",
    "attn.ln_k": "attn.norm_added_k",
    "mlp.fc1": "ff_context.net.0.proj",
    "mlp.fc2": "ff_context.net.2",
}
"""Layers of a block that see the picture's tokens, and of its half that sees the words'."""


def is_sd3(header: Header) -> bool:
    """Whether a file with this header is Stable Diffusion 3 with all its parts but the T5."""
    marks = (
        "joint_blocks.0.x_block.attn.qkv.weight",
        "transformer_blocks.0.norm1_context.linear.weight",
    )
    return any(TRANSFORMER + mark in header for mark in marks) and all(
        any(name.startswith(text) for name in header) for text in TEXTS
    )


def also_called(path: str) -> list[tuple[str, Share]]:
    """What a layer of SD3Transformer2DModel is called in the file, and which share of what is there. Nothing of what is
    turned round there."""
    match = re.fullmatch(r"transformer_blocks\.(\d{1,3})\.(.+)", path)
    if match is None:
        return [(old, WHOLE) for old, new in _STEM.items() if new == path != "norm_out.linear"]
    number, inner = match.groups()
    found: list[tuple[str, Share]] = []
    for side, layers in (("x", _PICTURE), ("context", _WORDS)):
        for old, new in layers.items():
            own = f"joint_blocks.{number}.{side}_block.{old}"
            before, _, last = new.rpartition(".")
            parts = _PARTED.get(last, ())
            found += [(own, Share(i, 3)) for i, p in enumerate(parts) if f"{before}.{p}" == inner]
            if new == inner != "norm1_context.linear":
                found.append((own, WHOLE))
    return found


_PARTED = {
    "qkv": ("to_q", "to_k", "to_v"),
    "added_qkv": ("add_q_proj", "add_k_proj", "add_v_proj"),
}
"""What lies in one tensor there, in order."""


def has_t5(header: Header) -> bool:
    return any(name.startswith(T5) for name in header)


def transformer_part(name: str) -> str | None:
    """Names of the file -> of SD3Transformer2DModel, but for what is cut there (`cuts`)."""
    if not name.startswith(TRANSFORMER):
        return None
    own = name.removeprefix(TRANSFORMER)
    if own == "pos_embed":
        return "pos_embed.pos_embed"
    stem, _, end = own.rpartition(".")
    if stem in _STEM:
        return f"{_STEM[stem]}.{end}"
    if match := re.fullmatch(r"joint_blocks\.(\d{1,3})\.(x|context)_block\.(.+)\.(\w+)", own):
        layers = _PICTURE if match[2] == "x" else _WORDS
        inner = layers.get(match[3], f"{match[2]}.{match[3]}")
        return f"transformer_blocks.{match[1]}.{inner}.{match[4]}"
    return own


def cuts(header: Mapping[str, TensorInfo]) -> Cuts:
    """Of those names, where they were its first program's: query, key and value lie in one tensor; shift and scale of
    norms that have nothing else lie the other way round."""
    found: Cuts = {}
    last = max(_blocks(header), default=0)
    turned = {"norm_out.linear", f"transformer_blocks.{last}.norm1_context.linear"}
    for name, info in header.items():
        stem, _, end = name.rpartition(".")
        before, _, kind = stem.rpartition(".")
        if kind in _PARTED:
            found[name] = parted(info, [f"{before}.{part}.{end}" for part in _PARTED[kind]])
        elif stem in turned:
            found[name] = {name: Cut(swapped=True)}
    joined = any(".qkv." in name for name in found)
    return found if joined else {}


def text_part(name: str, before: str) -> str | None:
    """Names of the file -> of CLIPTextModelWithProjection. before: of `TEXTS`. The first has no projection: what it
    pools is taken as it is, whatever lies in a file."""
    if not name.startswith(before):
        return None
    own = name.removeprefix(before).removeprefix("text_model.")
    unread = own.endswith("position_ids") or own == "logit_scale"
    return None if unread or (before == TEXTS[0] and own.startswith(PROJECTION)) else own


PROJECTION = "text_projection.weight"


def text_configs(header: Header) -> tuple[Config, Config]:
    """KeyError, ValueError or IndexError where the header is of no such networks."""
    first, second = (
        {own: i for name, i in header.items() if (own := text_part(name, before)) is not None}
        for before in TEXTS
    )
    kind = {"_class_name": "CLIPTextModelWithProjection"}
    more = {
        "hidden_act": "gelu",
        "pad_token_id": 1,
        "eos_token_id": 49407,
        "projection_dim": second[PROJECTION].shape[0],
    }
    return ldm.text_config(first) | kind, ldm.text_config(second) | kind | more


def transformer_config(header: Header) -> Config:
    """Likewise. header: of the whole file."""
    own = {
        new: info for name, info in header.items() if (new := transformer_part(name)) is not None
    }
    width, channels, patch, _ = own["pos_embed.proj.weight"].shape
    blocks = _blocks(own)
    twice = sorted(
        {
            int(m[1])
            for name in own
            if (m := re.match(r"transformer_blocks\.(\d{1,3})\.attn2\.", name))
        }
    )
    normed = any(".attn.norm_q." in name for name in own)
    return {
        "_class_name": "SD3Transformer2DModel",
        "sample_size": 128,
        "patch_size": patch,
        "in_channels": channels,
        "out_channels": own["proj_out.weight"].shape[0] // (patch * patch),
        "num_layers": len(blocks),
        "attention_head_dim": _HEAD,
        "num_attention_heads": max(width // _HEAD, 1),
        "joint_attention_dim": own["context_embedder.weight"].shape[1],
        "caption_projection_dim": own["context_embedder.weight"].shape[0],
        "pooled_projection_dim": own["time_text_embed.text_embedder.linear_1.weight"].shape[1],
        "pos_embed_max_size": math.isqrt(own["pos_embed.pos_embed"].shape[1]),
        "dual_attention_layers": twice,
        "qk_norm": "rms_norm" if normed else None,
    }


def vae_config(header: Header) -> Config:
    return ldm.vae_config(header) | {
        "sample_size": 1024,
        "scaling_factor": 1.5305,
        "shift_factor": 0.0609,
    }


def _blocks(names: Mapping[str, TensorInfo]) -> set[int]:
    found = (re.match(r"transformer_blocks\.(\d{1,3})\.", name) for name in names)
    return {int(match[1]) for match in found if match}
