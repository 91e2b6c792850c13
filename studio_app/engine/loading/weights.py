"""The tensors of one network, wherever they lie: alone in a component's file, or among others in a single one.

They are known by their header, under the names that the network's class gives them, before a byte of them is read.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.catalogue.folders import sharded_header, shards_of
from studio_app.catalogue.joining import JoinedHeader
from studio_app.catalogue.numbers import KEPT_BITS
from studio_app.core.errors import StudioError
from studio_app.engine.device import Device
from studio_app.engine.loading.checkpoint import TensorInfo, read_header, refused, weights_file
from studio_app.engine.loading.cuts import Cut, Cuts
from studio_app.engine.loading.gguf_weights import GgufTensors
from studio_app.engine.loading.progress import was_read
from studio_app.engine.loading.scaled import check_scales, without_scales
from studio_app.engine.operators.kept import FP8, Small
from studio_app.engine.operators.unpacking import UNPACKED, multiplied_out

Rename = Callable[[str], str | None]
"""From a name in a file to the name of today; None for what no network reads."""


@dataclass(frozen=True)
class Weights:
    """model: the folder or file that the artist chose. path: of the file. part: what of the model it is, in words.

    header: dtype and shape by the class's name. names: the class's name -> the file's. scales: by the file's name of a
    matrix, that of what it is multiplied by. places: by those names, the file and the name in it, of what does not lie
    in `path` under its own name: of a network that is cut into several files, or of parts that lie apart. cuts: by the
    class's name, where a tensor of the file is not one of the network's as it is. identities: by that name, the side
    of what is in no file, since it changes nothing. packed: by the file's name, how GGUF packs it.
    """

    model: Path
    path: Path
    part: str
    header: Mapping[str, TensorInfo]
    names: Mapping[str, str]
    scales: Mapping[str, str] = field(default_factory=dict[str, str])
    places: Mapping[str, tuple[Path, str]] = field(default_factory=dict[str, tuple[Path, str]])
    cuts: Mapping[str, Cut] = field(default_factory=dict[str, Cut])
    identities: Mapping[str, int] = field(default_factory=dict[str, int])
    packed: Mapping[str, str] = field(default_factory=dict[str, str])

    def read(self, device: Device) -> dict[str, Tensor]:
        """Every tensor, in the device's dtype. StudioError where the file can't be read or holds no numbers."""
        read = self.read_small(device, ())
        return {name: tensor for name, tensor in read.items() if isinstance(tensor, Tensor)}

    def read_small(self, device: Device, small: Container[str]) -> dict[str, Tensor | Small]:
        """Likewise; those of these names that are smaller in the file as they are there."""
        from safetensors import SafetensorError

        found: dict[str, Tensor | Small] = {}
        wanted: dict[str, list[str]] = {}
        for name, own in self.names.items():
            wanted.setdefault(own, []).append(name)
        for path, names in self._by_file().items():
            try:
                with _opened(path) as file:
                    for inner in file.offset_keys():
                        own = names.get(inner)
                        if own is None:
                            continue
                        if all(name in small for name in wanted[own]):
                            found |= self._smalls(file, own, wanted[own], device)
                        if wanted[own][0] not in found:
                            whole = self._whole(file, own)
                            for name in wanted[own]:
                                found[name] = self._placed(name, self._part(whole, name), device)
            except (OSError, SafetensorError) as error:
                raise StudioError(
                    f"Can't read {path.name} of {path.parent.name}", str(error)
                ) from error
        for name, side in self.identities.items():
            found[name] = torch.eye(side, device=device.place, dtype=device.dtype)
        return found

    @property
    def count(self) -> int:
        """Numbers in it."""
        return sum(info.count for info in self.header.values())

    def bytes_there(self, device: Device, small: Container[str]) -> int:
        """What `read_small` gives."""
        whole = 8 * device.dtype.itemsize
        bits = 0.0
        for name, info in self.header.items():
            few = KEPT_BITS.get(self.packed.get(self.names.get(name, ""), info.dtype))
            bits += info.count * (few if few and name in small else whole)
        return round(bits / 8)

    def _by_file(self) -> dict[Path, dict[str, str]]:
        """Of every file that is read, the names in it -> those of `names`."""
        files: dict[Path, dict[str, str]] = {}
        for own in self.names.values():
            path, inner = self.places.get(own, (self.path, own))
            files.setdefault(path, {})[inner] = own
        return files

    def _whole(self, file: Any, own: str) -> Tensor:
        """A tensor as it was before it was made small."""
        tensor = file.get_tensor(self._inner(own))
        # What is packed stands in the header as if it were of sixteen bits.
        was_read(self.part, 2 * tensor.numel() if own in self.packed else tensor.nbytes)
        scale = self.scales.get(own)
        if scale is None:
            return tensor
        return multiplied_out(tensor, file.get_tensor(self._inner(scale)))

    def _smalls(
        self, file: Any, own: str, names: Sequence[str], device: Device
    ) -> dict[str, Small]:
        """Of a matrix of the file by these names of what it is cut into; none where it is not small."""
        cuts = [self.cuts.get(name) for name in names]
        if any(cut is not None and cut.turned for cut in cuts):
            return {}
        kind, scale = self.packed.get(own, ""), self.scales.get(own)
        info = self.header[names[0]]
        if kind in UNPACKED and len(info.shape) == 2:
            numbers = file.get_packed(self._inner(own))
            was_read(self.part, 2 * sum(self.header[name].count for name in names))
        elif info.dtype in FP8:
            numbers = file.get_tensor(self._inner(own))
            was_read(self.part, numbers.nbytes)
        else:
            return {}
        scales = None if scale is None else file.get_tensor(self._inner(scale))
        found: dict[str, Small] = {}
        for name, cut in zip(names, cuts, strict=True):
            part = _cut(numbers, cut)
            if not kind:
                part = part.reshape(self.header[name].shape)
            factor = scales if scales is None or scales.numel() == 1 else _cut(scales, cut)
            small = Small(
                part.to(device.place, copy=True),
                kind,
                None if factor is None else factor.to(device.place, copy=True),
            )
            for rows in small.parts():
                self._check_finite(name, rows)
            found[name] = small
        return found

    def _inner(self, own: str) -> str:
        return self.places[own][1] if own in self.places else own

    def _part(self, whole: Tensor, name: str) -> Tensor:
        """What of a tensor of the file is the network's of this name, in its shape."""
        cut = self.cuts.get(name)
        tensor = whole if cut is None else cut.of(whole).contiguous()
        return tensor.reshape(self.header[name].shape)

    def _placed(self, name: str, tensor: Tensor, device: Device) -> Tensor:
        # Always a copy: what is given lies in the file, and whoever writes into that (a download, a training) would
        # change the open model, or end the program where he makes it shorter.
        if not tensor.is_floating_point():
            return tensor.clone()
        tensor = tensor.to(device.place, device.dtype, copy=True)
        self._check_finite(name, tensor)
        return tensor

    def _check_finite(self, name: str, tensor: Tensor) -> None:
        # One infinite weight of an autoencoder makes every picture black, without a word.
        if not bool(torch.isfinite(tensor.sum(dtype=torch.float32))):
            raise refused(self.model, f"{self.part}: {name} holds numbers that are not finite")

    def only(self, kept: Callable[[str], bool]) -> Weights:
        """Without the others, which are not read."""
        header = {name: info for name, info in self.header.items() if kept(name)}
        names = {name: own for name, own in self.names.items() if kept(name)}
        return replace(self, header=header, names=names)

    def as_rows(self, names: Sequence[str]) -> Weights:
        """With vectors of these names read as matrices of one row: some programs drop a side of 1 when they pack."""
        header = dict(self.header)
        for name in names:
            info = header.get(name)
            if info is not None and len(info.shape) == 1:
                header[name] = TensorInfo(info.dtype, (1, *info.shape))
        return replace(self, header=header)

    def with_identity(self, name: str, side: int) -> Weights:
        """With a matrix of this name that changes nothing."""
        header = {**self.header, name: TensorInfo("F32", (side, side))}
        return replace(self, header=header, identities={**self.identities, name: side})

    def as_linear(self, is_linear: Callable[[str], bool]) -> Weights:
        """With the 1x1 convolutions of these names read as what they are today: linear layers."""
        header = {
            name: TensorInfo(info.dtype, info.shape[:2])
            if is_linear(name) and info.shape[2:] == (1, 1)
            else info
            for name, info in self.header.items()
        }
        return replace(self, header=header)

    def cut(self, cuts: Cuts) -> Weights:
        """With tensors made of parts of others. cuts: by name, the names it becomes and what of it each is."""
        header, names, known = dict(self.header), dict(self.names), dict(self.cuts)
        for name, parts in cuts.items():
            own, info = names.pop(name), header.pop(name)
            for part, cut in parts.items():
                if part in names:
                    raise refused(self.model, f"{self.part}: {part[:60]!r} is there twice")
                names[part], known[part] = own, cut
                header[part] = TensorInfo(info.dtype, cut.shape(info.shape))
        return replace(self, header=header, names=names, cuts=known)


