"""What a family of models is, and a loaded model of one, as the rest of the engine knows them.

A family is two modules of `families/`: a card says which folders are its own, the other makes of each a `Model`, that
encodes prompts and drawings, says where and how its latents lie, and gives the denoiser of a run. How a family's
folders are laid out, and what its networks want to be told, is known there and nowhere else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio_app.catalogue.pairing import TinyKind
from studio_app.core.capabilities import Capabilities
from studio_app.core.controls import Control
from studio_app.core.errors import StudioError
from studio_app.core.folders import called
from studio_app.core.request import GenerationRequest
from studio_app.engine.controls.features import Features
from studio_app.engine.decoding import latents
from studio_app.engine.decoding.latents import Drawn
from studio_app.engine.decoding.quick_decoder import assembled, quick_decoder
from studio_app.engine.decoding.tiny_decoders import XL_SIDE, chosen_decoder, tiny_decoder
from studio_app.engine.device import Device, sent
from studio_app.engine.diffusion.levels import Schedule, Spacing
from studio_app.engine.diffusion.samplers import SAMPLERS, Denoiser
from studio_app.engine.loading.checkpoint import TensorInfo
from studio_app.engine.models.memory import Memory
from studio_app.engine.operators.capturing import WORTH_OF_DECODER
from studio_app.engine.operators.makers import maker_for
from studio_app.engine.operators.one_call import OneCall
from studio_app.engine.operators.tiling import circular_padding
from studio_app.engine.words.conditioning import Conditioning, joined

Tile = tuple[bool, bool]
"""Whether a picture wraps on x, on y."""
NO_TILE: Tile = (False, False)


class Family(Protocol):
    """A module of `families/`. What its folders are made of says the module `_card` beside it (`model_card.Card`)."""

    def load(self, folder: Path, device: Device) -> Model:
        """Of a folder whose parts were checked. StudioError where it can't be used."""
        ...

    def load_file(self, path: Path, header: Mapping[str, TensorInfo], device: Device) -> Model:
        """Of one file that the card claims. StudioError where it can't be used."""
        ...


