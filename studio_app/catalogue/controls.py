"""ControlNets, T2I-Adapters and IP-Adapters, by names and shapes. What kind of drawing one wants no tensor says: that
is a guess from the file's name, made by `kind_by_name`."""

from __future__ import annotations

import re

from studio_app.catalogue.encoders import CLIP, SIGLIP
from studio_app.catalogue.identity import Identity
from studio_app.catalogue.marks import Tensors, beginning, first_shape, unet_family

_KINDS = (
    ("depth", r"depth|zoe|midas"), ("pose", r"openpose|pose|dwpose"), ("normal", r"normal"),
    ("edge", r"canny|edge|hed|softedge|lineart|scribble|mlsd|sketch"), ("tile", r"tile"), ("mask", r"inpaint|seg"),
)  # fmt: skip
_SEES = {64: "grey", 192: "colour", 256: "grey", 768: "colour"}
"""Channels of an adapter's first layer, which has pixels beside each other as channels -> what it sees."""


def kind_by_name(name: str) -> str:
    """Of drawing: depth, pose, normal, edge, tile, mask; "" where the name says nothing."""
    low = name.lower()
    return next((kind for kind, sign in _KINDS if re.search(sign, low)), "")


def control_of(tensors: Tensors) -> Identity | None:
    """None where it is none of these."""
    if beginning(tensors, "lllite_unet_"):
        shape = first_shape(tensors, lambda n: "attn2_to_k" in n and n.endswith("down.0.weight"))
        wide = bool(shape) or any("_transformer_blocks_9_" in name for name in tensors)
        return Identity("controlnet", "sdxl" if wide else "", "LLLite", "ControlNet-LLLite")
    if beginning(tensors, "control_all_x_embedder.", "control_layers."):
        return Identity("union controlnet", "z-image", "original")
    if beginning(tensors, "image_proj.") and beginning(tensors, "ip_adapter."):
        words = first_shape(tensors, lambda name: name.endswith("to_k_ip.weight"))
        family, sight = {768: "sd1", 2048: "sdxl"}.get(words[-1] if words else 0, ""), CLIP
        if beginning(tensors, "image_proj.time_embedding."):
            family, sight = "sd3", SIGLIP
        return Identity("ip adapter", family, "original", sight, width=_sight_width(tensors))
    return _controlnet(tensors) or _adapter(tensors)


_SEEN_AS = {1024: 1280, 1280: 1664, 768: 1024}
"""Numbers that CLIP's image encoders make of a picture at last -> how wide these are: ViT-H, ViT-bigG, ViT-L."""


def _sight_width(tensors: Tensors) -> int:
    """How wide the image encoder is that it reads; 0 where nobody knows."""
    last = tensors.get("image_proj.proj.weight")
    inner = tensors.get("image_proj.proj_in.weight") or tensors.get("image_proj.proj.0.weight")
    if last is not None:
        return _SEEN_AS.get(last.shape[-1], 0)
    return inner.shape[-1] if inner is not None and inner.shape else 0


def _controlnet(tensors: Tensors) -> Identity | None:
    prefix = "control_model." if beginning(tensors, "control_model.") else ""
    own = {name.removeprefix(prefix): info for name, info in tensors.items()}
    seeing = "controlnet_cond_embedding.conv_in.weight" in own
    if not (seeing or "input_hint_block.0.weight" in own or beginning(own, "controlnet_blocks.")):
        return None
    layout = "diffusers" if seeing or "input_hint_block.0.weight" not in own else "LDM"
    union = beginning(own, "task_embedding", "control_add_embedding.", "controlnet_mode_embedder.")
    role = "union controlnet" if union else "controlnet"
    if beginning(own, "controlnet_blocks."):
        return Identity(role, _transformer(own), layout)
    kinds = own["task_embedding"].shape[0] if "task_embedding" in own else 0
    detail = f"{kinds} kinds of control" if kinds else ""
    return Identity(role, unet_family(own), layout, detail)


def _transformer(own: Tensors) -> str:
    """What the ControlNet of a transformer is for."""
    if beginning(own, "txt_norm.") or beginning(own, "transformer_blocks.0.img_mod."):
        return "qwen-image"
    if beginning(own, "pos_embed_input.") or beginning(own, "pos_embed.proj."):
        return "sd3"
    flux = ("controlnet_x_embedder.", "double_blocks.", "single_transformer_blocks.")
    return "flux1" if beginning(own, *flux) else ""


def _adapter(tensors: Tensors) -> Identity | None:
    for name, layout, before in (
        ("adapter.conv_in.weight", "diffusers", "adapter."),
        ("conv_in.weight", "original", ""),
    ):
        if name in tensors and beginning(tensors, f"{before}body.0."):
            channels = tensors[name].shape[1] if len(tensors[name].shape) > 1 else 0
            family = {64: "sd1", 192: "sd1", 256: "sdxl", 768: "sdxl"}.get(channels, "sd1")
            return Identity(
                "t2i adapter", family, layout, f"sees {_SEES.get(channels, 'pictures')}"
            )
    return None
