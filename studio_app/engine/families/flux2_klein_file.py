"""FLUX.2 klein in files of its parts, in the names that Black Forest Labs gave: what its networks are, by the header.

In its denoiser queries, keys and values are one matrix, and the last layer is told first what it adds, then what it
multiplies by; diffusers has it the other way round. Its autoencoder is named as those of Stable Diffusion are, with the
means and variances of its packed latents beside. Free of torch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from studio_app.engine.loading import ldm
from studio_app.engine.loading.checkpoint import TensorInfo
from studio_app.engine.loading.ldm import Config, Header
from studio_app.engine.loras.names import WHOLE, Share

DENOISER, VAE = "model.diffusion_model.", "vae."
TEXTS = ("text_encoders.qwen3_4b.transformer.", "text_encoders.qwen3_8b.transformer.")
"""What the names of its parts begin with in one file, as ComfyUI saves it; of a text encoder by its size."""
MARKS = ("single_stream_modulation.lin.weight", "single_stream_modulation.linear.weight")
_STEM = {
    "img_in": "x_embedder",
    "txt_in": "context_embedder",
    "time_in.in_layer": "time_guidance_embed.timestep_embedder.linear_1",
    "time_in.out_layer": "time_guidance_embed.timestep_embedder.linear_2",
    "double_stream_modulation_img.lin": "double_stream_modulation_img.linear",
    "double_stream_modulation_txt.lin": "double_stream_modulation_txt.linear",
    "single_stream_modulation.lin": "single_stream_modulation.linear",
    "final_layer.linear": "proj_out",
    "final_layer.adaLN_modulation.1": "norm_out.linear.swapped",
}
_DOUBLE = {
    "img_attn.norm.query_norm": "attn.norm_q",
    "img_attn.norm.key_norm": "attn.norm_k",
    "img_attn.proj": "attn.to_out.0",
    "img_attn.qkv": "attn.qkv",
    "img_mlp.0": "ff.linear_in",
    "img_mlp.2": "ff.linear_out",
    "txt_attn.norm.query_norm": "attn.norm_added_q",
    "txt_attn.norm.key_norm": "attn.norm_added_k",
    "txt_attn.proj": "attn.to_add_out",
    "txt_attn.qkv": "attn.added_qkv",
    "txt_mlp.0": "ff_context.linear_in",
    "txt_mlp.2": "ff_context.linear_out",
}
_SINGLE = {
    "linear1": "attn.to_qkv_mlp_proj",
    "linear2": "attn.to_out",
    "norm.query_norm": "attn.norm_q",
    "norm.key_norm": "attn.norm_k",
}
PARTED = {
    "attn.qkv.weight": ("attn.to_q.weight", "attn.to_k.weight", "attn.to_v.weight"),
    "attn.added_qkv.weight": (
        "attn.add_q_proj.weight",
        "attn.add_k_proj.weight",
        "attn.add_v_proj.weight",
    ),
}
"""Ends of what `denoiser_name` gives -> of the three layers of Flux2Transformer2DModel that it is."""
SWAPPED = "norm_out.linear.swapped.weight"
"""What it gives for norm_out.linear.weight, whose halves are swapped."""


def is_klein(header: Header) -> bool:
    """Whether a file with this header is FLUX.2 klein with all its parts; FLUX.2 itself is told words by another."""
    return (
        any(f"{DENOISER}{mark}" in header for mark in MARKS)
        and any(name.startswith(VAE) for name in header)
        and any(name.startswith(TEXTS) for name in header)
    )


def denoiser_name(name: str) -> str | None:
    """Names of the file -> of Flux2Transformer2DModel, but for what `PARTED` and `SWAPPED` say."""
    if not name.startswith(DENOISER):
        return None
    rest, _, end = name.removeprefix(DENOISER).rpartition(".")
    end = "weight" if end == "scale" else end
    if match := re.fullmatch(r"(double|single)_blocks\.(\d{1,3})\.(.+)", rest):
        where, table = (
            ("transformer_blocks", _DOUBLE)
            if match[1] == "double"
            else ("single_transformer_blocks", _SINGLE)
        )
        return f"{where}.{match[2]}.{table.get(match[3], match[3])}.{end}"
    return f"{_STEM.get(rest, rest)}.{end}"


def also_called(path: str) -> list[tuple[str, Share]]:
    """What a layer of Flux2Transformer2DModel is called in the file, and which share of what is there."""
    match = re.fullmatch(r"(single_)?transformer_blocks\.(\d{1,3})\.(.+)", path)
    if match is None:
        return [(old, WHOLE) for old, new in _STEM.items() if new == path]
    single, number, inner = match.groups()
    where = f"{'single' if single else 'double'}_blocks.{number}"
    for end, parts in PARTED.items():
        if f"{inner}.weight" in parts:
            fused = next(old for old, new in _DOUBLE.items() if f"{new}.weight" == end)
            return [(f"{where}.{fused}", Share(parts.index(f"{inner}.weight"), len(parts)))]
    table = _SINGLE if single else _DOUBLE
    return [(f"{where}.{old}", WHOLE) for old, new in table.items() if new == inner]


def text_name(name: str) -> str | None:
    """Names of the file -> of its text encoder's own."""
    prefix = next((text for text in TEXTS if name.startswith(text)), None)
    return None if prefix is None else name.removeprefix(prefix)