@dataclass
class Model(ABC):
    """The networks of one folder on one device; the rarer ones on first use.

    folder: where it is; the file, where it is one. scale: pixels per latent pixel, on each axis. latent_channels: of a
    latent [B, C, h, w].
    """

    folder: Path
    capabilities: Capabilities
    device: Device
    schedule: Schedule
    vae: Any
    scale: int
    latent_channels: int

    @property
    def name(self) -> str:
        """As one calls it."""
        return called(self.folder)

    @property
    def picture_device(self) -> Device:
        """Where the autoencoder is, and in which precision."""
        return self.device

    @property
    def beside(self) -> int:
        """Bytes that it holds beside what was read at once: of networks for drawings, of weights under LoRAs."""
        return 0

    @abstractmethod
    def encode_prompt(self, prompt: str, kind: str | None) -> Conditioning:
        """What the denoiser is told of a prompt, for one picture. kind: of picture; None for what is unwanted."""

    @abstractmethod
    def unread(self, prompt: str, kind: str | None) -> int:
        """How many of a prompt's tokens are one too many."""

    def span(self, request: GenerationRequest) -> tuple[int, ...]:
        """How long its words are, where the shorter of a batch would have to be made longer by others that tell."""
        return ()

    @abstractmethod
    def encode_control(self, control: Control, size: tuple[int, int], tile: Tile) -> Features:
        """All of a drawing that does not depend on x_t, computed once per drawing. size: (width, height)."""

    @abstractmethod
    def denoiser(
        self,
        requests: Sequence[GenerationRequest],
        memory: Memory,
        n: int,
        *,
        hasty: bool = False,
    ) -> Denoiser:
        """Of latents [B, C, h, w] of these requests, in n steps. One request goes the quick way and uses the memory;
        several differ in words, seeds and drawings only. hasty: whether the picture is soon replaced, and may be a
        little less than it could be. StudioError where the model lacks a part."""

    def meant(self, request: GenerationRequest) -> GenerationRequest:
        """What a request is to this model, which may draw more than was asked for."""
        return request

    def words(self, requests: Sequence[GenerationRequest], memory: Memory) -> Conditioning:
        """Of their prompts, remembered by content."""
        return joined([self._told(memory, r.prompt, r.kind) for r in requests])

    def unwanted(self, requests: Sequence[GenerationRequest], memory: Memory) -> Conditioning:
        """Of their negative prompts, likewise."""
        return joined([self._told(memory, r.negative_prompt.strip(), None) for r in requests])

    def _told(self, memory: Memory, prompt: str, kind: str | None) -> Conditioning:
        def encode() -> Conditioning:
            return memory.timed("text", lambda: self.encode_prompt(prompt, kind))

        return memory.prompts.get((prompt, kind, *self.reading), encode)

    @property
    def reading(self) -> tuple[object, ...]:
        """What changes how prompts are read, at the moment."""
        return ()

    def notes(self, request: GenerationRequest) -> list[str]:
        """What of a request does nothing with this model, one sentence each. StudioError where a part of it can't be
        used."""
        return []

    def refit(self, can: Capabilities) -> bool:
        """Follows what the artist has chosen for it since it was loaded; whether anything was. can: what it can do
        now. StudioError, where nothing has changed then."""
        return False

    def drawing(self, request: GenerationRequest, place: int, memory: Memory) -> Features:
        """`encode_control` of a request's control, remembered by content."""
        control, size = request.controls[place], (request.width, request.height)

        def encode() -> Features:
            return memory.timed("control", lambda: self.encode_control(control, size, request.tile))

        return memory.features.get((control.drawing, size, request.tile), encode)

    def schedule_of(self, request: GenerationRequest) -> Schedule:
        """The model's own; some move it by the size of the picture."""
        return self.schedule

    def spacing_of(self, sampler: str, n: int) -> Spacing:
        """Where n steps of this sampler lie."""
        return SAMPLERS[sampler].spacing or self.schedule.spacing

    @cached_property
    def maps(self) -> Any:
        """The maps decoder, read when somebody first asks for maps. StudioError where the model has none."""
        raise StudioError(
            f"The model {self.name} has no maps decoder",
            "it makes pictures only",
            "Leave out the maps and the alpha, or choose another model",
        )

    @cached_property
    def draft(self) -> Any:
        """A smaller decoder of the same latents, for pictures that are soon replaced; `decoder` where there is none,
        or where the whole one is quick enough."""
        tiny = chosen_decoder(self.folder, self.latent_channels, self.scale, self.device)
        if tiny is None:
            tiny = tiny_decoder(
                self.folder, self.latent_channels, self.scale, self.tiny, self.device
            )
        if tiny is None:
            return self.decoder
        return self.quickened(tiny)

    @property
    def tiny(self) -> TinyKind:
        """Whose tiny decoder goes with its latents."""
        side = max(max(size) for size in self.capabilities.sizes)
        return "taesdxl" if side >= XL_SIDE else "taesd"

    @cached_property
    def decoder(self) -> Any:
        """The autoencoder for `latents.decode`, quick. Not where it has to tile."""
        return self.quickened(self.vae)

    def encode(self, rgb: NDArray[np.uint8], tile: Tile) -> Tensor:
        """The latent [1, C, h, w] of uint8 [H, W, 3]."""
        with circular_padding((self.vae,), *tile), torch.inference_mode():
            return self.packed(latents.encode(self.vae, rgb, self.picture_device))

    def packed(self, latent: Tensor) -> Tensor:
        """The denoiser's latent of the autoencoder's; some denoisers see several of its pixels as channels of one."""
        return latent

    def unpacked(self, latent: Tensor) -> Tensor:
        """The other way."""
        return latent

    def decode(
        self, latent: Tensor, tile: Tile, *, draft: bool = False, quick: bool = True
    ) -> NDArray[np.uint8]:
        """uint8 [H, W, 4] BGRA of `drawn_of`. Waits for the device."""
        return self.drawn_of(latent, tile, draft=draft, quick=quick).at_once()

    def drawn_of(
        self, latent: Tensor, tile: Tile, *, draft: bool = False, quick: bool = True
    ) -> Drawn:
        """The picture of a latent [1, C, h, w]. draft: by the smaller decoder, if there is one; a picture that tiles
        has no draft. quick: not by the plain network, whose roundings are others. Where the device's memory does not
        hold the whole picture, it is decoded in pieces, if the autoencoder can and no edge has to meet another."""
        network = (self.draft if draft else self.decoder) if quick and not any(tile) else self.vae
        latent = self.unpacked(latent)
        with circular_padding((self.vae,), *tile), torch.inference_mode():
            try:
                return latents.drawn(network, latent, self.picture_device)
            except torch.cuda.OutOfMemoryError:
                if any(tile) or not latents.has_pieces(self.vae):
                    raise
            torch.cuda.empty_cache()
            return latents.drawn_in_pieces(self.vae, latent, self.picture_device)

    def preview(self, latent: Tensor) -> Drawn:
        """A latent [1, C, h, w] by a linear map of its channels."""
        return latents.preview(latent, *self.latent_rgb, self.scale)

    @cached_property
    def latent_rgb(self) -> tuple[Tensor, Tensor]:
        """The linear preview: matrix [C, 3] and bias [3], on the device."""
        can, place = self.capabilities, self.device.place
        matrix = sent(torch.tensor(can.latent_rgb), place)
        return matrix, sent(torch.tensor(can.latent_rgb_bias), place)

    def tune(self, cancelled: Callable[[], bool]) -> bool:
        """Makes one network quicker that was used often; whether there was one. For idle moments."""
        return any(call.tune(cancelled) for call in self.calls.values())

    @property
    def rehearsed(self) -> bool:
        """Whether drawing ahead of the first stroke makes it quicker: where a step is short, and becomes one call."""
        return True

    @cached_property
    def calls(self) -> dict[Any, OneCall]:
        """By network, its pass, which becomes one call once it is common."""
        return {}

    def quickened(self, vae: Any) -> Any:
        """An autoencoder for `latents.drawn`, as one call."""

        # Not self: the collector never looks at what a load brought (`collector_at_rest`), so a model in a ring would
        # stay in memory after another was chosen.
        def decode(latent: Tensor) -> Tensor:
            return vae.decode(latent, return_dict=False)[0]

        place = self.device.place
        quick = quick_decoder(vae) if place.type == "cpu" else None
        network, run = (vae, decode) if quick is None else (quick, quick.forward)
        self.calls[vae] = one = OneCall(network, run, maker_for(vae, place, WORTH_OF_DECODER))
        return _Decoder(vae, one) if quick is None else _ByteDecoder(vae, one)


class _Decoder:
    """An autoencoder whose `decode` is one call; the rest is its own."""

    def __init__(self, vae: Any, call: OneCall) -> None:
        self._vae = vae
        self._call = call

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vae, name)

    def decode(self, latent: Tensor, return_dict: bool = False) -> tuple[Tensor]:
        return (self._call(latent),)


class _ByteDecoder:
    """An autoencoder that goes all the way to bytes: see `quick_decoder`."""

    def __init__(self, vae: Any, call: OneCall) -> None:
        self.config = vae.config
        self._call = call

    finish = staticmethod(assembled)

    def levels(self, latent: Tensor) -> Tensor:
        return self._call(latent)
