"""LoRAs and their kin: in which format, for which family, of which rank; by names and shapes alone."""

from __future__ import annotations

import re

from studio_app.catalogue.marks import Tensors, beginning, first_shape

_DOWN = (
    ".lora_down.weight",
    ".lora_A.weight",
    ".lora_A.default.weight",
    ".lora.down.weight",
    "_lora.down.weight",
)
_UP = (
    ".lora_up.weight",
    ".lora_B.weight",
    ".lora_B.default.weight",
    ".lora.up.weight",
    "_lora.up.weight",
)
_KIN = {
    ".lokr_w1": "LoKr",
    ".lokr_w1_a": "LoKr",
    ".hada_w1_a": "LoHa",
    ".oft_blocks": "OFT",
    ".dora_scale": "DoRA",
}
_NAMED = re.compile(r"\.lora_[AB]\.[\w-]+\.weight$")
"""Of PEFT, whose adapters have names, where one was saved with its own."""
_NUMBER = re.compile(r"(?<=\.)\d+(?=\.)")
_WORDS = {768: "sd1", 1024: "sd2", 2048: "sdxl", 1280: "sdxl-refiner"}


def is_lora(tensors: Tensors) -> bool:
    return any(name.endswith((*_DOWN, *_UP, *_KIN)) or _NAMED.search(name) for name in tensors)


def format_of(tensors: Tensors) -> str:
    """Whose names they have, and which kin it is where it is no plain one."""
    kin = next((kind for end, kind in _KIN.items() if any(n.endswith(end) for n in tensors)), "")
    if beginning(tensors, "lora_transformer_"):
        layout = "OneTrainer"
    elif beginning(tensors, "lora_unet_", "lora_te", "lycoris_"):
        layout = "kohya"
    elif beginning(tensors, "diffusion_model."):
        layout = "ComfyUI"
    elif beginning(tensors, "base_model.model."):
        layout = "PEFT"
    elif beginning(tensors, "transformer.", "unet.", "text_encoder."):
        layout = "diffusers"
    else:
        layout = "PEFT" if any(".lora_A." in name for name in tensors) else "unknown names"
    return f"{kin}, {layout}" if kin else layout


def rank_of(tensors: Tensors) -> int:
    shape = first_shape(tensors, lambda name: name.endswith(_DOWN))
    return shape[0] if shape else 0


def family_of(tensors: Tensors) -> str:
    """Of `families.FAMILIES`; "" where nothing says."""
    # Blocks of one kind differ in their numbers alone: hundreds of names are a dozen.
    names = {_NUMBER.sub("0", name.replace("_", ".")) for name in tensors}

    def has(pattern: str) -> bool:
        return any(re.search(pattern, name) for name in names)

    if has(r"^lora\.te2\.") or has(r"^text\.encoder\.2\."):
        return "flux1" if has(r"double\.blocks|single\.transformer") else "sdxl"
    if has(r"double\.blocks\.\d+\.img\.attn|single\.blocks\.\d+\.linear1"):
        return _flux(tensors)
    if has(r"single\.transformer\.blocks\.\d+\.attn\.to\.qkv\.mlp"):
        return "flux2-klein" if _reads(tensors, r"to_qkv_mlp") == 3072 else "flux2"
    if has(r"single\.transformer\.blocks"):
        return "flux1"
    if has(r"joint\.blocks\.\d+\.(x|context)\.block"):
        return "sd3"
    if has(r"transformer\.blocks\.\d+\.(img|txt)\.(mod|mlp)"):
        return "qwen-image"
    if has(r"layers\.\d+\.(attention|feed\.forward)\."):
        return (
            "z-image" if _reads(tensors, r"layers[._]\d+[._]attention") in (0, 3840) else "lumina2"
        )
    if has(r"blocks\.\d+\.(self|cross)\.attn\.(q|k|v|o)\b") and not has(r"proj"):
        return "wan"
    if has(r"blocks\.\d+\.(self|cross)\.attn\.(q|k|v|output)\.proj"):
        return "cosmos"
    if has(r"(down|up|mid|input|output|middle)\.block"):
        return _unet(tensors)
    if has(r"transformer\.blocks\.\d+\.attn2"):
        return "pixart"
    if has(r"transformer\.blocks\.\d+\.attn\.add\.(q|k|v)"):
        return "sd3"
    if has(r"^lora\.te1\.|^text\.encoder\.text\.model"):
        return "sdxl" if has(r"^lora\.te1\.") else "sd1"
    return "sd1" if has(r"^lora\.te\.") else ""


def _reads(tensors: Tensors, pattern: str) -> int:
    """Width of what goes into the layers of this name."""
    shape = first_shape(tensors, lambda n: n.endswith(_DOWN) and bool(re.search(pattern, n)))
    return shape[1] if len(shape) > 1 else 0


def _flux(tensors: Tensors) -> str:
    """FLUX.1 modulates in every block, FLUX.2 in none; else by how wide the first layer of a single block is."""
    if any(re.search(r"(img|txt)_mod[._]|modulation[._]lin", name) for name in tensors):
        return "flux1"
    shape = first_shape(
        tensors,
        lambda n: n.endswith(_UP) and bool(re.search(r"single_blocks[._]\d+[._]linear1", n)),
    )
    if shape:
        return {21504: "flux1", 27648: "flux2-klein", 36864: "flux2-klein-9b", 55296: "flux2"}.get(
            shape[0], "flux1"
        )
    blocks = [int(m[1]) for n in tensors if (m := re.search(r"double_blocks[._](\d+)[._]", n))]
    return "flux1" if max(blocks, default=0) > 7 else "flux2-klein"


def _unet(tensors: Tensors) -> str:
    family = _WORDS.get(_reads(tensors, r"attn2[._](to_k|to_v|processor\.to_k)"))
    if family:
        return family
    deep = r"transformer_blocks[._][2-9][._]"  # only SDXL has more than two in a row
    return "sdxl" if any(re.search(deep, name) for name in tensors) else "sd1"
