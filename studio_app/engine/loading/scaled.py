"""Weights of eight bits: fp8 as it is, and fp8 whose matrices have a scale beside them, as ComfyUI writes it.

They are multiplied out when they are read: the networks compute in the device's own dtype.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from studio_app.catalogue.headers import TensorInfo, refused
from studio_app.catalogue.numbers import SCALES

_BESIDE = (".input_scale", ".scale_input", ".comfy_quant")
"""Of a matrix, for arithmetic that is not done here."""
_MARK = "scaled_fp8"


def without_scales(
    header: Mapping[str, TensorInfo],
) -> tuple[dict[str, TensorInfo], dict[str, str]]:
    """A header without what stands beside its matrices, and by name of a matrix its scale, both as in the file."""
    scales: dict[str, str] = {}
    left: dict[str, TensorInfo] = {}
    for name, info in header.items():
        end = next((end for end in SCALES if name.endswith(end)), "")
        matrix = f"{name.removesuffix(end)}.weight"
        if end and matrix in header:
            scales[matrix] = name
        elif not name.endswith((*_BESIDE, _MARK)):
            left[name] = info
    return left, scales


def check_scales(model: Path, header: Mapping[str, TensorInfo], scales: Mapping[str, str]) -> None:
    """StudioError where a scale is neither one number nor one for each row of its matrix."""
    for matrix, name in scales.items():
        rows = header[matrix].shape[:1]
        shape = tuple(side for side in header[name].shape if side != 1)
        if shape not in ((), rows) or header[name].dtype not in ("F32", "F16", "BF16"):
            raise refused(
                model,
                f"the scale of {matrix[:60]} is {'x'.join(map(str, header[name].shape))} numbers",
                "Scales of blocks are not read; take the model in fp16 or bf16",
            )


def multiplied_out(weight: Tensor, scale: Tensor) -> Tensor:
    """float32 of a matrix [O, ...] and its scale: one number, or [O]."""
    whole = weight.to(torch.float32)
    factor = scale.to(torch.float32).flatten()
    return whole * (factor if factor.numel() == 1 else factor.reshape(-1, *[1] * (whole.ndim - 1)))
