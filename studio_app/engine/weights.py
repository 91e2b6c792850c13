"""The tensors of one network, wherever they lie: alone in a component's file, or among others in a single one.

They are known by their header, under the names that the network's class gives them, before a byte of them is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.core.errors import StudioError
from studio_app.engine.checkpoint import TensorInfo, read_header, refused, weights_file
from studio_app.engine.device import Device
from studio_app.engine.loading import was_read

Rename = Callable[[str], str | None]
"""From a name in a file to the name of today; None for what no network reads."""


@dataclass(frozen=True)
class Weights:
    """model: the folder or file that the artist chose. path: of the file. part: what of the model it is, in words.

    header: dtype and shape by the class's name. names: the class's name -> the file's.
    """

    model: Path
    path: Path
    part: str
    header: Mapping[str, TensorInfo]
    names: Mapping[str, str]

    def read(self, device: Device) -> dict[str, Tensor]:
        """Every tensor, in the device's dtype. StudioError where the file can't be read or holds no numbers."""
        from safetensors import SafetensorError, safe_open

        found: dict[str, Tensor] = {}
        wanted = {own: name for name, own in self.names.items()}
        try:
            with safe_open(self.path, framework="pt") as file:
                reader: Any = file
                for own in reader.offset_keys():
                    if own in wanted:
                        name = wanted[own]
                        tensor = reader.get_tensor(own).reshape(self.header[name].shape)
                        was_read(self.part, tensor.nbytes)
                        found[name] = self._placed(name, tensor, device)
        except (OSError, SafetensorError) as error:
            raise StudioError(
                f"Can't read {self.path.name} of {self.path.parent.name}", str(error)
            ) from error
        return found

    def _placed(self, name: str, tensor: Tensor, device: Device) -> Tensor:
        if not tensor.is_floating_point():
            return tensor
        tensor = tensor.to(device.place, device.dtype)
        # One infinite weight of an autoencoder makes every picture black, without a word.
        if not bool(torch.isfinite(tensor.sum(dtype=torch.float32))):
            raise refused(self.model, f"{self.part}: {name} holds numbers that are not finite")
        return tensor

    def as_linear(self, is_linear: Callable[[str], bool]) -> Weights:
        """With the 1x1 convolutions of these names read as what they are today: linear layers."""
        header = {
            name: TensorInfo(info.dtype, info.shape[:2])
            if is_linear(name) and info.shape[2:] == (1, 1)
            else info
            for name, info in self.header.items()
        }
        return replace(self, header=header)


def weights_of(folder: Path, component: str, rename: Rename) -> Weights:
    """Of a component of a folder in diffusers' layout. StudioError."""
    path = weights_file(folder, component)
    return part_of(folder, path, component, read_header(path), rename)


def part_of(
    model: Path, path: Path, part: str, header: Mapping[str, TensorInfo], rename: Rename
) -> Weights:
    """Of a file with this header, what `rename` has a name for. StudioError where two get the same."""
    names: dict[str, str] = {}
    for own in header:
        name = rename(own)
        if name is None:
            continue
        if name in names:
            raise refused(
                model, f"{part}: {own[:60]!r} and {names[name][:60]!r} are the same tensor"
            )
        names[name] = own
    return Weights(model, path, part, {name: header[own] for name, own in names.items()}, names)
