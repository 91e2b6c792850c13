"""The marks by which a denoiser is known: names of tensors that one family has and no other, in each layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from studio_app.catalogue.headers import TensorInfo

Tensors = Mapping[str, TensorInfo]

WRAPPED = ("model.diffusion_model.", "diffusion_model.", "model.", "net.", "transformer.", "unet.")
"""What programs put before the names of a denoiser."""

_MARKS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("flux3", "BFL", ("early_stream_modulations.image.lin.weight",)),
    ("flux2", "BFL", ("single_stream_modulation.lin.weight",)),
    ("flux2", "diffusers", ("single_stream_modulation.linear.weight",)),
    ("chroma", "BFL", ("distilled_guidance_layer.in_proj.weight", "double_blocks.0.img_attn.qkv.weight")),
    ("chroma", "diffusers", ("distilled_guidance_layer.in_proj.weight",)),
    ("flux1", "BFL", ("double_blocks.0.img_attn.norm.key_norm.scale",)),
    ("flux1", "diffusers", (
        "single_transformer_blocks.0.proj_mlp.weight", "transformer_blocks.0.attn.norm_added_q.weight",
    )),
    ("sd3", "SAI", ("joint_blocks.0.context_block.adaLN_modulation.1.bias",)),
    ("sd3", "diffusers", ("pos_embed.pos_embed", "transformer_blocks.0.norm1_context.linear.weight")),
    ("z-image", "diffusers", ("layers.0.adaLN_modulation.0.weight", "layers.0.attention.to_q.weight")),
    ("z-image", "original", ("layers.0.adaLN_modulation.0.weight",)),
    ("lumina2", "original", ("cap_embedder.0.weight",)),
    ("lumina2", "diffusers", ("time_caption_embed.caption_embedder.0.weight",)),
    ("sana", "original", ("blocks.0.cross_attn.q_linear.weight", "blocks.0.mlp.inverted_conv.conv.weight")),
    ("sana", "diffusers", ("patch_embed.proj.weight", "transformer_blocks.0.ff.conv_inverted.weight")),
    ("pixart", "original", ("blocks.0.cross_attn.q_linear.weight", "t_block.1.weight")),
    ("pixart", "diffusers", (
        "adaln_single.linear.weight", "pos_embed.proj.weight", "transformer_blocks.0.attn2.to_k.weight",
    )),
    ("qwen-image-2.1", "original", ("txt_in.text_norm.weight",)),
    ("qwen-image", "diffusers", ("txt_norm.weight", "transformer_blocks.0.img_mod.1.weight")),
    ("krea2", "original", ("txtfusion.projector.weight",)),
    ("auraflow", "original", ("double_layers.0.attn.w2q.weight", "cond_seq_linear.weight")),
    ("auraflow", "diffusers", ("register_tokens", "joint_transformer_blocks.0.norm1.linear.weight")),
    ("hidream", "original", ("double_stream_blocks.0.block.adaLN_modulation.1.bias",)),
    ("hunyuan-video", "original", ("txt_in.individual_token_refiner.blocks.0.adaLN_modulation.1.bias",)),
    ("wan", "original", ("head.modulation", "blocks.0.self_attn.q.weight")),
    ("wan", "diffusers", ("patch_embedding.weight", "condition_embedder.time_proj.weight")),
    ("ltx", "original", ("patchify_proj.weight",)),
    ("anima", "original", ("llm_adapter.blocks.0.cross_attn.q_proj.weight",)),
    ("cosmos", "original", ("x_embedder.proj.1.weight", "blocks.0.self_attn.q_proj.weight")),
    ("cascade", "original", ("clip_txt_mapper.weight",)),
    ("cascade", "diffusers", ("down_blocks.1.0.channelwise.0.weight",)),
    ("sd1", "LDM", ("input_blocks.0.0.weight", "middle_block.0.in_layers.0.weight")),
    ("sd1", "diffusers", (
        "conv_in.weight", "mid_block.resnets.0.norm1.weight", "up_blocks.0.resnets.0.norm1.weight",
        "time_embedding.linear_1.weight",
    )),
)  # fmt: skip
"""(family, layout, names that are all there), in the order in which they are looked for. A U-Net is "sd1" until its
widths have been looked at."""

_BY_WORDS = {768: "sd1", 1024: "sd2", 2048: "sdxl", 1280: "sdxl-refiner"}
"""Numbers of a word that cross-attention of a U-Net reads -> its family."""

_BY_WIDTH = {3072: "flux2-klein", 4096: "flux2-klein-9b"}
"""Width of a FLUX.2's tokens -> its family."""


def unwrapping(tensors: Tensors) -> dict[str, str]:
    """Names of a file -> those that a denoiser's own program gives: without what others put before them."""
    before = next((w for w in WRAPPED if any(name.startswith(w) for name in tensors)), "")
    if before == "model." and "model.embed_tokens.weight" in tensors:
        before = ""  # a language model
    return {name: name.removeprefix(before) for name in tensors}


def unwrapped(tensors: Tensors) -> dict[str, TensorInfo]:
    """Tensors by those names."""
    return {own: tensors[name] for name, own in unwrapping(tensors).items()}


def denoiser_of(own: Tensors) -> tuple[str, str]:
    """(family, layout) of a denoiser by its own names; ("", "") where nobody knows it."""
    for family, layout, names in _MARKS:
        if all(name in own for name in names):
            if family == "sd1":
                family = unet_family(own)
            if family == "flux2":
                family = _BY_WIDTH.get(width_of(own), family)
            return family, layout
    return "", ""


def words_read(own: Tensors) -> int:
    """Numbers of a word that the cross-attention of a U-Net reads; 0 where it has none."""
    shape = first_shape(own, lambda name: name.endswith("attn2.to_k.weight"))
    return shape[-1] if shape else 0


def unet_family(own: Tensors) -> str:
    """Of a U-Net, or of a ControlNet, which begins as one. Small ones have no attention, but a sense of sizes."""
    sized = beginning(own, "label_emb.0.0.", "add_embedding.linear_1.")
    return _BY_WORDS.get(words_read(own)) or ("sdxl" if sized else "sd1")


def width_of(own: Tensors) -> int:
    """Of the tokens of a transformer, or of the first level of a U-Net; 0 where nobody knows."""
    for name in (
        "x_embedder.weight", "img_in.weight", "pos_embed.proj.weight", "x_embedder.proj.weight",
        "patch_embed.proj.weight", "all_x_embedder.2-1.weight", "patch_embedding.weight",
        "conv_in.weight", "input_blocks.0.0.weight", "patchify_proj.weight",
        "x_embedder.proj.1.weight", "init_x_linear.weight",
    ):  # fmt: skip
        if name in own and own[name].shape:
            return own[name].shape[0]
    return 0


def blocks_of(own: Tensors) -> int:
    """How many blocks a transformer has, of all kinds."""
    pattern = re.compile(
        r"((?:single_|joint_)?transformer_blocks|(?:double|single|joint)_blocks|blocks|layers|(?:double|single)_layers)"
        r"\.(\d{1,4})\."
    )
    return len({match.group(0) for match in map(pattern.match, own) if match})


def beginning(tensors: Tensors, *starts: str) -> bool:
    return any(name.startswith(starts) for name in tensors)


def first_shape(tensors: Tensors, fits: Callable[[str], bool]) -> tuple[int, ...]:
    return next((info.shape for name, info in tensors.items() if fits(name)), ())


def ending(tensors: Tensors, *ends: str) -> Iterator[tuple[str, TensorInfo]]:
    return ((name, info) for name, info in tensors.items() if name.endswith(ends))
