"""Files with the marks of models, and no weights."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from studio_app.catalogue.headers import TensorInfo
from tests.catalogue import layouts as of


def unet(words: int = 768) -> of.Tensors:
    """The marks of a U-Net, small."""
    shapes = {"input_blocks.0.0.weight": (8, 4, 3, 3), "middle_block.0.in_layers.0.weight": (8,)}
    shapes["middle_block.1.transformer_blocks.0.attn2.to_k.weight"] = (2, words)
    return {f"model.diffusion_model.{n}": TensorInfo("F16", s) for n, s in shapes.items()}


def lora() -> of.Tensors:
    return {
        "lora_unet_down_blocks_0_attn2_to_k.lora_down.weight": TensorInfo("F16", (2, 768)),
        "lora_unet_down_blocks_0_attn2_to_k.lora_up.weight": TensorInfo("F16", (2, 2)),
    }


def write(path: Path, tensors: of.Tensors, metadata: dict[str, str] | None = None) -> Path:
    """A whole file of these tensors, filled with zeros that take no room on the disk."""
    place, table = 0, {"__metadata__": metadata} if metadata else {}
    for name, info in tensors.items():
        end = place + info.count * 2
        table[name] = {"dtype": info.dtype, "shape": info.shape, "data_offsets": [place, end]}  # type: ignore[dict-item]
        place = end
    raw = json.dumps(table).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(raw)) + raw)
        file.truncate(8 + len(raw) + place)
    return path
