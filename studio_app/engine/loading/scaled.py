"""Weights of eight bits: fp8 as it is, and fp8 whose matrices have a scale beside them, as ComfyUI writes it.

The networks compute in the device's own dtype: they are multiplied out (`operators/unpacking.py`) when they are read,
or, where the memory wants it, when they are used (`operators/kept.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from studio_app.catalogue.headers import TensorInfo, refused
from studio_app.catalogue.numbers import SCALES
from studio_app.engine.operators.unpacking import is_of_blocks

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
    """StudioError where a scale is neither one number, nor one for each row of its matrix or each block of a row."""
    for matrix, name in scales.items():
        info, own = header[name], header[matrix].shape
        if info.dtype not in ("F32", "F16", "BF16") or not _fits(info.shape, own):
            raise refused(
                model,
                f"the scale of {matrix[:60]} is {'x'.join(map(str, info.shape))} numbers",
                "Such scales are not read; take the model in fp16 or bf16",
            )


def _fits(scale: tuple[int, ...], matrix: tuple[int, ...]) -> bool:
    if is_of_blocks(scale):
        return len(matrix) == 2 and scale[0] == matrix[0] and matrix[1] % scale[1] == 0
    return tuple(side for side in scale if side != 1) in ((), matrix[:1])
