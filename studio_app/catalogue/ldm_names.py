"""What diffusers calls the layers of a Stable Diffusion, in the words of its first program (LDM).

Files of parts come in either; the loaders of a family read the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_STEM = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "time_embedding.cond_proj": "time_embed.cond_proj",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
_ATTENTION = {
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
    "query": "q",
    "key": "k",
    "value": "v",
    "proj_attn": "proj_out",
}
"""Of an autoencoder, in today's words and in those before diffusers 0.17."""


def ldm_paths(path: str, layers: int) -> list[str]:
    """What a layer of a UNet2DConditionModel may be called; of one that enlarges, both of what depends on whether there
    is attention before it. layers: per block."""
    if path in _STEM:
        return [_STEM[path]]
    match = re.fullmatch(
        r"(?:(down|up)_blocks\.(\d+)|(mid)_block)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)",
        path,
    )
    if match is None:
        return []
    side, block, middle, kind, number, inner = match.groups()
    if kind == "resnets":
        inner = _RESNET.get(inner, inner)
    if middle:
        return [f"middle_block.{1 if kind == 'attentions' else 2 * int(number)}.{inner}"]
    first = (layers + 1) * int(block)
    if kind == "downsamplers":
        return [f"input_blocks.{first + layers + 1}.0.op"]
    if kind == "upsamplers":
        return [f"output_blocks.{first + layers}.{place}.conv" for place in (1, 2)]
    where, place = ("input_blocks", 1) if side == "down" else ("output_blocks", 0)
    return [f"{where}.{first + int(number) + place}.{int(kind == 'attentions')}.{inner}"]


def unet_names(names: Iterable[str]) -> dict[str, str]:
    """Names of the tensors of a UNet2DConditionModel -> theirs there; those without one stay."""
    names = list(names)
    first = {name.split(".")[3] for name in names if name.startswith("down_blocks.0.resnets.")}
    attends = {
        name.split(".")[1] for name in names if re.match(r"up_blocks\.\d+\.attentions", name)
    }
    found: dict[str, str] = {}
    for name in names:
        path, _, end = name.rpartition(".")
        paths = ldm_paths(path, len(first)) or [path]
        later = len(paths) > 1 and path.split(".")[1] in attends
        found[name] = f"{paths[int(later)]}.{end}"
    return found


def vae_names(names: Iterable[str]) -> dict[str, str]:
    """Names of the tensors of an AutoencoderKL, as diffusers or as its first program has them -> as the latter does."""
    names = list(names)
    blocks = {name.split(".")[2] for name in names if name.startswith("decoder.up_blocks.")}
    return {name: _vae_name(name, len(blocks) - 1) if blocks else name for name in names}


def _vae_name(name: str, top: int) -> str:
    path, _, end = name.rpartition(".")
    match = re.fullmatch(r"(encoder|decoder)\.(.+)", path)
    if match is None:
        return name
    side, inner = match.groups()
    if found := re.fullmatch(r"(down|up)_blocks\.(\d+)\.(resnets|\w+samplers)\.(\d+)\.(.+)", inner):
        way, number, kind, layer, rest = found.groups()
        where = f"{side}.{way}.{top - int(number) if way == 'up' else number}"
        if kind == "resnets":
            return f"{where}.block.{layer}.{_shortcut(rest)}.{end}"
        return f"{where}.{way}sample.conv.{end}"
    if found := re.fullmatch(r"mid_block\.resnets\.([01])\.(.+)", inner):
        return f"{side}.mid.block_{int(found[1]) + 1}.{_shortcut(found[2])}.{end}"
    if found := re.fullmatch(r"mid_block\.attentions\.0\.(.+)", inner):
        return f"{side}.mid.attn_1.{_ATTENTION.get(found[1], found[1])}.{end}"
    return f"{side}.{'norm_out' if inner == 'conv_norm_out' else inner}.{end}"


def _shortcut(inner: str) -> str:
    return "nin_shortcut" if inner == "conv_shortcut" else inner
