"""What a U-Net is given of drawings: by ControlNets, which see x_t, and by T2I-Adapters, which do not.

A ControlNet (Zhang et al. 2302.05543) runs at every step of its range, and not outside of it; what it makes of the
drawing alone (its first eight convolutions, at full size) is computed once per drawing. A union of ControlNets
(ControlNet++) is one network for several kinds, asked once for all that act.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio_app.catalogue.folders import component_header
from studio_app.core.controls import Control, ControlKind
from studio_app.core.errors import StudioError
from studio_app.engine.controls.features import Features, adapter_input, residuals
from studio_app.engine.controls.files import load_control_file
from studio_app.engine.controls.folders import CONTROL_PARTS, UNION_TYPES, ControlFolder
from studio_app.engine.controls.table import NetworkTable
from studio_app.engine.denoising.unets import ControlsAt, added_words
from studio_app.engine.device import Device, sent
from studio_app.engine.faults import is_full, is_lost
from studio_app.engine.loading.budget import bytes_of, check_room
from studio_app.engine.loading.checkpoint import read_header, refused
from studio_app.engine.loading.networks import load_network
from studio_app.engine.operators.makers import maker_for
from studio_app.engine.operators.one_call import Call, OneCall
from studio_app.engine.operators.tiling import circular_padding
from studio_app.engine.words.conditioning import Conditioning

Tile = tuple[bool, bool]


@dataclass
class ControlNetworks(NetworkTable):
    """Each a `ControlNet` or a T2IAdapter. scale: pixels per latent pixel. calls: of the model's networks, where their
    passes are put that may become one call."""

    model: Path
    folders: dict[ControlKind, ControlFolder]
    unet: Any
    scale: int
    device: Device
    known: dict[ControlFolder, Any] = field(default_factory=dict[ControlFolder, Any])
    calls: dict[Any, OneCall] = field(default_factory=dict[Any, OneCall])

    takes = "neither a ControlNet nor an adapter"

    @property
    def held(self) -> int:
        """Bytes of those that were read."""
        nets = (n.whole if isinstance(n, ControlNet) else (n,) for n in self.known.values())
        return bytes_of(part for parts in nets for part in parts)

    def look(self, control: Control, size: tuple[int, int], tile: Tile) -> Features:
        """Of a ControlNet, what it makes of the drawing before it sees x_t, alone; of an adapter, its features.
        size: (width, height)."""
        network = self.of(control.kind)
        sees = isinstance(network, ControlNet)
        looking = network.look if sees else network
        channels = network.channels if sees else network.config.in_channels
        picture = adapter_input(control, channels, *size)
        picture = sent(picture, self.device.place, self.device.dtype)
        picture = picture.contiguous(memory_format=self.device.memory_format)
        with (
            torch.inference_mode(),
            circular_padding((looking,), *tile),
            self._answering([control]),
        ):
            seen = looking(picture)
        return (seen,) if isinstance(seen, Tensor) else tuple(seen)

    def at_steps(
        self,
        acting: Sequence[tuple[Control, Features]],
        told: Conditioning,
        n: int,
        tile: Tile,
    ) -> ControlsAt:
        """Of n steps. acting: each control with what `look` gave of it. told: of what the U-Net is asked at once."""
        seeing = [(c, drawn[0]) for c, drawn in acting if isinstance(self.of(c.kind), ControlNet)]
        adapted = [(c, f) for c, f in acting if not isinstance(self.of(c.kind), ControlNet)]
        kinds, rows = [c for c, _ in adapted], len(told["words"])
        # As many as there are pictures: the middle of the network takes only what has its shape.
        features = [tuple(f.expand(rows, *f.shape[1:]) for f in levels) for _, levels in adapted]
        none: tuple[Tensor | None, ...] = (None,) * self.skips

        def controls(i: int, x_t: Tensor, t: float) -> Sequence[Tensor | None]:
            total: Sequence[Tensor] | None = None
            for network, drawings in self._grouped([p for p in seeing if p[0].acts(i, n)]):
                asked = [control for control, _ in drawings]
                with self._wrapping(network, tile), self._answering(asked):
                    given = network.residuals(x_t, t, told, drawings, as_it_is=not any(tile))
                if total is None:
                    total = given
                else:
                    total = [a + b for a, b in zip(total, given, strict=True)]
            added = residuals(kinds, features, i, n)
            if total is None and added is None:
                return ()
            return (*(none if total is None else total), *(added or ()))

        return controls

    @cached_property
    def skips(self) -> int:
        """How many residuals a ControlNet gives: one for every skip of the U-Net, and one for its middle."""
        count = 2
        for block in self.unet.down_blocks:
            count += len(block.resnets) + (block.downsamplers is not None)
        return count

    def _grouped(
        self, drawn: Sequence[tuple[Control, Tensor]]
    ) -> list[tuple[ControlNet, list[tuple[Control, Tensor]]]]:
        """By network: what one can take at once it is asked for at once."""
        groups: list[tuple[ControlNet, list[tuple[Control, Tensor]]]] = []
        for control, tensor in drawn:
            network = self.of(control.kind)
            known = next((g for g in groups if g[0] is network and network.union), None)
            if known is None:
                groups.append((network, [(control, tensor)]))
            else:
                known[1].append((control, tensor))
        return groups

    @contextmanager
    def _answering(self, controls: Sequence[Control]) -> Iterator[None]:
        """Within the block a network that a stranger's config has made unfit to run is said to be."""
        try:
            yield
        except Exception as error:
            if isinstance(error, StudioError) or is_full(error) or is_lost(error):
                raise
            place = self.folders[controls[0].kind]
            said = f"its {place.name or place.place.name} can't be asked ({error})".partition("\n")[
                0
            ]
            raise refused(self.model, said[:200], "Take it from where it was published") from error

    def _wrapping(self, network: ControlNet, tile: Tile) -> AbstractContextManager[None]:
        return circular_padding((network.network,), *tile)

    def read(self, folder: ControlFolder) -> Any:
        check_room_for(folder, self.device)
        if folder.name:
            network = load_network(folder.place, folder.name, self.device, CONTROL_PARTS)
        else:
            network = load_control_file(folder.place, self.unet.config, self.device)
        if not self._fits(network):
            raise self.for_another(folder)
        adapter = type(network).__name__ == "T2IAdapter"
        if adapter:
            return network
        made = ControlNet(network, self.device)
        self.calls[network] = made.call
        return made

    def _fits(self, network: Any) -> bool:
        theirs, ours = network.config, self.unet.config
        widths = tuple(ours.block_out_channels)
        if type(network).__name__ == "T2IAdapter":
            if theirs.adapter_type == "full_adapter_xl":  # its last features are the middle's
                larger = tuple(theirs.channels) == (*widths, widths[-1])
                return larger and theirs.downscale_factor == 2 * self.scale
            return tuple(theirs.channels) == widths and theirs.downscale_factor == self.scale
        if type(network).__name__ == "ControlNetUnionModel" and theirs.num_control_type <= max(
            UNION_TYPES.values()
        ):
            return False
        sizes = ("projection_class_embeddings_input_dim", "addition_time_embed_dim")
        return (
            theirs.in_channels == ours.in_channels
            and theirs.cross_attention_dim == ours.cross_attention_dim
            and theirs.addition_embed_type == ours.addition_embed_type
            and all(theirs.get(name) == ours.get(name) for name in sizes)
            and tuple(theirs.block_out_channels) == widths
            and len(network.controlnet_down_blocks) + 1 == self.skips
        )