def vae_name(header: Header) -> Callable[[str], str | None]:
    """Names of the file -> of AutoencoderKLFlux2."""
    own = {
        ldm.VAE + name.removeprefix(VAE): i for name, i in header.items() if name.startswith(VAE)
    }
    rename = ldm.vae_name(own)

    def renamed(name: str) -> str | None:
        if not name.startswith(VAE):
            return None
        rest = name.removeprefix(VAE)
        for nested in ("encoder.quant_conv.", "decoder.post_quant_conv."):
            if rest.startswith(nested):
                return rest.partition(".")[2]
        return statistics_name(rest) if rest.startswith("bn.") else rename(ldm.VAE + rest)

    return renamed


def statistics_name(name: str) -> str | None:
    """How many batches were counted says nothing to who draws."""
    return None if name == "bn.num_batches_tracked" else name


def denoiser_config(tensors: Mapping[str, TensorInfo]) -> Config:
    """Of its tensors by the class's names. KeyError, ValueError or IndexError where they are of no such network."""
    width, channels = tensors["x_embedder.weight"].shape
    head = tensors["transformer_blocks.0.attn.norm_q.weight"].shape[0]
    inner = tensors["transformer_blocks.0.ff.linear_out.weight"].shape[1]
    times = tensors["time_guidance_embed.timestep_embedder.linear_1.weight"].shape[1]
    return {
        "_class_name": "Flux2Transformer2DModel",
        "in_channels": channels,
        "num_layers": _count(tensors, "transformer_blocks"),
        "num_single_layers": _count(tensors, "single_transformer_blocks"),
        "attention_head_dim": head,
        "num_attention_heads": width // head,
        "joint_attention_dim": tensors["context_embedder.weight"].shape[1],
        "timestep_guidance_channels": times,
        "mlp_ratio": inner / width,
        "axes_dims_rope": [head // 4] * 4,
        "rope_theta": 2000,
        "guidance_embeds": False,
    }


def vae_config(header: Header) -> Config:
    """Likewise, of the whole file's header. Some have a smaller decoder than encoder."""
    own = {name.removeprefix(VAE): info for name, info in header.items() if name.startswith(VAE)}
    levels = _numbers(own, "encoder.down")
    widths, decoder = (
        [own[f"{side}.{i}.block.0.conv1.weight"].shape[0] for i in levels]
        for side in ("encoder.down", "decoder.up")
    )
    return {
        "_class_name": "AutoencoderKLFlux2",
        "latent_channels": own["decoder.conv_in.weight"].shape[1],
        "block_out_channels": widths,
        "decoder_block_out_channels": decoder,
        "down_block_types": ["DownEncoderBlock2D"] * len(levels),
        "up_block_types": ["UpDecoderBlock2D"] * len(levels),
        "layers_per_block": len(_numbers(own, "encoder.down.0.block")),
        "use_quant_conv": any("quant_conv.weight" in name for name in own),
        "use_post_quant_conv": any("post_quant_conv.weight" in name for name in own),
    }


def scheduler_config() -> Config:
    """What shapes can't tell: its steps move with the picture."""
    return {
        "_class_name": "FlowMatchEulerDiscreteScheduler",
        "num_train_timesteps": 1000,
        "use_dynamic_shifting": True,
    }


def _count(tensors: Mapping[str, TensorInfo], before: str) -> int:
    return len(_numbers(tensors, before))


def _numbers(tensors: Mapping[str, TensorInfo], before: str) -> list[int]:
    pattern = re.compile(rf"{re.escape(before)}\.(\d{{1,3}})\.")
    return sorted({int(match[1]) for name in tensors if (match := pattern.match(name))})
