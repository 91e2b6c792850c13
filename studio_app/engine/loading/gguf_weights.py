"""Tensors of a GGUF file, multiplied out or packed. Its header was read and checked by us (`catalogue/gguf.py`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from studio_app.core.errors import StudioError
from studio_app.engine.operators.unpacking import UNPACKED, unpacked


class GgufTensors:
    """As `safetensors.safe_open` gives a file: names, and tensors by name; every one in ordinary numbers."""

    def __init__(self, path: Path) -> None:
        from gguf import GGUFReader

        try:
            self._tensors = {tensor.name: tensor for tensor in GGUFReader(path).tensors}
        except Exception as error:  # whatever a stranger's file makes it raise
            raise StudioError(f"Can't read {path.name}", str(error)[:200]) from error

    def __enter__(self) -> GgufTensors:
        return self

    def __exit__(self, *_: object) -> None:
        self._tensors = {}

    def offset_keys(self) -> list[str]:
        return list(self._tensors)

    def get_packed(self, name: str) -> Tensor:
        """uint8 [O, bytes] of a matrix, as it lies in the file; a copy."""
        return torch.from_numpy(np.array(self._tensors[name].data, np.uint8))

    def get_tensor(self, name: str) -> Tensor:
        """float32, or as it is where it is not packed."""
        from gguf import GGMLQuantizationType as Kind
        from gguf.quants import dequantize

        tensor: Any = self._tensors[name]
        shape = [int(side) for side in reversed(tensor.shape)]
        if tensor.tensor_type in (Kind.F32, Kind.F16, Kind.F64):
            numbers = np.array(tensor.data)
        elif tensor.tensor_type.name in UNPACKED:
            return unpacked(self.get_packed(name), tensor.tensor_type.name).reshape(shape)
        else:
            try:
                numbers = dequantize(tensor.data, tensor.tensor_type)
            except NotImplementedError:
                said = f"{name[:60]} is packed as {tensor.tensor_type.name}, which is not read"
                raise StudioError(
                    "Can't use this GGUF", said, "Take it as Q8_0 or Q4_K_M"
                ) from None
        return torch.from_numpy(numbers.reshape(shape))
