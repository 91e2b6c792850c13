"""A Stable Diffusion in one file, in the layout of its first program (LDM: CompVis, A1111, ComfyUI), 1 and its kin.

What the networks are is read off the shapes in the header: widths, layers, where attention is. The names of tensors are
those of diffusers after `unet_name`, `vae_name` and `text_name`. Free of torch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from studio_app.engine.loading.checkpoint import TensorInfo

Header = Mapping[str, TensorInfo]
Config = dict[str, Any]

UNET, VAE = "model.diffusion_model.", "first_stage_model."
TEXT = "cond_stage_model.transformer."
FIRST = f"{UNET}input_blocks.0.0.weight"

_STEM = {
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "time_embed.cond_proj": "time_embedding.cond_proj",
    "label_emb.0.0": "add_embedding.linear_1",
    "label_emb.0.2": "add_embedding.linear_2",
    "input_blocks.0.0": "conv_in",
    "out.0": "conv_norm_out",
    "out.2": "conv_out",
}
_RESNET = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "emb_layers.1": "time_emb_proj",
    "skip_connection": "conv_shortcut",
}
_VAE_STEM = {"norm_out": "conv_norm_out"}
_VAE_ATTENTION = {
    "norm": "group_norm",
    "q": "to_q",
    "k": "to_k",
    "v": "to_v",
    "proj_out": "to_out.0",
}


def is_sd1(header: Header) -> bool:
    """Whether a file with this header is Stable Diffusion 1 with all its parts."""
    return FIRST in header and any(name.startswith(TEXT) for name in header)


def unet_name(header: Header) -> Callable[[str], str | None]:
    """Names of the file -> of UNet2DConditionModel; None for what is of another part."""
    per_block = _layers(header) + 1
    last = max(_numbers(header, f"{UNET}output_blocks"), default=0)

    def rename(name: str) -> str | None:
        if not name.startswith(UNET):
            return None
        rest, _, end = name.removeprefix(UNET).rpartition(".")
        if rest in _STEM:
            return f"{_STEM[rest]}.{end}"
        if match := re.fullmatch(r"input_blocks\.(\d+)\.([01])\.(.+)", rest):
            block, layer = divmod(int(match[1]) - 1, per_block)
            where, inner = f"down_blocks.{block}", match[3]
            if inner == "op":
                return f"{where}.downsamplers.0.conv.{end}"
            return _layer(where, layer, match[2] == "1", inner, end)
        if match := re.fullmatch(r"middle_block\.([012])\.(.+)", rest):
            number = int(match[1])
            return _layer("mid_block", number // 2, number == 1, match[2], end)
        if match := re.fullmatch(r"output_blocks\.(\d+)\.([012])\.(.+)", rest):
            if int(match[1]) > last:
                return None
            block, layer = divmod(int(match[1]), per_block)
            where, inner = f"up_blocks.{block}", match[3]
            if inner == "conv":
                return f"{where}.upsamplers.0.conv.{end}"
            return _layer(where, layer, match[2] == "1", inner, end)
        return f"unknown.{rest}.{end}"  # said by name when the tensors are compared

    return rename


def _layer(where: str, number: int, attends: bool, inner: str, end: str) -> str:
    if attends:
        return f"{where}.attentions.{number}.{inner}.{end}"
    return f"{where}.resnets.{number}.{_RESNET.get(inner, inner)}.{end}"


def vae_name(header: Header) -> Callable[[str], str | None]:
    """Names of the file -> of AutoencoderKL."""
    top = max(_numbers(header, f"{VAE}decoder.up"), default=0)

    def rename(name: str) -> str | None:
        if not name.startswith((f"{VAE}encoder.", f"{VAE}decoder.", f"{VAE}quant", f"{VAE}post")):
            return None  # also what the autoencoder was once trained with: its critic
        rest, _, end = name.removeprefix(VAE).rpartition(".")
        side, _, inner = rest.partition(".")
        if match := re.fullmatch(
            r"(up|down)\.(\d+)\.(block\.(\d+)|(up|down)sample)(?:\.(.+))?", inner
        ):
            block = top - int(match[2]) if match[1] == "up" else int(match[2])
            where = f"{side}.{match[1]}_blocks.{block}"
            if match[5]:
                return f"{where}.{match[5]}samplers.0.{match[6]}.{end}"
            return f"{where}.resnets.{match[4]}.{_shortcut(match[6])}.{end}"
        if match := re.fullmatch(r"mid\.block_([12])\.(.+)", inner):
            return f"{side}.mid_block.resnets.{int(match[1]) - 1}.{_shortcut(match[2])}.{end}"
        if match := re.fullmatch(r"mid\.attn_1\.(.+)", inner):
            part = _VAE_ATTENTION.get(match[1], match[1])
            return f"{side}.mid_block.attentions.0.{part}.{end}"
        return ".".join(part for part in (side, _VAE_STEM.get(inner, inner), end) if part)

    return rename


def _shortcut(inner: str | None) -> str:
    return "conv_shortcut" if inner == "nin_shortcut" else str(inner)


def text_part(name: str) -> str | None:
    """Names of the file -> of CLIPTextModel, with or without its older prefix."""
    return name.removeprefix(TEXT) if name.startswith(TEXT) else None


def is_linear(name: str) -> bool:
    """Whether a tensor of an autoencoder was a 1x1 convolution once."""
    return ".attentions." in name and name.endswith(".weight")


def unet_config(header: Header) -> Config:
    """KeyError, ValueError or IndexError where the header is of no such network."""
    layers = _layers(header)
    downs = sorted(_numbers(header, f"{UNET}input_blocks", "0.op.weight"))
    firsts = [1, *(number + 1 for number in downs)]
    widths = [_shape(header, f"{UNET}input_blocks.{i}.0.out_layers.3.weight")[0] for i in firsts]
    attends = [
        f"{UNET}input_blocks.{i}.1.transformer_blocks.0.attn2.to_k.weight" in header for i in firsts
    ]
    words = _shape(header, f"{UNET}middle_block.1.transformer_blocks.0.attn2.to_k.weight")[1]
    embedded = header.get(f"{UNET}time_embed.cond_proj.weight")
    down = ["CrossAttnDownBlock2D" if there else "DownBlock2D" for there in attends]
    up = ["CrossAttnUpBlock2D" if there else "UpBlock2D" for there in reversed(attends)]
    return {
        "_class_name": "UNet2DConditionModel",
        "sample_size": 64,
        "in_channels": _shape(header, FIRST)[1],
        "out_channels": _shape(header, f"{UNET}out.2.weight")[0],
        "block_out_channels": widths,
        "down_block_types": down,
        "up_block_types": up,
        "layers_per_block": layers,
        "cross_attention_dim": words,
        "attention_head_dim": 8,  # diffusers reads it as the number of heads
        "time_cond_proj_dim": None if embedded is None else embedded.shape[1],
    }


def vae_config(header: Header) -> Config:
    """Likewise. Those of more than four channels do without a layer before and behind their latents."""
    levels = sorted(_numbers(header, f"{VAE}encoder.down"))
    widths = [_shape(header, f"{VAE}encoder.down.{i}.block.0.conv1.weight")[0] for i in levels]
    return {
        "_class_name": "AutoencoderKL",
        "latent_channels": _shape(header, f"{VAE}decoder.conv_in.weight")[1],
        "block_out_channels": widths,
        "down_block_types": ["DownEncoderBlock2D"] * len(levels),
        "up_block_types": ["UpDecoderBlock2D"] * len(levels),
        "layers_per_block": len(_numbers(header, f"{VAE}encoder.down.0.block")),
        "sample_size": 512,
        "scaling_factor": 0.18215,
        "use_quant_conv": f"{VAE}quant_conv.weight" in header,
        "use_post_quant_conv": f"{VAE}post_quant_conv.weight" in header,
    }


def text_config(header: Header) -> Config:
    found = {
        name.removeprefix(TEXT).removeprefix("text_model."): info for name, info in header.items()
    }
    words, width = found["embeddings.token_embedding.weight"].shape
    return {
        "vocab_size": words,
        "hidden_size": width,
        "intermediate_size": found["encoder.layers.0.mlp.fc1.weight"].shape[0],
        "num_hidden_layers": len(_numbers(found, "encoder.layers")),
        "num_attention_heads": max(width // 64, 1),
        "max_position_embeddings": found["embeddings.position_embedding.weight"].shape[0],
        "hidden_act": "quick_gelu",
        "projection_dim": width,
        "pad_token_id": 49407,
    }


def text_layers(header: Header, prefix: str = TEXT) -> int:
    """Of a CLIP text encoder in it; 0 where it has none."""
    pattern = re.compile(rf"{re.escape(prefix)}(?:text_model\.)?encoder\.layers\.(\d{{1,3}})\..+")
    return len({match[1] for name in header if (match := pattern.fullmatch(name))})


def scheduler_config(header: Header) -> Config:
    """What shapes can't tell: tensors of these names say v-prediction, and a last step of nothing but noise."""
    return {
        "prediction_type": "v_prediction" if "v_pred" in header else "epsilon",
        "rescale_betas_zero_snr": "ztsnr" in header,
        "timestep_spacing": "leading",
        "steps_offset": 1,
    }


def _layers(header: Header) -> int:
    """Layers per level: as many blocks as lie before the first that halves the picture."""
    return min(_numbers(header, f"{UNET}input_blocks", "0.op.weight"), default=3) - 1


def _numbers(header: Mapping[str, Any], before: str, after: str = "") -> set[int]:
    """Every number that follows `before` (and, if given, comes before `after`)."""
    tail = re.escape(after) if after else ".+"
    pattern = re.compile(rf"{re.escape(before)}\.(\d{{1,3}})\.{tail}")
    return {int(match[1]) for name in header if (match := pattern.fullmatch(name))}


def _shape(header: Header, name: str) -> tuple[int, ...]:
    return header[name].shape