def weights_of(folder: Path, component: str, rename: Rename) -> Weights:
    """Of a component of a folder in diffusers' layout. StudioError."""
    path = weights_file(folder, component)
    header = JoinedHeader() if len(shards_of(path)) > 1 else read_header(path)
    if isinstance(header, JoinedHeader):
        sharded_header(path)  # says what is amiss with them
        for shard in shards_of(path):
            tensors = read_header(shard)
            header.take(shard, tensors, {name: name for name in tensors})
    return part_of(folder, path, component, header, rename)


def part_of(
    model: Path,
    path: Path,
    part: str,
    header: Mapping[str, TensorInfo],
    rename: Rename,
) -> Weights:
    """Of a file with this header (or of several that are one), what `rename` has a name for. StudioError where two get
    the same."""
    whole = header
    joined = whole if isinstance(whole, JoinedHeader) else JoinedHeader()
    header, scales = without_scales(whole)
    check_scales(model, whole, scales)
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
    own_header = {name: header[own] for name, own in names.items()}
    places, packed = joined.places, joined.packed
    return Weights(model, path, part, own_header, names, scales, places, packed=packed)


def _cut(tensor: Tensor, cut: Cut | None) -> Tensor:
    return tensor if cut is None else cut.of(tensor).contiguous()


def _opened(path: Path) -> Any:
    """Something with `offset_keys` and `get_tensor`, for as long as it is open."""
    from safetensors import safe_open

    if path.suffix.lower() == ".gguf":
        return GgufTensors(path)
    return safe_open(path, framework="pt")
