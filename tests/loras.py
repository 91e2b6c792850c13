"""Files of LoRAs in the layouts in use, for any network; seeded random numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RANK = 2


def layers_of(network: Any, *ends: str) -> dict[str, tuple[int, ...]]:
    """Path -> shape of the weight, of its layers that end so."""
    return {
        name.removesuffix(".weight"): tuple(weight.shape)
        for name, weight in network.state_dict().items()
        if name.removesuffix(".weight").endswith(ends) and name.endswith(".weight")
    }


def factors(layers: Mapping[str, tuple[int, ...]], seed: int = 0) -> dict[str, tuple[Any, Any]]:
    """Path -> (A [r, in...], B [out, r...])."""
    import torch

    random = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Any:
        return torch.randn(shape, generator=random) * 0.2

    ones = {path: [1] * (len(shape) - 2) for path, shape in layers.items()}
    return {
        path: (draw(RANK, *shape[1:]), draw(shape[0], RANK, *ones[path]))
        for path, shape in layers.items()
    }


def kohya(prefix: str, parts: Mapping[str, tuple[Any, Any]], alpha: float = 1.0) -> dict[str, Any]:
    """`lora_unet_` ... with an alpha of its own beside each pair."""
    import torch

    found: dict[str, Any] = {}
    for path, (a, b) in parts.items():
        name = prefix + path.replace(".", "_")
        found[f"{name}.lora_down.weight"], found[f"{name}.lora_up.weight"] = a, b
        found[f"{name}.alpha"] = torch.tensor(alpha)
    return found


def peft(prefix: str, parts: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """`unet.` ..., as diffusers saves PEFT's."""
    return {
        f"{prefix}{path}.lora_{letter}.weight": tensor
        for path, pair in parts.items()
        for letter, tensor in zip("AB", pair, strict=True)
    }


def processors(parts: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """As diffusers saved attention before it had PEFT."""
    found: dict[str, Any] = {}
    for path, (a, b) in parts.items():
        before, _, last = path.removesuffix(".0").rpartition(".")
        name = f"unet.{before}.processor.{last}_lora"
        found[f"{name}.down.weight"], found[f"{name}.up.weight"] = a, b
    return found


def save(path: Path, tensors: Mapping[str, Any], scales: Mapping[str, Any] | None = None) -> Path:
    """scales: PEFT's config, as diffusers writes it beside the tensors."""
    from safetensors.torch import save_file

    metadata = {"format": "pt"}
    if scales:
        metadata["lora_adapter_metadata"] = json.dumps(scales)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata)
    return path


def weights_of(network: Any) -> dict[str, Any]:
    """Copies, by name."""
    return {name: weight.clone() for name, weight in network.state_dict().items()}


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether they are the same weights, bit by bit."""
    return all(bool((weight == other[name]).all()) for name, weight in one.items())
