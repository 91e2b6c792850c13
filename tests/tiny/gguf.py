"""Tiny networks as GGUF files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import quantize


def write_gguf(path: Path, tensors: dict[str, Any], kind: GGMLQuantizationType) -> None:
    writer = GGUFWriter(path, "pig")  # what it says of itself is not believed
    for name, tensor in tensors.items():
        numbers = tensor.float().numpy()
        if numbers.ndim == 2 and numbers.shape[1] % 32 == 0:
            writer.add_tensor(name, quantize(numbers, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, np.ascontiguousarray(numbers))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
