"""LoRAs that a model wears: added into its weights, so that a step costs what it cost before.

W' = W + sum of w_i delta_i. Of every layer that is touched W itself is kept, so that taking a LoRA off, or changing how
much of it there is, begins from the same bits; only layers whose sum changes are made anew. A layer whose weight stays
packed (`operators/kept.py`) adds them where it is multiplied out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from studio_app.core.errors import StudioError
from studio_app.engine.loading.budget import check_room
from studio_app.engine.loras.file import Delta, LoraFile, delta_of, find_lora, read_lora
from studio_app.engine.loras.names import (
    DENOISERS,
    TRANSFORMER,
    AlsoCalled,
    Known,
    Place,
    Share,
    names_of,
)
from studio_app.engine.operators.kept import KeptLayer

Worn = tuple[tuple[str, float], ...]
"""(name or path of a LoRA, how much of it), in the order in which they are added."""
KEPT = 16
"""LoRAs whose small matrices stay in memory."""
_LARGEST = 1 << 28
"""Numbers in the largest tensor of a LoRA, or in a product of two."""


Stamp = tuple[Path, int, int]
"""Of a file, when it was read: its path, time and size."""


class _Read:
    """A LoRA as it fits this model. deltas: by layer. missed: how many of its tensors fit nothing."""

    def __init__(
        self, file: LoraFile, stamp: Stamp, deltas: dict[Place, Delta], missed: int
    ) -> None:
        self.name = file.path.name
        self.stamp = stamp
        self.total = len(file.header)
        self.deltas = deltas
        self.missed = missed


class Loras:
    """Of one model. networks: by the component that they are, "unet" or "transformer" among them. also: what the layers
    of that one are called elsewhere. aside: whether what weights were before is kept in the computer's memory, since
    the card has no room for a large network twice."""

    def __init__(
        self,
        networks: Mapping[str, nn.Module],
        also: AlsoCalled | None = None,
        *,
        aside: bool = False,
    ) -> None:
        self.worn: Worn = ()
        self._on: dict[str, _Read] = {}
        """Those worn, by what they were asked for by."""
        self._networks = dict(networks)
        self._also = also
        self._aside = aside
        self._read: dict[Stamp, _Read] = {}
        self._kept: dict[Place, Tensor] = {}
        self._added: dict[Place, int] = {}
        self._sums: dict[Place, tuple[tuple[int, float], ...]] = {}
        self._names: Known | None = None

    @property
    def held(self) -> int:
        """Bytes of the weights as they are without them, and of what packed ones add, where the networks are."""
        added = sum(self._added.values())
        return added if self._aside else added + sum(kept.nbytes for kept in self._kept.values())

    @property
    def words(self) -> tuple[tuple[Stamp, float], ...]:
        """Those worn that change how words are read, and how much of each."""
        on = ((self._on[name], weight) for name, weight in self.worn)
        return tuple(
            (lora.stamp, weight)
            for lora, weight in on
            if any(place.component not in DENOISERS for place in lora.deltas)
        )

    def wear(self, wanted: Sequence[tuple[str, float]]) -> int:
        """Puts on just these, as their files are now; how many layers were made anew. StudioError where one can't be
        used; then nothing has changed."""
        worn = tuple((name, weight) for name, weight in wanted if weight != 0)
        on = {name: self._of(name) for name, _ in worn}
        if worn == self.worn and on == self._on:
            return 0
        read = [(on[name], weight) for name, weight in worn]
        sums: dict[Place, list[tuple[Delta, float]]] = {}
        for lora, weight in read:
            for place, delta in lora.deltas.items():
                sums.setdefault(place, []).append((delta, weight))
        keys = {place: tuple((id(d), w) for d, w in parts) for place, parts in sums.items()}
        touched = [p for p in {**self._sums, **keys} if self._sums.get(p) != keys.get(p)]
        self._check_room([p for p in touched if p not in self._kept and p in sums])
        with torch.no_grad():
            for place in touched:
                self._make(place, sums.get(place, []))
        self._sums, self.worn, self._on = keys, worn, on
        self._forget()
        return len(touched)

    def _check_room(self, places: Sequence[Place]) -> None:
        """StudioError where the weights as they are can't be kept."""
        layers = [self._layer(place) for place in places]
        weights = [layer.weight for layer in layers if not isinstance(layer, KeptLayer)]
        if weights:
            place = torch.device("cpu") if self._aside else weights[0].device
            check_room("The LoRA", sum(weight.nbytes for weight in weights), place)

    def notes(self, wanted: Sequence[tuple[str, float]]) -> list[str]:
        """Of each, what of it fits nothing in this model."""
        read = {lora.name: lora for lora in (self._of(name) for name, _ in wanted)}
        return [
            f"of the LoRA {lora.name} {lora.missed} of {lora.total} tensors fit nothing in this model"
            for lora in read.values()
            if lora.missed
        ]

    def _make(self, place: Place, parts: Sequence[tuple[Delta, float]]) -> None:
        layer = self._layer(place)
        if isinstance(layer, KeptLayer):
            there = [(delta.at(layer.numbers.device), share) for delta, share in parts]
            layer.changes = tuple(there)
            self._added[place] = sum(delta.nbytes for delta, _ in there)
            return
        weight: Tensor = layer.weight
        if not parts:
            weight.copy_(self._kept.pop(place))
            return
        if place not in self._kept:
            kept = weight.detach()
            self._kept[place] = kept.to("cpu", copy=True) if self._aside else kept.clone()
        total = base = self._kept[place].to(weight.device).float()
        for delta, share in parts:
            total = total + share * delta.of(base)
        weight.copy_(total)

    def _layer(self, place: Place) -> Any:
        return self._networks[place.component].get_submodule(place.path)

    def _shape(self, place: Place) -> tuple[int, ...]:
        layer = self._layer(place)
        return layer.shape if isinstance(layer, KeptLayer) else tuple(layer.weight.shape)

    def _of(self, name: str) -> _Read:
        """As its file is now; one that is worn as it was read, where that is gone, or is being written anew."""
        try:
            path = find_lora(name)
            state = path.stat()
            key = (path, state.st_mtime_ns, state.st_size)
            if key not in self._read:
                self._read[key] = self._open(path, key)
            return self._read[key]
        except (StudioError, OSError):
            if name in self._on:
                return self._on[name]
            raise

    def _open(self, path: Path, stamp: Stamp) -> _Read:
        from safetensors import SafetensorError, safe_open

        file = read_lora(path)
        deltas: dict[Place, Delta] = {}
        missed, why = file.strange, "it is for another kind of model"
        try:
            with safe_open(path, framework="pt") as reader:
                for name, parts in file.layers.items():
                    places = self.names.get(name, [])
                    try:
                        if not places or any(place in deltas for place, _ in places):
                            raise ValueError(why)
                        deltas |= self._delta(file, name, reader, places)
                    except (ValueError, RuntimeError) as error:
                        missed, why = missed + len(parts), str(error)
        except (OSError, SafetensorError) as error:
            raise StudioError(f"Can't read the LoRA {path.name}", str(error)) from error
        if not deltas:
            raise StudioError(
                f"The LoRA {path.name} does not fit this model",
                f"none of its {len(file.header)} tensors has a place in it: {why}",
                "Choose one that was trained for such a model.",
            )
        return _Read(file, stamp, deltas, missed)

    def _delta(
        self, file: LoraFile, name: str, reader: Any, places: Sequence[tuple[Place, Share]]
    ) -> dict[Place, Delta]:
        """ValueError or RuntimeError where it does not fit."""
        tensors: dict[str, Tensor] = {}
        for part, own in file.layers[name].items():
            info = file.header[own]
            size = 1
            for side in info.shape:
                size *= side
            numbers = info.dtype.startswith(("F", "BF")) or part == "alpha"
            if size > _LARGEST or not numbers:
                raise ValueError("it holds something else than a LoRA's numbers")
            tensor = reader.get_tensor(own).clone()  # not the file's own memory: see `Weights`
            if not bool(torch.isfinite(tensor.float()).all()):
                raise ValueError("it holds numbers that are not finite")
            tensors[part] = tensor
        made = delta_of(file, name, tensors)
        # On no memory first: what does not fit is seen before its product is made.
        nowhere = made.at(torch.device("meta"))
        for place, share in places:
            with torch.device("meta"):
                replace(nowhere, share=share).of(torch.empty(self._shape(place)))
        return {place: replace(made, share=share) for place, share in places}

    @property
    def names(self) -> Known:
        """Every name of every layer that a LoRA may change."""
        if self._names is None:
            self._names = {}
            for component, network in self._networks.items():
                config: Any = getattr(network, "config", None)
                layers = getattr(config, "layers_per_block", 2)
                paths = [
                    path
                    for path, module in network.named_modules()
                    if isinstance(module, nn.Linear | nn.Conv2d)
                ]
                count = layers if isinstance(layers, int) else 2
                also = self._also if component == TRANSFORMER else None
                self._names |= names_of(component, paths, count, also)
        return self._names

    def _forget(self) -> None:
        """Of those that are not worn any more the oldest leave."""
        needed = {id(lora) for lora in self._on.values()}
        for key in list(self._read):
            if len(self._read) <= KEPT:
                return
            if id(self._read[key]) not in needed:
                del self._read[key]
