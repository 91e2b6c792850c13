"""How the weights of a file are written: in which dtypes, scaled or packed by whom, and whether that is read here."""

from __future__ import annotations

from collections import Counter

from studio_app.catalogue.marks import Tensors, ending

_WORDS = {
    "F64": "64-bit", "F32": "fp32", "F16": "fp16", "BF16": "bf16", "F8_E4M3": "fp8 (e4m3)", "F8_E5M2": "fp8 (e5m2)",
    "I8": "int8", "U8": "packed bytes",
}  # fmt: skip
_FP8 = ("F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ")
SCALES = (".weight_scale", ".scale_weight")
KEPT_BITS = {
    "F8_E4M3": 8.0, "F8_E5M2": 8.0, "Q2_K": 2.625, "Q3_K": 3.4375, "Q4_0": 4.5, "Q4_1": 5.0, "Q4_K": 4.5, "Q5_0": 5.5,
    "Q5_1": 6.0, "Q5_K": 5.5, "Q6_K": 6.5625, "Q8_0": 8.5,
}  # fmt: skip
"""Of a number in memory where a network computes with it as it is written; all others are multiplied out."""


def numbers_of(tensors: Tensors, gguf: bool = False) -> tuple[str, str]:
    """(how they are written, why that can't be read here or "")."""
    counts: Counter[str] = Counter()
    for info in tensors.values():
        counts[info.dtype] += info.count
    if not counts:
        return "", ""
    main = counts.most_common(1)[0][0]
    if gguf:
        return f"GGUF {main}", ""
    scaled = any(True for _ in ending(tensors, *SCALES)) or "scaled_fp8" in tensors
    if any(True for _ in ending(tensors, ".wscales", ".smooth_factor")):
        return "SVDQuant, 4 bits", "4-bit SVDQuant (Nunchaku) needs kernels that are not here"
    if any(True for _ in ending(tensors, ".absmax", ".quant_map")):
        return "bitsandbytes, 4 bits", "4-bit weights of bitsandbytes are not read here"
    if any(True for _ in ending(tensors, ".weight_scale_2")) and counts["U8"] + counts["F4"]:
        return "nvfp4", "nvfp4 needs a Blackwell card and kernels that are not here"
    rotated = any(True for _ in ending(tensors, ".comfy_quant"))
    if counts["I8"] and (main == "I8" or rotated):
        if rotated or scaled:
            return "int8, rotated (ConvRot)", "int8 with rotated blocks (ConvRot) is not read here"
        return "int8", "plain int8 weights are not read here"
    if main in _FP8:
        return ("fp8, scaled" if scaled else _WORDS.get(main, "fp8")), ""
    if main in ("U8", "F4", "F6_E2M3", "F6_E3M2") and len(tensors) > 8:
        return "packed bytes", "nobody knows how its weights are packed"
    return _WORDS.get(main, main), ""


def parameters_of(tensors: Tensors) -> int:
    """Numbers that a network computes with; two to a byte where they are packed."""
    scales = (*SCALES, ".input_scale", ".comfy_quant", ".weight_scale_2")
    packed = any(name.endswith(".weight_scale_2") for name in tensors)
    return sum(
        info.count * (2 if packed and info.dtype == "U8" else 1)
        for name, info in tensors.items()
        if not name.endswith(scales)
    )