def check_room_for(folder: ControlFolder, device: Device) -> None:
    """StudioError where a network for drawings does not fit beside its model."""
    if folder.name:
        tensors = component_header(folder.place / folder.name).tensors
    else:
        tensors = read_header(folder.place, folder.place)
    count = sum(info.count for info in tensors.values()) * device.dtype.itemsize
    check_room(f"The {folder.name or folder.place.name}", count, device.place)


class ControlNet:
    """A ControlNetModel or a ControlNetUnionModel in two halves: what it makes of a drawing, once, and of x_t, at every
    step. union: whether it takes drawings of several kinds at once."""

    def __init__(self, network: Any, device: Device) -> None:
        self.network = network
        self.look = network.controlnet_cond_embedding
        # The drawing that the network is given has been looked at already.
        network.controlnet_cond_embedding = torch.nn.Identity()
        self.channels: int = network.config.conditioning_channels
        self.union: bool = type(network).__name__ == "ControlNetUnionModel"
        self._device = device
        # To a CPU what lies between the operations of so large a network is nothing.
        maker = None if device.place.type == "cpu" else maker_for(network, device.place)
        self.call = OneCall(network, _pass_of(network), maker)
        self._types: dict[tuple[tuple[int, ...], int], Tensor] = {}

    @property
    def whole(self) -> tuple[Any, Any]:
        return self.network, self.look

    def residuals(
        self,
        x_t: Tensor,
        t: float,
        told: Conditioning,
        drawings: Sequence[tuple[Control, Tensor]],
        *,
        as_it_is: bool = True,
    ) -> Sequence[Tensor]:
        """Of every skip and of the middle, times strength. drawings: one, of a union one or more, each with what
        `look` gave. as_it_is: whether nothing in the network is exchanged meanwhile."""
        times = torch.full((len(x_t),), t, device=self._device.place)
        words, pooled, sizes = told["words"], told.get("pooled"), told.get("sizes")
        if not self.union:
            ((control, drawn),) = drawings
            run = self.call if as_it_is else _pass_of(self.network)
            given: Sequence[Tensor] = run(x_t, times, words, drawn, pooled, sizes)
            strength = control.strength
            return given if strength == 1.0 else [tensor * strength for tensor in given]
        places = tuple(UNION_TYPES[control.kind] for control, _ in drawings)
        down, middle = self.network(
            x_t,
            times,
            encoder_hidden_states=words,
            controlnet_cond=[tensor.expand(len(x_t), *tensor.shape[1:]) for _, tensor in drawings],
            conditioning_scale=[control.strength for control, _ in drawings],
            added_cond_kwargs=added_words(pooled, sizes),
            control_type=self._type(places, x_t),
            control_type_idx=list(places),
            return_dict=False,
        )
        return (*down, middle)

    def _type(self, places: tuple[int, ...], x_t: Tensor) -> Tensor:
        """[B, types], 1 at every place that is asked for."""
        key = (places, len(x_t))
        if key not in self._types:
            row = [float(i in places) for i in range(self.network.config.num_control_type)]
            kind = torch.tensor([row] * len(x_t), dtype=x_t.dtype)
            self._types[key] = sent(kind, self._device.place)
        return self._types[key]


def _pass_of(network: Any) -> Call:
    """Of a ControlNetModel: (x_t, times, words, what was made of the drawing, pooled, sizes) -> residuals."""

    def run(
        x_t: Tensor,
        t: Tensor,
        words: Tensor,
        drawn: Tensor,
        pooled: Tensor | None,
        sizes: Tensor | None,
    ) -> tuple[Tensor, ...]:
        down, middle = network(
            x_t,
            t,
            encoder_hidden_states=words,
            controlnet_cond=drawn,
            added_cond_kwargs=added_words(pooled, sizes),
            return_dict=False,
        )
        return (*down, middle)

    return run
