"""Resumable state of a training run: one safetensors file, its scalars in the metadata.

The file is written atomically and the one before it is kept, so that neither a kill in mid-write
nor a full disk nor a state that turns out bad costs more than the last few minutes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from studio_app.core.errors import StudioError
from studio_app.core.files import replace_atomic, write_text_atomic

STATE = "state.safetensors"
PREVIOUS = "state.previous.safetensors"
KEPT = "kept"
"""Folder of the weights that a run chose to keep, beside its newest ones."""


@dataclass
class State:
    """tensors: by dotted name (`model.`, `ema.`, `optimizer.`); scalars: JSON values."""

    tensors: dict[str, Tensor]
    scalars: dict[str, Any] = field(default_factory=dict)

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors under `prefix.`, with that prefix taken off."""
        start = prefix + "."
        return {k.removeprefix(start): v for k, v in self.tensors.items() if k.startswith(start)}


def save_state(folder: Path, state: State) -> None:
    """Writes STATE into `folder`, keeping the one before it as PREVIOUS. Raises StudioError."""
    folder.mkdir(parents=True, exist_ok=True)
    path, previous = folder / STATE, folder / PREVIOUS
    tensors = {k: v.detach().cpu().contiguous() for k, v in state.tensors.items()}
    with replace_atomic(path) as temporary:
        temporary.write_bytes(save(tensors, {"scalars": json.dumps(state.scalars)}))
        if path.exists():  # linked only now: a failed write leaves both good states in place
            previous.unlink(missing_ok=True)
            os.link(path, previous)


def load_state(folder: Path) -> State | None:
    """The newest readable state in `folder`, or None when there is none."""
    for name in (STATE, PREVIOUS):
        path = folder / name
        if not path.exists():
            continue
        try:
            with safe_open(str(path), framework="pt") as file:
                metadata = file.metadata() or {}
                names = file.keys()  # a list: the file itself cannot be looped over
                tensors = {name: file.get_tensor(name).clone() for name in names}
            return State(tensors, json.loads(metadata["scalars"]))
        except (SafetensorError, KeyError, json.JSONDecodeError, OSError):
            continue
    return None


def averaged_weights(folder: Path, name: str) -> dict[str, Tensor] | None:
    """The averaged weights of module `name` that the run in `folder` kept, else its newest; buffers included."""
    state = load_state(folder / KEPT) or load_state(folder)
    if state is None:
        return None
    return {**state.part(f"model.{name}"), **state.part(f"ema.{name}")}


def load_weights(path: Path) -> dict[str, Tensor]:
    """Reads a safetensors weight file as float32. Raises StudioError."""
    try:
        with safe_open(str(path), framework="pt") as file:
            names = file.keys()
            return {name: _float(file.get_tensor(name)) for name in names}
    except (SafetensorError, OSError) as error:
        raise StudioError("Weights cannot be read", f"{path}: {error}") from error


def save_weights(path: Path, tensors: Mapping[str, Tensor], dtype: torch.dtype) -> None:
    """Writes a weight file the way diffusers and transformers name and read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cast = {
        k: v.detach().cpu().to(dtype if v.is_floating_point() else v.dtype).contiguous().clone()
        for k, v in tensors.items()
    }
    with replace_atomic(path) as temporary:
        temporary.write_bytes(save(cast, {"format": "pt"}))


def save_model(folder: Path, model: nn.Module, dtype: torch.dtype = torch.float32) -> None:
    """Writes config.json and the weights of a diffusers or transformers model."""
    folder.mkdir(parents=True, exist_ok=True)
    if hasattr(model, "to_json_string"):  # diffusers
        weights = "diffusion_pytorch_model.safetensors"
        text = model.to_json_string()  # type: ignore[operator]
    else:
        config: Any = model.config
        config.architectures = [type(model).__name__]
        # transformers reads weights as they are stored, diffusers as float32: a pipeline that mixes
        # half and single precision fails unless the config says otherwise.
        config.dtype = "float32"
        weights, text = "model.safetensors", config.to_json_string()
    save_weights(folder / weights, model.state_dict(), dtype)
    write_text_atomic(folder / "config.json", str(text))


def load_model_weights(folder: Path, model: nn.Module, hint: str = "") -> None:
    """Fills a model from a folder of `save_model`'s or the shipped checkpoint's. Raises StudioError."""
    names = ("diffusion_pytorch_model.safetensors", "model.safetensors")
    path = next((folder / name for name in names if (folder / name).exists()), None)
    if path is None:
        raise StudioError("Weights are missing", f"{folder} holds none.", hint)
    try:
        model.load_state_dict(load_weights(path))
    except RuntimeError as error:
        raise StudioError(
            "The weights do not fit the recipe",
            f"{path}: {str(error).splitlines()[-1].strip()}",
            "Use the recipe they were trained with.",
        ) from error


def all_finite(tensors: Iterable[Tensor]) -> bool:
    """True when no floating-point tensor holds NaN or infinity."""
    return all(bool(torch.isfinite(t).all()) for t in tensors if t.is_floating_point())


def _float(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor.clone()
